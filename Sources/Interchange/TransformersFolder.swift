import RLCore
import Schema

/// A folder as the library transformers reads and writes it: `config.json`, the weights in
/// `model.safetensors` (or in the pieces that `model.safetensors.index.json` lists) and
/// `tokenizer.json`. Models of the families GPT-2 and Llama.
package enum TransformersFolder {
  /// What a folder holds.
  package struct Contents {
    package let model: LanguageModel
    package let tokenizer: Tokenizer
  }

  /// Whether a folder is at `path`.
  package static func isFolder(_ path: String) -> Bool { InputFile.isFolder(path) }

  /// The model and the tokenizer in the folder at `path`. Nothing in it is trusted.
  package static func read(_ path: String) throws(InterchangeError) -> Contents {
    let model = try readModel(path)
    let tokenizer = try readTokenizer("\(path)/tokenizer.json")
    guard tokenizer.vocabulary <= model.shape.vocabulary else {
      throw .transformers(
        name: path,
        reason: "its tokenizer has \(tokenizer.vocabulary) tokens and its model "
          + "\(model.shape.vocabulary): they do not belong together")
    }
    return Contents(model: model, tokenizer: tokenizer)
  }

  /// The tokenizer that a `tokenizer.json` describes.
  package static func readTokenizer(_ path: String) throws(InterchangeError) -> Tokenizer {
    do {
      return try TokenizerJSON.read(try JSON.read(try InputFile(path).readAll()))
    } catch {
      throw error.within(path)
    }
  }

  /// The model alone: for folders without a tokenizer.
  package static func readModel(_ path: String) throws(InterchangeError) -> LanguageModel {
    let config = try json("config.json", in: path)
    let shape: LanguageModelShape
    do {
      shape = try TransformersConfiguration.shape(config)
    } catch {
      throw error.within("\(path)/config.json")
    }
    var weights = try TransformersWeights(try tensors(in: path), name: path, shape: shape)
    return try weights.model()
  }

  /// The files of a folder that transformers opens, by name.
  package static func files(
    _ model: LanguageModel, _ tokenizer: Tokenizer
  ) -> [(name: String, pieces: [[UInt8]])] {
    let archive = TransformersWeights.archive(of: model)
    let config = TransformersConfiguration.json(model.shape, endToken: tokenizer.endToken)
    let tokenizerConfig = TokenizerJSON.configuration(tokenizer, context: model.shape.context)
    return [
      ("config.json", [Array(JSON.write(config).utf8)]),
      ("tokenizer.json", [Array(JSON.write(TokenizerJSON.write(tokenizer)).utf8)]),
      ("tokenizer_config.json", [Array(JSON.write(tokenizerConfig).utf8)]),
      ("model.safetensors", [Safetensors.header(of: archive)] + archive.tensors.map(\.bytes)),
    ]
  }

  private static func json(_ name: String, in path: String) throws(InterchangeError) -> Setting {
    try JSON.read(try InputFile("\(path)/\(name)").readAll())
  }

  private static func tensors(in path: String) throws(InterchangeError) -> [StateArchive.Tensor] {
    let single = "\(path)/model.safetensors"
    let index = "\(path)/model.safetensors.index.json"
    guard !InputFile.exists(single), InputFile.exists(index) else {
      return try Safetensors.read(single).tensors
    }
    guard case .map(let entries)? = try json("model.safetensors.index.json", in: path)["weight_map"]
    else { throw .transformers(name: index, reason: "it lists no weights") }
    var files: [String] = []
    for entry in entries {
      guard let file = entry.value.string, !file.isEmpty, !file.contains("/") else {
        throw .transformers(name: index, reason: "\(quote(entry.key)) lies in no file beside it")
      }
      if !files.contains(file) { files.append(file) }
    }
    var tensors: [StateArchive.Tensor] = []
    for file in files { tensors += try Safetensors.read("\(path)/\(file)").tensors }
    return tensors
  }
}

extension InterchangeError {
  /// The same fault, said of a file.
  func within(_ name: String) -> InterchangeError {
    switch self {
    case .json(let offset, let reason):
      .transformers(name: name, reason: "it is no JSON at byte \(offset): \(reason)")
    case .transformers(_, let reason): .transformers(name: name, reason: reason)
    default: self
    }
  }
}
