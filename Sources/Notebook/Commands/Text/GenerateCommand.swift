import Language
import RLCore
import Schema

/// `generate m "Once"`: what a language model writes.
enum GenerateCommand: SessionCommand {
  private static let defaultTokens = 200

  static let declaration = Declaration(
    name: "generate", summary: "Lets a language model write on from a prompt.",
    parameters: [
      .agent,
      Parameter(
        "prompt", .string, .positional, default: .described("the beginning of a line"),
        "What it goes on from."),
      .tokens(defaultTokens),
      Parameter(
        "temperature", .real(from: 0), default: .setting(1.0),
        "How freely it chooses: 0 always takes the likeliest token."),
      Parameter(
        "top_k", .integer(from: 1), default: .described("all"),
        "Chooses among so many of the likeliest tokens."),
      Parameter(
        "top_p", .real(Interval(0, 1, includesLower: false)), default: .setting(1.0),
        "Chooses among the likeliest tokens that together are so probable."),
      .stop,
      Parameter("n", .integer(1...10_000), default: .setting(1), "How many texts, side by side."),
      Parameter(
        "seed", .integer, default: .described("a new one at each call"), "Fixes the draws."),
    ],
    examples: [
      Example(
        """
        write_text("abc.txt", "abcabcabd " * 60)
        corpus abc.txt
        m = agent lm layers=1 heads=2 width=16 context=8
        g = generate m "ab" tokens=5 temperature=0
        print len(g.text) len(g.tokens) g.ended
        gs = generate m "ab" tokens=5 n=3 stop=[" "]
        print len(gs)
        """, gives: "5 5 false\n3\n")
    ],
    group: "text",
    details: """
      Gives `.text .tokens .ended .prompt .seed`, a list of such above `n=1`. At the terminal it is shown \
      as it is written. It has its own random stream and changes no bit of the model. `.ended` says \
      that the end token or a text of `stop` ended it, which then is not in `.text`.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.textAgent(in: session)
    let count = call.integer("n") ?? 1
    let isStreamed = call.isShown && count == 1 && !session.output.isJSON
    let prompt = call.text("prompt") ?? ""
    if isStreamed { session.output.printPart(prompt) }
    let generations = try TextSampler(
      agent, sampling: try sampling(call)
    ).generations(
      of: Array(repeating: prompt, count: count), seed: call.integer("seed"), in: session
    ) { piece in if isStreamed { session.output.printPart(piece.text) } }
    if isStreamed { session.output.printPart("\n") }
    if call.isShown {
      show(generations, isStreamed: isStreamed, in: session)
      call.showedEvent()
    }
    session.adopt(agent)
    session.lastShown = generations.last.map(LastShown.generation)
    let values = generations.map { Value.object($0) }
    return count == 1 ? values[0] : .list(values)
  }

  private static func sampling(_ call: CommandCall) throws -> Sampling {
    try Sampling(
      temperature: call.real("temperature") ?? 1, topK: call.integer("top_k"),
      topP: call.real("top_p") ?? 1, tokens: call.integer("tokens") ?? defaultTokens,
      stop: call.stop)
  }

  private static func show(
    _ generations: [GenerationHandle], isStreamed: Bool, in session: Session
  ) {
    for (index, generation) in generations.enumerated() {
      generation.wasShown = true
      if isStreamed { continue }
      session.output.report(
        Event(
          "generate", generation.fields,
          text: "[\(index)] \(generation.response.prompt)\(generation.response.text)"),
        isShown: true)
    }
  }
}

extension CommandCall {
  /// The texts that end a generation: one, or a list of them.
  var stop: [String] { texts("stop") }

  /// The strings of a list, or a single one.
  func texts(_ name: String) -> [String] {
    guard let value = self[name] else { return [] }
    return value.text.map { [$0] } ?? value.elements?.compactMap(\.text) ?? []
  }
}

extension Parameter {
  /// Most tokens of a response that feedback is given on, where nothing is said.
  static let respondedTokens = 40

  static func tokens(_ count: Int = respondedTokens) -> Parameter {
    Parameter(
      "tokens", .integer(1...1_000_000), default: .setting(.integer(count)),
      "Most tokens of a text.")
  }

  static let prompts = Parameter(
    "prompts", .list(of: .string), default: .described("the beginning of a line"),
    "Of a language model: what it writes on from, by turns.")

  static let stop = Parameter(
    "stop", .either([.string, .list(of: .string)]), default: .described("none"),
    "A text that ends it, or several.")
}
