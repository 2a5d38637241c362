import Interchange
import Language
import RLCore
import Schema
import Store

/// A language model's checkpoint, and folders that transformers opens.
extension TextAgentHandle {
  /// What a checkpoint of a language model is known by.
  static let format = "rlhs-language-model"

  private static let coachingPrefix = "coaching:"

  func state() -> StateArchive {
    var archive = learner.archive
    if let coaching { archive.nest(coaching.archive, under: Self.coachingPrefix) }
    return archive
  }

  func archive(includingReplay: Bool) -> StateArchive {
    var archive = state()
    archive.metadata["name"] = name
    archive.metadata["is_coached"] = isCoached ? "true" : "false"
    archive.metadata["plan"] = planValue.json
    if let corpus {
      archive.metadata["corpus"] = corpus.path
      archive.metadata["corpus_holdout"] = Value.real(corpus.holdout).source
      archive.metadata["corpus_digest"] = corpus.digest
    }
    return archive
  }

  /// What `train` goes on with where nothing is said.
  private var planValue: Value {
    guard let plan else { return .null }
    return .map([
      "prompts": .list(plan.prompts.map(Value.string)), "tokens": .integer(plan.tokens),
      "stop": .list(plan.stop.map(Value.string)),
      "iterations_left": iterationsLeft.map(Value.integer) ?? .null,
    ])
  }

  /// Takes over what `archive` adds to the learner.
  fileprivate func restore(from archive: StateArchive) throws(CoreError) {
    if let nested = archive.nested(under: Self.coachingPrefix) {
      coaching = try TextCoaching(from: nested)
    }
    isCoached = archive.metadata["is_coached"] == "true"
    guard let map = archive.metadata["plan"].flatMap({ try? parseJSON($0) })?.entries else {
      return
    }
    func texts(_ name: String) -> [String] { map[name]?.elements?.compactMap(\.text) ?? [] }
    plan = try? TextPlan(
      prompts: texts("prompts"), tokens: map["tokens"]?.integer ?? 0, stop: texts("stop"))
    iterationsLeft = map["iterations_left"]?.integer
  }

  /// Writes the whole to a file, or for others to a folder, which a path without an ending is.
  func save(_ call: CommandCall, to path: String) throws {
    try call.refuse(["replay"], for: self)
    if let format = call.text("format"), format != AgentFormat.rlhs.rawValue {
      throw RunError(
        .value, "a language model is not written as \(format)",
        hint: "`save \(name) FOLDER` writes what transformers opens", argument: "format")
    }
    let fileName = path.split(separator: "/").last ?? ""
    guard path.hasSuffix("/") || !fileName.contains(".") || TransformersFolder.isFolder(path) else {
      try CheckpointStore.write(archive(includingReplay: true), to: path)
      return
    }
    for file in TransformersFolder.files(model, tokenizer) {
      try AtomicFile.replace("\(path)/\(file.name)", with: file.pieces)
    }
  }
}

extension Session {
  /// The language model that a checkpoint holds, made the current agent. Its corpus is read again
  /// where the file is still the same.
  func textAgent(
    from archive: StateArchive, path: String, named name: String?
  ) throws -> TextAgentHandle {
    let agent: TextAgentHandle
    do {
      agent = TextAgentHandle(
        try LanguageLearner(from: archive), name: name ?? archive.metadata["name"] ?? "agent",
        corpus: nil)
      try agent.restore(from: archive)
    } catch {
      throw RunError(.file, "`\(path)` holds no language model that can be used: \(error)")
    }
    agent.corpus = corpus(of: archive, tokenizer: agent.tokenizer)
    adopt(agent)
    return agent
  }

  /// The language model in a folder as transformers saves it, made the current agent.
  func textAgent(fromFolder path: String, named name: String?) throws -> TextAgentHandle {
    let contents = try TransformersFolder.read(path)
    let learner = try LanguageLearner(
      contents.model, tokenizer: contents.tokenizer, source: RandomSource(seed: 0))
    let agent = TextAgentHandle(learner, name: name ?? "agent", corpus: nil)
    adopt(agent)
    return agent
  }

  private func corpus(of archive: StateArchive, tokenizer: Tokenizer) -> CorpusHandle? {
    guard let path = archive.metadata["corpus"], let digest = archive.metadata["corpus_digest"],
      let holdout = archive.metadata["corpus_holdout"].flatMap(Double.init)
    else { return nil }
    if let corpus, corpus.digest == digest, corpus.holdout == holdout,
      corpus.corpus.tokenizer == tokenizer
    {
      return corpus
    }
    guard let allowed = try? project.path(path), let text = try? TextFile.read(allowed),
      SHA256.hex(text.utf8) == digest
    else {
      output.note(
        "`\(path)`, which it learned from, is not there as it was: `corpus FILE` before `train`")
      return nil
    }
    return try? CorpusHandle(text, path: path, tokenizer: tokenizer, holdout: holdout)
  }
}

extension StateArchive {
  /// Adds another archive, its names beginning with `prefix`.
  fileprivate mutating func nest(_ other: StateArchive, under prefix: String) {
    for var tensor in other.tensors {
      tensor.name = prefix + tensor.name
      tensors.append(tensor)
    }
    for (key, value) in other.metadata { metadata[prefix + key] = value }
  }

  /// What `nest` added; nil where it added nothing.
  fileprivate func nested(under prefix: String) -> StateArchive? {
    var archive = StateArchive()
    for var tensor in tensors where tensor.name.hasPrefix(prefix) {
      tensor.name.removeFirst(prefix.count)
      archive.tensors.append(tensor)
    }
    for (key, value) in metadata where key.hasPrefix(prefix) {
      archive.metadata[String(key.dropFirst(prefix.count))] = value
    }
    return archive.tensors.isEmpty ? nil : archive
  }
}
