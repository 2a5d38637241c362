import Language
import RLCore
import Schema

/// `prefer p pairs=500`: a language model writes pairs of texts, and each is judged.
struct PairCollection {
  private let agent: TextAgentHandle
  private let prompts: [String]
  private let sampling: Sampling
  private let wanted: Int
  private let seed: Int

  /// Pairs written at once.
  private static let batch = 32
  /// Where nearly all are skipped there is an end: so many are shown for each that is wanted.
  private static let mostShown = 20

  init(_ agent: TextAgentHandle, _ call: CommandCall) throws {
    self.agent = agent
    let given = call.texts("prompts")
    prompts = given.isEmpty ? [""] : given
    sampling = try Sampling(
      temperature: call.real("temperature") ?? 1,
      tokens: call.integer("tokens") ?? Parameter.respondedTokens,
      stop: call.stop)
    wanted = call.integer("pairs") ?? 1
    seed = call.integer("seed") ?? agent.drawSeed(for: "pairs")
  }

  /// Asks until enough pairs are judged; skipped ones do not count.
  ///
  /// - Returns: the records.
  func run(_ asker: Asker, person: String?, in session: Session) throws -> [FeedbackHandle] {
    var records: [FeedbackHandle] = []
    var shown = 0
    let progress = ProgressLine()
    defer { progress.clear() }
    let clock = ContinuousClock()
    let start = clock.now
    while records.count < wanted, shown < Self.mostShown * wanted {
      for (left, right) in try pairs(from: shown, in: session) {
        guard records.count < wanted, !asker.isExhausted else { return records }
        shown += 1
        if left.response.text == right.response.text { continue }
        let inquiry = TextInquiry.comparison(left, right)
        if asker.asksPerson {
          progress.clear()
          if wanted > 1 { session.output.note("pair \(records.count + 1) of \(wanted)") }
        }
        guard let answer = try asker.answer(to: inquiry), answer.value.text != "skip" else {
          continue
        }
        records.append(try session.take(answer, to: inquiry, person: person))
        if session.isInterrupted { throw RunError.interrupted }
        session.show(
          Progress(
            label: "prefer \(agent.name)", done: records.count, total: wanted,
            seconds: (clock.now - start).inSeconds), on: progress)
      }
    }
    return records
  }

  /// Pairs for the next prompts, by turns; what a pair is like depends on its number alone.
  private func pairs(
    from first: Int, in session: Session
  ) throws -> [(GenerationHandle, GenerationHandle)] {
    let numbers = first..<first + min(Self.batch, max(wanted, 1))
    let texts = try TextSampler(agent, sampling: sampling).generations(
      of: numbers.flatMap { Array(repeating: prompts[$0 % prompts.count], count: 2) },
      places: numbers.flatMap { [2 * $0, 2 * $0 + 1] }, seed: seed, in: session)
    return stride(from: 0, to: texts.count, by: 2).map { (texts[$0], texts[$0 + 1]) }
  }
}
