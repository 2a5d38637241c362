import Language
import RLCore
import Schema

/// `demonstrate a episodes=3`: shows an agent how it is done.
enum DemonstrateCommand: SessionCommand {
  static let declaration = Declaration(
    name: "demonstrate",
    summary: "Shows an agent how it is done, by episodes of someone who knows.",
    parameters: [
      .agent,
      Parameter("episodes", .integer(1...100_000), default: .setting(1), "How many."),
      Parameter(
        "seed", .integer, default: .described("a new one at each call"), "Fixes the starts."),
      Parameter(
        "file", .path, default: .described("someone acts now"), "JSON lines with an episode each."),
      Parameter(
        "fps", .real(Interval(0, 60, includesLower: false)),
        default: .described("each key is a step"),
        "Frames a second: time goes on by itself, and the last action holds."),
      .actor, .person, .note,
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        d = demonstrate a episodes=2 seed=1 from=fn(obs) => if obs[2] + obs[3] > 0 { 1 } else { 0 }
        print len(d) d[0].kind
        """, gives: "2 demonstration\n")
    ],
    group: "feedback",
    details: """
      At a terminal you act with the keys, as in `play`; q leaves out the rest. The function of \
      `from=` gets the observation and gives the action. A line of a file is \
      `{"seed": 1, "actions": […]}` or `{"state": […], "actions": […]}`, which is played again, or \
      `{"observations": […], "actions": […], "rewards": […]}` with one observation more than actions. \
      Gives the record, a list of them above 1.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.agent(in: session)
    let count = call.integer("episodes") ?? 1
    let episodes: [Episode]
    let source: String
    if let path = try call.path("file", in: session, isInput: true) {
      episodes = try DemonstrationFile.episodes(path, in: agent.core.environment)
      source = "file"
    } else {
      (episodes, source) = try acted(call, count, agent, session)
    }
    let records = try episodes.map { episode in
      let handle = EpisodeHandle(episode, environment: agent.environment, agent: agent)
      let answer = Answer(
        value: .real(episode.return), note: call.text("note") ?? "", source: source)
      let record = try session.take(
        answer, to: Inquiry.demonstration(FeedbackSubject(handle, step: nil, agent: agent)),
        person: call.text("person"))
      session.output.report(record.event, isShown: call.isShown)
      return record
    }
    let isOne = records.count == 1 && count == 1
    return call.reported(isOne ? .object(records[0]) : .list(records.map { .object($0) }))
  }

  private static func acted(
    _ call: CommandCall, _ count: Int, _ agent: AgentHandle, _ session: Session
  ) throws -> ([Episode], String) {
    if let teacher = call["from"]?.handle as? TeacherHandle {
      _ = try teacher.answer(
        to: .demonstration(
          FeedbackSubject(
            EpisodeHandle(
              Episode(startingIn: agent.core.environment), environment: agent.environment,
              agent: nil), step: nil, agent: agent)))
    }
    let actor = try Actor(
      call, in: agent.core.environment, session, framesPerSecond: call.real("fps"))
    defer { actor.finish() }
    let firstSeed = call.integer("seed")
    var episodes: [Episode] = []
    for index in 0..<count {
      let (episode, isWhole) = try actor.episode(
        in: agent.core.environment,
        seed: firstSeed.map { $0 &+ index } ?? agent.drawSeed(for: "demonstrate"))
      if episode.length > 0 { episodes.append(episode) }
      if !isWhole { break }
    }
    return (episodes, actor.source)
  }
}
