import Interchange
import Language
import RLCore
import Schema
import Store

/// `corpus FILE`: a text to learn from.
enum CorpusCommand: SessionCommand {
  private static let kinds = [
    Word("character", "A token for each character of the text."),
    Word("bpe", "Byte pairs learned from the text: pieces of words, any text can be written."),
  ]

  static let declaration = Declaration(
    name: "corpus",
    summary: "Reads a text to learn from, cuts it into tokens, and makes it the current corpus.",
    parameters: [
      Parameter("file", .path, .positional, default: .required, "A file of UTF-8 text."),
      Parameter(
        "tokenizer", .either([.words(kinds), .path]), default: .setting("character"),
        "How it is cut: a word, or a tokenizer.json, a model's folder or checkpoint."),
      Parameter(
        "model", .handle("agent"), default: .described("none"),
        "Cuts it as this language model does, for one that was loaded."),
      Parameter(
        "vocabulary", .integer(257...1_000_000), default: .setting(512),
        "Of `tokenizer=bpe`: most tokens."),
      Parameter(
        "holdout", .real(Interval(0, 1, includesUpper: false)), default: .setting(0.1),
        "The share at its end that is only measured by."),
    ],
    examples: [
      Example(
        """
        write_text("abc.txt", "abcabcabd " * 60)
        c = corpus abc.txt holdout=0.2
        print c.tokens c.held_out_tokens c.vocabulary
        """, gives: "600 120 5\n"),
      Example(
        """
        write_text("abc.txt", "abcabcabd " * 60)
        c = corpus abc.txt tokenizer=bpe vocabulary=260
        print c.vocabulary c.tokens < 300
        """, gives: "260 true\n"),
    ],
    group: "text",
    details: """
      Gives `.file .characters .lines .tokens .training_tokens .held_out_tokens .tokenizer .vocabulary \
      .distinct_tokens`. Characters are Unicode's scalars, whatever the script. `agent lm` then makes a \
      model on it.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let path = try call.path("file", in: session, isInput: true)!
    let text = try TextFile.read(path)
    let corpus: CorpusHandle
    do {
      corpus = try CorpusHandle(
        text, path: path, tokenizer: try tokenizer(for: text, call, in: session),
        holdout: call.real("holdout") ?? 0.1)
    } catch let error as CoreError {
      var failure = RunError(converting: error)
      failure.message = "`\(path)` cannot be a corpus: \(failure.message)"
      throw failure
    }
    session.corpus = corpus
    return .object(corpus)
  }

  private static func tokenizer(
    for text: String, _ call: CommandCall, in session: Session
  ) throws -> Tokenizer {
    let word = call.text("tokenizer")
    if call["vocabulary"] != nil, word != "bpe" {
      throw RunError(
        .call, "`vocabulary` is of byte pairs that are learned here", hint: "`tokenizer=bpe`",
        argument: "vocabulary")
    }
    if let model = call["model"]?.handle as? any SessionAgent {
      if word != nil {
        throw RunError(
          .call, "`model` and `tokenizer` both say how the text is cut", argument: "tokenizer")
      }
      return try model.checkKind(TextAgentHandle.self, for: "corpus").tokenizer
    }
    switch word {
    case nil, "character": return try Tokenizer(characters: text)
    case "bpe":
      return try Tokenizer(learningFrom: text, vocabulary: call.integer("vocabulary") ?? 512)
    default: return try tokenizer(at: try call.path("tokenizer", in: session, isInput: true)!)
    }
  }

  /// The tokenizer of a file: the library's own, or that of a model.
  private static func tokenizer(at path: String) throws -> Tokenizer {
    if path.hasSuffix(".json") { return try TransformersFolder.readTokenizer(path) }
    if TransformersFolder.isFolder(path) {
      return try TransformersFolder.readTokenizer("\(path)/tokenizer.json")
    }
    return try LanguageLearner(from: CheckpointStore.load(path)).tokenizer
  }
}
