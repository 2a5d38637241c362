import CKernels

/// A model prepared for computing one token after the other of sequences side by side: the same bits
/// as a pass over the whole sequences.
struct LanguageModelStepper {
  let model: LanguageModel
  /// The head as a layer `[width + 1, vocabulary]`, whose rows are walked in order.
  private let head: [Float]

  /// Sequences that are computed together.
  static let rowsAtOnce = Int(rlhs_panel)

  init(_ model: LanguageModel) {
    self.model = model
    let matrix = model.layout.head
    var head = [Float](repeating: 0, count: (matrix.outputs + 1) * matrix.inputs)
    for token in 0..<matrix.inputs {
      for feature in 0..<matrix.outputs {
        head[feature * matrix.inputs + token] =
          model.weights[matrix.offset + token * matrix.outputs + feature]
      }
    }
    self.head = head
  }

  /// One token of a sequence and where it stands.
  struct Entry {
    let token: Int32
    let position: Int
    let cache: KeyValueCache
  }

  /// Memory of one group of sequences.
  final class Scratch {
    fileprivate let buffer: AlignedBuffer
    fileprivate let places: [Int]
    /// `[rows][vocabulary]`.
    var logits: UnsafeMutablePointer<Float> { buffer.base + places[8] }

    init(_ shape: LanguageModelShape) {
      let panel = Int(rlhs_panel)
      let rows = LanguageModelStepper.rowsAtOnce
      let widest = max(shape.feedWidth, shape.projectedWidth, shape.vocabulary, shape.width) + 1
      let context = (shape.context + panel - 1) / panel * panel
      let sizes = [
        shape.width * rows, shape.width * rows, shape.projectedWidth * rows,
        shape.attendedWidth * rows, shape.feedWidth * rows, shape.innerWidth * rows,
        widest * rows, widest * rows, shape.vocabulary * rows, context,
      ]
      var (end, places) = (0, [Int]())
      for size in sizes {
        places.append(end)
        end += (size + panel - 1) / panel * panel
      }
      self.places = places
      buffer = AlignedBuffer(count: end)
    }
  }

  /// Computes the logits of at most `rowsAtOnce` sequences' next tokens, and extends their caches.
  func step(_ entries: [Entry], in scratch: Scratch) {
    model.weights.withUnsafeBufferPointer { weights in
      model.rotations.withUnsafeBufferPointer { rotations in
        head.withUnsafeBufferPointer { head in
          let step = RowStep(
            shape: model.shape, layout: model.layout, weights: weights.baseAddress!,
            rotations: model.rotations.isEmpty ? nil : rotations.baseAddress,
            head: head.baseAddress!, base: scratch.buffer.base, places: scratch.places,
            entries: entries)
          step.run()
        }
      }
    }
  }
}

/// One token of each of a few sequences, in rows.
private struct RowStep {
  let shape: LanguageModelShape
  let layout: LanguageModelLayout
  let weights: UnsafePointer<Float>
  let rotations: UnsafePointer<Float>?
  let head: UnsafePointer<Float>
  let base: UnsafeMutablePointer<Float>
  let places: [Int]
  let entries: [LanguageModelStepper.Entry]
  let kernels = rlhs_kernels_in_use().pointee

  private var rows: Int { entries.count }
  private var residual: UnsafeMutablePointer<Float> { base + places[0] }
  private var normed: UnsafeMutablePointer<Float> { base + places[1] }
  private var projected: UnsafeMutablePointer<Float> { base + places[2] }
  private var attended: UnsafeMutablePointer<Float> { base + places[3] }
  private var inner: UnsafeMutablePointer<Float> { base + places[4] }
  private var fed: UnsafeMutablePointer<Float> { base + places[5] }
  private var scores: UnsafeMutablePointer<Float> { base + places[9] }

  func run() {
    embed()
    for (index, block) in layout.blocks.enumerated() {
      normalize(block.attentionNorm)
      layer(block.projection, normed, projected)
      attend(index)
      layer(block.attentionOutput, attended, normed)
      addToResidual()
      normalize(block.feedNorm)
      layer(block.feedInput, normed, inner)
      feed()
      layer(block.feedOutput, fed, normed)
      addToResidual()
    }
    normalize(layout.finalNorm)
    product(normed, shape.width, shape.vocabulary, head, base + places[8])
  }

  private func embed() {
    let width = shape.width
    for (row, entry) in entries.enumerated() {
      let token = weights + layout.embedding.offset + Int(entry.token) * width
      let position = weights + layout.positions.lowerBound + entry.position * width
      for f in 0..<width {
        residual[row * width + f] = layout.positions.isEmpty ? token[f] : token[f] + position[f]
      }
    }
  }

  private func normalize(_ offset: Int) {
    let norm = rlhs_norm(
      width: shape.width, gain: weights + offset, bias: weights + offset + shape.width,
      epsilon: Float(shape.normEpsilon), is_centred: shape.family == .gpt2 ? 1 : 0)
    for row in 0..<rows {
      kernels.norm_row(norm, residual + row * shape.width, normed + row * shape.width)
    }
  }

  private func attend(_ block: Int) {
    var settings = rlhs_attention(
      heads: shape.heads, key_value_heads: shape.keyValueHeads, head_width: shape.headWidth,
      panels: 0, first_panel: 0, scale: 1 / Float(shape.headWidth).squareRoot(),
      dropout: rlhs_dropout())
    for (row, entry) in entries.enumerated() {
      let queries = projected + row * shape.projectedWidth
      let keys = queries + shape.attendedWidth
      if let rotations {
        kernels.rotate_row(
          queries, entry.position, shape.heads + shape.keyValueHeads, shape.headWidth, rotations)
      }
      entry.cache.store(
        block, position: entry.position, keys: keys,
        values: keys + shape.keyValueHeads * shape.headWidth)
      kernels.attention_row(
        &settings, queries, entry.position, entry.cache.keys(block), entry.cache.values(block),
        entry.cache.capacity, scores, attended + row * shape.attendedWidth)
    }
  }

  private func feed() {
    if shape.family == .gpt2 {
      kernels.gelu(inner, fed, rows * shape.innerWidth)
    } else {
      for row in 0..<rows {
        let gate = inner + row * shape.feedWidth
        kernels.gate(
          gate, gate + shape.innerWidth, shape.innerWidth, fed + row * shape.innerWidth)
      }
    }
  }

  private func addToResidual() {
    for index in 0..<rows * shape.width { residual[index] += normed[index] }
  }

  private func layer(
    _ matrix: LanguageModelLayout.Matrix, _ x: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>
  ) {
    product(x, matrix.inputs, matrix.outputs, weights + matrix.offset, y)
  }

  /// Row by row for a few, else by a panel: the weights are then read once for all.
  private func product(
    _ x: UnsafePointer<Float>, _ inputs: Int, _ outputs: Int, _ matrix: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>
  ) {
    if rows <= 2 {
      kernels.forward_rows(x, rows, inputs, outputs, matrix, rlhs_linear, y)
      return
    }
    let (from, to) = (base + places[6], base + places[7])
    kernels.pack(x, rows, inputs, 1, from)
    kernels.forward(from, rows, inputs, outputs, matrix, rlhs_linear, to)
    kernels.unpack(to, outputs + 1, rows, outputs, y)
  }
}
