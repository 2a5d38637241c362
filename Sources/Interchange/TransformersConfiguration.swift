import RLCore
import Schema

/// `config.json`: which keys say what, for each family.
enum TransformersConfiguration {
  /// The shape that `config` describes.
  static func shape(_ config: Setting) throws(InterchangeError) -> LanguageModelShape {
    let reader = Reader(config: config)
    switch config["model_type"]?.string {
    case "gpt2": return try gpt2(reader)
    case "llama": return try llama(reader)
    case let other:
      throw reader.fault(
        "its model_type is \(quote(other ?? "not given")), and only gpt2 and llama are known here")
    }
  }

  private static func gpt2(_ reader: Reader) throws(InterchangeError) -> LanguageModelShape {
    try reader.require("activation_function", isOneOf: ["gelu_new", "gelu_pytorch_tanh"])
    try reader.require("scale_attn_weights", is: true)
    try reader.require("scale_attn_by_inverse_layer_idx", is: false)
    try reader.require("add_cross_attention", is: false)
    return try reader.shape { () throws(CoreError) in
      try LanguageModelShape(
        family: .gpt2, vocabulary: reader.size("vocab_size"), layers: reader.size("n_layer"),
        heads: reader.size("n_head"), width: reader.size("n_embd"),
        innerWidth: reader.optionalSize("n_inner"), context: reader.size("n_positions"),
        normEpsilon: reader.real("layer_norm_epsilon", default: 1e-5),
        isTied: reader.boolean("tie_word_embeddings", default: true))
    }
  }

  private static func llama(_ reader: Reader) throws(InterchangeError) -> LanguageModelShape {
    try reader.require("hidden_act", isOneOf: ["silu"])
    try reader.require("mlp_bias", is: false)
    let rope = reader.config["rope_parameters"] ?? reader.config["rope_scaling"] ?? .null
    let ropeType = (rope["rope_type"] ?? rope["type"])?.string ?? "default"
    guard ropeType == "default" else {
      throw reader.fault("its rope_type \(quote(ropeType)) is not known here, only default")
    }
    return try reader.shape { () throws(CoreError) in
      try LanguageModelShape(
        family: .llama, vocabulary: reader.size("vocab_size"),
        layers: reader.size("num_hidden_layers"), heads: reader.size("num_attention_heads"),
        keyValueHeads: reader.optionalSize("num_key_value_heads"),
        headWidth: reader.optionalSize("head_dim"), width: reader.size("hidden_size"),
        innerWidth: reader.size("intermediate_size"),
        context: reader.size("max_position_embeddings"),
        normEpsilon: reader.real("rms_norm_eps", default: 1e-6),
        ropeTheta: (rope["rope_theta"] ?? reader.config["rope_theta"])?.real ?? 10_000,
        isTied: reader.boolean("tie_word_embeddings", default: false),
        hasAttentionBias: reader.boolean("attention_bias", default: false))
    }
  }

  /// The configuration of a model of this shape.
  static func json(_ shape: LanguageModelShape, endToken: Int32?) -> Setting {
    let end: Setting = endToken.map { .integer(Int($0)) } ?? .null
    var entries: [Setting.Entry] = [
      .init("architectures", [shape.family == .gpt2 ? "GPT2LMHeadModel" : "LlamaForCausalLM"]),
      .init("model_type", .string(shape.family.rawValue)),
      .init("vocab_size", .integer(shape.vocabulary)),
      .init("bos_token_id", end),
      .init("eos_token_id", end),
      .init("tie_word_embeddings", .boolean(shape.isTied)),
      .init("dtype", "float32"),
      .init("torch_dtype", "float32"),
    ]
    switch shape.family {
    case .gpt2:
      entries += [
        .init("activation_function", "gelu_new"),
        .init("n_layer", .integer(shape.layers)),
        .init("n_head", .integer(shape.heads)),
        .init("n_embd", .integer(shape.width)),
        .init("n_inner", .integer(shape.innerWidth)),
        .init("n_positions", .integer(shape.context)),
        .init("layer_norm_epsilon", .real(shape.normEpsilon)),
        .init("attn_pdrop", 0.0),
        .init("embd_pdrop", 0.0),
        .init("resid_pdrop", 0.0),
      ]
    case .llama:
      let rope: [Setting.Entry] = [
        .init("rope_theta", .real(shape.ropeTheta)), .init("rope_type", "default"),
      ]
      entries += [
        .init("hidden_act", "silu"),
        .init("num_hidden_layers", .integer(shape.layers)),
        .init("num_attention_heads", .integer(shape.heads)),
        .init("num_key_value_heads", .integer(shape.keyValueHeads)),
        .init("head_dim", .integer(shape.headWidth)),
        .init("hidden_size", .integer(shape.width)),
        .init("intermediate_size", .integer(shape.innerWidth)),
        .init("max_position_embeddings", .integer(shape.context)),
        .init("rms_norm_eps", .real(shape.normEpsilon)),
        // Where older versions look for it, and the newer ones.
        .init("rope_theta", .real(shape.ropeTheta)),
        .init("rope_parameters", .map(rope)),
        .init("attention_bias", .boolean(shape.hasAttentionBias)),
        .init("mlp_bias", false),
      ]
    }
    return .map(entries)
  }

  /// Reads keys; the first that is missing or of a wrong type is remembered, so that a shape is read
  /// as one expression.
  private final class Reader {
    let config: Setting
    private var flaw: InterchangeError?

    init(config: Setting) { self.config = config }

    func fault(_ reason: String) -> InterchangeError {
      .transformers(name: "config.json", reason: reason)
    }

    func size(_ key: String) -> Int {
      guard let size = config[key]?.integer, size > 0 else {
        flaw = flaw ?? fault("its \(key) is no integer above 0")
        return 1
      }
      return size
    }

    func optionalSize(_ key: String) -> Int? {
      guard let value = config[key], value != .null else { return nil }
      return size(key)
    }

    func real(_ key: String, default value: Double) -> Double { config[key]?.real ?? value }

    func boolean(_ key: String, default value: Bool) -> Bool { config[key]?.boolean ?? value }

    func require(_ key: String, is value: Bool) throws(InterchangeError) {
      if let found = config[key]?.boolean, found != value {
        throw fault("its \(key) is \(found), and only \(value) is known here")
      }
    }

    func require(_ key: String, isOneOf known: [String]) throws(InterchangeError) {
      if let found = config[key]?.string, !known.contains(found) {
        throw fault("its \(key) is \(quote(found)), and only \(known[0]) is known here")
      }
    }

    func shape(
      _ make: () throws(CoreError) -> LanguageModelShape
    ) throws(InterchangeError) -> LanguageModelShape {
      do {
        let shape = try make()
        if let flaw { throw flaw }
        return shape
      } catch let error as CoreError {
        throw flaw ?? fault(error.description)
      } catch let error as InterchangeError {
        throw error
      } catch {
        throw fault("\(error)")
      }
    }
  }
}
