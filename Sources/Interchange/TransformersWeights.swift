import RLCore
import Schema

/// Tensors by transformers' names to and from the flat buffer of a language model.
struct TransformersWeights {
  private let name: String
  private let shape: LanguageModelShape
  private var tensors: [String: StateArchive.Tensor] = [:]

  /// What a tensor's numbers are in the flat buffer.
  fileprivate enum Place {
    /// As they stand, from this index on.
    case plain(Int, shape: [Int])
    /// A layer `[outputs, inputs]` that becomes columns of a matrix `[inputs, all outputs]`.
    case columns(LanguageModelLayout.Matrix, first: Int, count: Int)
  }

  init(
    _ tensors: [StateArchive.Tensor], name: String, shape: LanguageModelShape
  ) throws(InterchangeError) {
    self.name = name
    self.shape = shape
    for tensor in tensors {
      // Files of the bare model lack the prefix.
      var key = tensor.name
      for prefix in ["transformer.", "model."] where key.hasPrefix(prefix) {
        key.removeFirst(prefix.count)
      }
      guard self.tensors.updateValue(tensor, forKey: key) == nil else {
        throw .transformers(name: name, reason: "two of its tensors are named \(quote(key))")
      }
    }
  }

  mutating func model() throws(InterchangeError) -> LanguageModel {
    // Before anything of that size is made: the configuration may lie.
    for (key, place) in Self.places(shape) {
      let expected = place.shape
      guard let tensor = tensors[key] else {
        throw .transformers(name: name, reason: "its weights lack the tensor \(quote(key))")
      }
      guard tensor.shape == expected else {
        throw .transformers(
          name: name,
          reason: "its tensor \(quote(key)) has the shape \(tensor.shape), and config.json means "
            + "\(expected)")
      }
    }
    var weights = [Float](repeating: 0, count: LanguageModelLayout(shape).count)
    for (key, place) in Self.places(shape) {
      guard let tensor = tensors.removeValue(forKey: key), let values = tensor.floats else {
        throw .transformers(
          name: name, reason: "its tensor \(quote(key)) holds no numbers of type F32, F16 or BF16")
      }
      place.write(values, to: &weights)
    }
    return LanguageModel(shape, weights: weights)
  }

  /// The weights of `model` by transformers' names; a value head has none there and is left out.
  static func archive(of model: LanguageModel) -> StateArchive {
    var archive = StateArchive()
    archive.metadata["format"] = "pt"
    for (key, place) in places(model.shape) {
      let values = place.read(model.weights)
      let prefix =
        key.hasPrefix("lm_head") ? "" : model.shape.family == .gpt2 ? "transformer." : "model."
      archive.tensors.append(
        .init(
          name: prefix + key, elementType: .float32, shape: place.shape,
          bytes: values.withUnsafeBytes { Array($0) }))
    }
    return archive
  }

  /// Every tensor of a model of this shape, without its prefix.
  private static func places(_ shape: LanguageModelShape) -> [(String, Place)] {
    let layout = LanguageModelLayout(shape)
    let table = [shape.vocabulary, shape.width]
    var places: [(String, Place)]
    switch shape.family {
    case .gpt2:
      places = [
        ("wte.weight", .plain(layout.embedding.offset, shape: table)),
        (
          "wpe.weight",
          .plain(layout.positions.lowerBound, shape: [shape.context, shape.width])
        ),
      ]
      for (index, block) in layout.blocks.enumerated() {
        places += gpt2(block, prefix: "h.\(index).", width: shape.width)
      }
      places += norm("ln_f", layout.finalNorm, shape.width)
    case .llama:
      places = [("embed_tokens.weight", .plain(layout.embedding.offset, shape: table))]
      for (index, block) in layout.blocks.enumerated() {
        places += llama(block, prefix: "layers.\(index).", shape)
      }
      places.append(("norm.weight", .plain(layout.finalNorm, shape: [shape.width])))
    }
    if !shape.isTied {
      places.append(("lm_head.weight", .plain(layout.head.offset, shape: table)))
    }
    return places
  }

  private static func norm(_ name: String, _ offset: Int, _ width: Int) -> [(String, Place)] {
    [
      ("\(name).weight", .plain(offset, shape: [width])),
      ("\(name).bias", .plain(offset + width, shape: [width])),
    ]
  }

