import Interchange
import Language
import RLCore
import Schema

/// A text that language models learn from, cut into tokens.
final class CorpusHandle: Handle {
  let corpus: Corpus
  /// The file as it was named.
  let path: String
  /// The share that is held out.
  let holdout: Double
  /// Of the text, so that a later process can tell whether the file is still the same.
  let digest: String

  init(_ text: String, path: String, tokenizer: Tokenizer, holdout: Double) throws {
    corpus = try Corpus(text, tokenizer: tokenizer, holdout: holdout)
    self.path = path
    self.holdout = holdout
    digest = SHA256.hex(text.utf8)
    super.init()
  }

  override var kind: String { "corpus" }

  override var memberNames: [String] {
    [
      "file", "characters", "lines", "tokens", "training_tokens", "held_out_tokens", "tokenizer",
      "vocabulary", "distinct_tokens",
    ]
  }

  override func member(_ name: String) throws(RunError) -> Value? {
    switch name {
    case "file": .string(path)
    case "characters": .integer(corpus.characters)
    case "lines": .integer(corpus.lines)
    case "tokens": .integer(corpus.training.count + corpus.heldOut.count)
    case "training_tokens": .integer(corpus.training.count)
    case "held_out_tokens": .integer(corpus.heldOut.count)
    case "tokenizer": .string(corpus.tokenizer.kind.word)
    case "vocabulary": .integer(corpus.tokenizer.vocabulary)
    case "distinct_tokens": .integer(corpus.distinctTokens)
    default: nil
    }
  }

  override var text: String {
    let tokens = corpus.training.count + corpus.heldOut.count
    return "corpus \(path): \(compact(corpus.characters)) characters in "
      + "\(compact(corpus.lines)) lines, \(compact(tokens)) tokens of a vocabulary of "
      + "\(corpus.tokenizer.vocabulary) (\(corpus.tokenizer.kind.word)), "
      + "\(compact(corpus.heldOut.count)) of them held out"
  }
}

extension Tokenizer.Kind {
  /// What a user writes for it.
  var word: String {
    switch self {
    case .character: "character"
    case .bytePair: "bpe"
    }
  }
}

extension Session {
  func currentCorpus() throws(RunError) -> CorpusHandle {
    guard let corpus else {
      throw RunError(
        .command, "there is no text to learn from yet", hint: "read one with `corpus FILE`")
    }
    dependencies.use(corpus)
    return corpus
  }
}

extension Parameter {
  /// The text that a language model learns from or is measured by.
  static let corpus = Parameter(
    "corpus", .handle("corpus"), default: .described("the model's own"),
    "Of a language model: another text, cut by the same tokenizer.")
}
