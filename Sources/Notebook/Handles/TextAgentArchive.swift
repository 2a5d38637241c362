import Interchange
import Language
import RLCore
import Schema
import Store

/// A language model's checkpoint, and folders that transformers opens.
extension TextAgentHandle {
  /// What a checkpoint of a language model is known by.
  static let format = "rlhs-language-model"

  func state() -> StateArchive { learner.archive }

  func archive(includingReplay: Bool) -> StateArchive {
    var archive = state()
    archive.metadata["name"] = name
    if let corpus {
      archive.metadata["corpus"] = corpus.path
      archive.metadata["corpus_holdout"] = Value.real(corpus.holdout).source
      archive.metadata["corpus_digest"] = corpus.digest
    }
    return archive
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
    let learner: LanguageLearner
    do {
      learner = try LanguageLearner(from: archive)
    } catch {
      throw RunError(.file, "`\(path)` holds no language model that can be used: \(error)")
    }
    let agent = TextAgentHandle(
      learner, name: name ?? archive.metadata["name"] ?? "agent",
      corpus: corpus(of: archive, tokenizer: learner.tokenizer))
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