  private static func gpt2(
    _ block: LanguageModelLayout.Block, prefix: String, width: Int
  ) -> [(String, Place)] {
    func layer(_ name: String, _ matrix: LanguageModelLayout.Matrix) -> [(String, Place)] {
      [
        (
          "\(prefix)\(name).weight",
          .plain(matrix.offset, shape: [matrix.inputs, matrix.outputs])
        ),
        (
          "\(prefix)\(name).bias",
          .plain(matrix.biasPlaces.lowerBound, shape: [matrix.outputs])
        ),
      ]
    }
    return norm("\(prefix)ln_1", block.attentionNorm, width)
      + layer("attn.c_attn", block.projection) + layer("attn.c_proj", block.attentionOutput)
      + norm("\(prefix)ln_2", block.feedNorm, width)
      + layer("mlp.c_fc", block.feedInput) + layer("mlp.c_proj", block.feedOutput)
  }

  private static func llama(
    _ block: LanguageModelLayout.Block, prefix: String, _ shape: LanguageModelShape
  ) -> [(String, Place)] {
    let (queries, keys) = (shape.attendedWidth, shape.keyValueHeads * shape.headWidth)
    func columns(
      _ name: String, _ matrix: LanguageModelLayout.Matrix, _ first: Int, _ count: Int
    ) -> [(String, Place)] {
      let weight = ("\(prefix)\(name).weight", Place.columns(matrix, first: first, count: count))
      if !matrix.hasBias { return [weight] }
      let bias = Place.plain(matrix.biasPlaces.lowerBound + first, shape: [count])
      return [weight, ("\(prefix)\(name).bias", bias)]
    }
    return [("\(prefix)input_layernorm.weight", .plain(block.attentionNorm, shape: [shape.width]))]
      + columns("self_attn.q_proj", block.projection, 0, queries)
      + columns("self_attn.k_proj", block.projection, queries, keys)
      + columns("self_attn.v_proj", block.projection, queries + keys, keys)
      + columns("self_attn.o_proj", block.attentionOutput, 0, shape.width)
      + [
        ("\(prefix)post_attention_layernorm.weight", .plain(block.feedNorm, shape: [shape.width]))
      ]
      + columns("mlp.gate_proj", block.feedInput, 0, shape.innerWidth)
      + columns("mlp.up_proj", block.feedInput, shape.innerWidth, shape.innerWidth)
      + columns("mlp.down_proj", block.feedOutput, 0, shape.width)
  }
}

extension TransformersWeights.Place {
  /// The tensor's shape in a file.
  fileprivate var shape: [Int] {
    switch self {
    case .plain(_, let shape): shape
    case .columns(let matrix, _, let count): [count, matrix.inputs]
    }
  }

  fileprivate func write(_ values: [Float], to weights: inout [Float]) {
    switch self {
    case .plain(let offset, _):
      weights.replaceSubrange(offset..<offset + values.count, with: values)
    case .columns(let matrix, let first, let count):
      for output in 0..<count {
        for input in 0..<matrix.inputs {
          weights[matrix.offset + input * matrix.outputs + first + output] =
            values[output * matrix.inputs + input]
        }
      }
    }
  }

  fileprivate func read(_ weights: [Float]) -> [Float] {
    switch self {
    case .plain(let offset, let shape): Array(weights[offset..<offset + shape.reduce(1, *)])
    case .columns(let matrix, let first, let count):
      (0..<count * matrix.inputs).map { index in
        let (output, input) = index.quotientAndRemainder(dividingBy: matrix.inputs)
        return weights[matrix.offset + input * matrix.outputs + first + output]
      }
    }
  }
}

extension StateArchive.Tensor {
  /// Its numbers as floats, exactly; nil for types that are no floats of 32 bits or fewer.
  var floats: [Float]? {
    bytes.withUnsafeBytes { bytes in
      switch elementType {
      case .float32:
        (0..<bytes.count / 4).map { index in
          Float(
            bitPattern: UInt32(
              littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
        }
      case .bfloat16:
        (0..<bytes.count / 2).map { index in
          Float(bitPattern: UInt32(Self.word(bytes, index)) << 16)
        }
      case .float16: (0..<bytes.count / 2).map { Self.widened(Self.word(bytes, $0)) }
      default: nil
      }
    }
  }

  private static func word(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt16 {
    UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
  }

  /// A half-precision number; not every platform has a type for it.
  private static func widened(_ half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let (exponent, fraction) = (UInt32(half >> 10 & 0x1F), UInt32(half & 0x3FF))
    switch exponent {
    case 0:
      let size = Float(fraction) * 0x1p-24
      return sign == 0 ? size : -size
    case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
