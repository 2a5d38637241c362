import Language
import RLCore
import Schema

/// `prefer ep1 ep2`: which of two episodes is better.
enum PreferCommand: SessionCommand {
  private static let choices = Domain.words([
    Word("left", "The first is better."), Word("right", "The second is better."),
    Word("equal", "Neither is better."), Word("skip", "They cannot be compared."),
  ])

  static let declaration = Declaration(
    name: "prefer", summary: "Takes which of two episodes or texts is better.",
    parameters: [
      Parameter(
        "left",
        .either([.handle("episode"), .handle("generation"), .handle("agent"), choices]),
        .positional,
        default: .described("the last episode but one"),
        "The one shown at the left; or, of the last two, which is better: `prefer left`; or a language model that writes the pairs."
      ),
      Parameter(
        "right", .either([.handle("episode"), .handle("generation")]), .positional,
        default: .described("the last episode"),
        "The one shown at the right."),
      Parameter(
        "choice", choices, .positional, default: .described("asked for"),
        "Which is better."),
      Parameter(
        "agent", .handle("agent"), default: .described("who played the right one"),
        "Who learns from it."),
      Parameter(
        "pairs", .integer(1...1_000_000), default: .setting(1),
        "Of a language model: how many pairs to judge; skipped ones do not count."),
      .prompts, .tokens(), .stop,
      Parameter(
        "temperature", .positiveReal, default: .setting(1.0), "How freely the pairs are written."),
      Parameter(
        "seed", .integer, default: .described("a new one at each call"), "Fixes the pairs."),
      Parameter(
        "file", .path, default: .described("none"),
        "Of a language model: takes JSON lines of `prompt`, `chosen` and `rejected`."),
      .note, .from(arguments: 2...3), .person, .maxAttempts, .maxPrompts,
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        ep1 = rollout a
        ep2 = rollout a
        f = prefer ep1 ep2 choice=left
        print f.kind f.value
        """, gives: "comparison left\n"),
      Example(
        """
        env Pendulum-v1
        a = agent ppo
        f = prefer (rollout a) (rollout a) from=fn(l, r) => if l.return > r.return { "left" } else { "right" }
        """),
      Example(
        """
        write_text("abc.txt", "abcabcabd " * 60)
        corpus abc.txt
        m = agent lm layers=1 heads=2 width=16 context=24
        fs = prefer m pairs=4 prompts=["ab"] tokens=8 from=fn(prompt, left, right) => if len(split(left, "c")) > 2 { "left" } else { "right" }
        learn m
        print len(fs) fs[0].kind
        """, gives: "4 comparison\n"),
    ],
    group: "feedback",
    details: """
      At a terminal the two play side by side, and an arrow key or 1 and 2 choose; = is equal, Enter \
      skips. The function of `from=` gets the two and gives `"left"`, `"right"`, `"equal"`, `"skip"` \
      or null. An episode of an expert may stand on either side: the agent that is compared with it \
      learns to be like it.

      `prefer m pairs=40 prompts=["…"]` lets a language model write pairs and asks about each: at a \
      terminal side by side, and the function of `from=` gets prompt, left text and right text.
      """, source: "Christiano et al. 2017, arXiv 1706.03741")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    if let agent = call["left"]?.handle as? any SessionAgent {
      return try pairs(of: agent.checkKind(TextAgentHandle.self, for: "prefer"), call, in: session)
    }
    let choice = call["left"].flatMap { $0.text == nil ? nil : $0 } ?? call["choice"]
    if let texts = try texts(call) {
      return try session.answer(texts, given: choice, as: "choice", call)
    }
    let (left, right) = try pair(call, in: session)
    guard left.environment.instance.name == right.environment.instance.name else {
      throw RunError(
        .value,
        "episodes of \(left.environment.instance.name) and "
          + "\(right.environment.instance.name) cannot be compared", argument: "right")
    }
    let agent = call["agent"]?.handle as? AgentHandle ?? learner(left, right, in: session)
    let inquiry = Inquiry.comparison(
      FeedbackSubject(left, step: nil, agent: agent),
      FeedbackSubject(right, step: nil, agent: agent))
    return try session.answer(inquiry, given: choice, as: "choice", call)
  }

  /// Two texts after the same prompt; nil where no texts are given.
  private static func texts(_ call: CommandCall) throws -> TextInquiry? {
    let sides = ["left", "right"].map { call[$0]?.handle as? GenerationHandle }
    guard sides.contains(where: { $0 != nil }) else { return nil }
    guard let left = sides[0], let right = sides[1] else {
      throw RunError(.type, "a text is compared with a text", argument: "right")
    }
    guard left.response.promptTokens == right.response.promptTokens, left.agent === right.agent
    else {
      throw RunError(
        .value, "two texts are compared that one model wrote after the same prompt",
        argument: "right")
    }
    return .comparison(left, right)
  }

  /// Pairs that a language model writes, or those of a file.
  private static func pairs(
    of agent: TextAgentHandle, _ call: CommandCall, in session: Session
  ) throws -> Value {
    if call["right"] != nil || call["choice"] != nil {
      throw RunError(
        .call, "\(agent.name) writes the pairs, and each is asked about",
        hint: "answer with `from=` or at the terminal")
    }
    let records: [FeedbackHandle]
    if let path = try call.path("file", in: session, isInput: true) {
      records = try PairFile.read(path, for: agent, stop: call.stop.first ?? "").map {
        try session.take(
          Answer(value: .string(Preference.left.rawValue), source: "file"), to: $0,
          person: call.text("person"))
      }
    } else {
      records = try PairCollection(agent, call).run(
        Asker(call, in: session), person: call.text("person"), in: session)
    }
    let wanted = call["file"] == nil ? call.integer("pairs") ?? 1 : records.count
    let choices = records.map { $0.value.text ?? "" }
    let (left, right) = (choices.count { $0 == "left" }, choices.count { $0 == "right" })
    session.output.report(
      Event(
        "prefer",
        [
          ("agent", .string(agent.name)), ("pairs", .integer(records.count)),
          ("left", .integer(left)), ("right", .integer(right)),
        ],
        text: "prefer \(agent.name): \(records.count) pair\(records.count == 1 ? "" : "s")"
          + (records.count < wanted ? " of \(wanted), the others were skipped or alike" : "")
          + ", left \(left), right \(right)"
          + (records.isEmpty ? "" : "; `learn \(agent.name)` folds them in")),
      isShown: call.isShown)
    return call.reported(.list(records.map { .object($0) }))
  }

  private static func pair(
    _ call: CommandCall, in session: Session
  ) throws(RunError) -> (EpisodeHandle, EpisodeHandle) {
    let left = call["left"]?.handle as? EpisodeHandle
    let right = call["right"]?.handle as? EpisodeHandle
    if let left, let right { return (left, right) }
    guard case .episode(let last) = session.lastShown,
      let before = left ?? session.shownBefore, right != nil || before !== last
    else {
      throw RunError(
        .command, "there are no two episodes to compare yet",
        hint: "play them: `prefer (rollout a) (rollout a)`")
    }
    return (before, right ?? last)
  }

  /// The current agent where it played one of them, else who played the right one, else the left.
  private static func learner(
    _ left: EpisodeHandle, _ right: EpisodeHandle, in session: Session
  ) -> AgentHandle? {
    if let current = session.agent, left.agent === current || right.agent === current {
      return current
    }
    return right.agent ?? left.agent ?? FeedbackSubject(right, in: session).agent
  }
}
