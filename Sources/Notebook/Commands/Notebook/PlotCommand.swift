import Language
import RLCore
import Schema
import Store

/// `plot a`: the learning curve, in the terminal or as a file.
enum PlotCommand: SessionCommand {
  static let declaration = Declaration(
    name: "plot",
    summary: "Draws a learning curve, a search, lists of numbers, or what an agent thinks.",
    parameters: [
      Parameter(
        "what",
        .either([
          .handle("agent"), .handle("run"), .handle("search"), .list(of: .handle("run")),
          .list(of: .real),
        ]),
        .positional, default: .described("the current agent"),
        "An agent, a run, runs of several seeds, a search, or a list of numbers."),
      Parameter(
        "y", .list(of: .real), .positional, default: .described("the list against its places"),
        "The second list: the first then holds the x values."),
      Parameter(
        "show",
        .words(
          View.allCases.map { Word($0.rawValue, $0.summary) }
            + SearchPlots.View.allCases.map(\.word)),
        default: .described("the curve, of a search its history"), "What of it."),
      Parameter("bins", .integer(1...100), default: .setting(10), "Bars of a histogram."),
      Parameter(
        "height", .integer(4...200), default: .setting(16), "How many lines the picture has."),
      Parameter(
        "file", .path, default: .described("the terminal"),
        "Draws into a file instead, .svg or .png."),
    ],
    examples: [
      Example("plot [1, 4, 9, 16]"), Example("plot [0, 10, 20] [1, 0, 1] height=8"),
      Example("plot [1, 1, 1, 2, 3] show=histogram bins=2"),
      Example("env FrozenLake-v1\na = agent q_learning\ntrain a steps=2000\nplot a show=policy"),
      Example("plot [1, 4, 9] file=squares.svg"),
      Example(
        "s = search random trials=9 over={x: uniform(0, 1)} objective=fn(p) => p.x\nplot s show=importance"
      ),
    ],
    group: "notebook")

  private enum View: String, CaseIterable {
    case curve, loss, histogram, values, policy, actions

    var summary: String {
      switch self {
      case .curve: "Returns while learning, or the numbers against their places."
      case .loss: "The loss while learning."
      case .histogram: "How often values occur: the numbers, or the returns of episodes."
      case .values: "The greatest action value in each cell of a grid world."
      case .policy: "The same, with the greedy action in each cell."
      case .actions: "The value of each action in the environment's present state."
      }
    }
  }

  private static let widest = 79

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let pictures = try pictures(call, in: session)
    if let path = try call.path("file", in: session) {
      guard pictures.count == 1 else {
        throw RunError(
          .value, "these are \(pictures.count) pictures, and a file holds one", argument: "show")
      }
      try draw(pictures[0], to: path)
      session.output.report(
        Event("plot", [("path", .string(path))], text: "drew \(path)"), isShown: call.isShown)
      return call.nothing()
    }
    let appearance = session.output.appearance
    for picture in pictures {
      session.output.printPicture(
        picture,
        lines: picture.lines(
          width: min(appearance.columns - 1, widest), height: call.integer("height") ?? 16,
          appearance: appearance))
    }
    return .null
  }

  private static func pictures(_ call: CommandCall, in session: Session) throws -> [Picture] {
    let word = call.text("show")
    if let search = call["what"]?.handle as? SearchHandle {
      guard let view = word.map(SearchPlots.View.init(rawValue:)) ?? .history else {
        throw RunError(
          .value, "a search has no `\(word ?? "")`",
          hint: SearchPlots.View.allCases.map { "`show=\($0.rawValue)`" }.joined(separator: ", "),
          argument: "show")
      }
      return SearchPlots(search: search).pictures(view)
    }
    if let (history, title) = try textHistory(call, in: session) {
      guard word == nil || word == View.curve.rawValue || word == View.loss.rawValue else {
        throw RunError(
          .value, "a language model has no `\(word ?? "")`", hint: "`plot` shows its losses",
          argument: "show")
      }
      return [
        .chart(
          word == View.loss.rawValue
            ? .losses(of: history, title: title) : .learning(of: history, title: title))
      ]
    }
    guard let view = word.map(View.init(rawValue:)) ?? .curve else {
      throw RunError(.value, "`show=\(word ?? "")` is of a search", argument: "show")
    }
    switch view {
    case .curve: return [.chart(try curve(call, in: session))]
    case .loss:
      let agent = try agent(call, in: session)
      return [.chart(.losses(of: agent.history, title: agent.text))]
    case .histogram:
      let values = try numbers(call, in: session)
      return [
        .bars(
          Bars(
            title: "\(values.count) values", histogramOf: values,
            bins: call.integer("bins") ?? 10))
      ]
    case .values, .policy:
      return [.heatMap(try agent(call, in: session).gridMap(withPolicy: view == .policy))]
    case .actions:
      let agent = try agent(call, in: session)
      return [.bars(try agent.actionBars(in: session.currentEnvironment()))]
    }
  }

  /// What a language model's training or trainings left, with a title; nil where something else is
  /// to be drawn.
  private static func textHistory(
    _ call: CommandCall, in session: Session
  ) throws -> (history: [MetricPoint], title: String)? {
    if let run = call["what"]?.handle as? TextRunHandle { return (run.history, run.text) }
    let agent = call["what"] == nil ? session.current : call["what"]?.handle as? any SessionAgent
    return (agent as? TextAgentHandle).map { ($0.history, $0.text) }
  }

  private static func curve(_ call: CommandCall, in session: Session) throws -> Chart {
    if let numbers = call["what"].flatMap(CoreValues.reals) {
      return try chart(numbers, call["y"].flatMap(CoreValues.reals))
    }
    if let run = call["what"]?.handle as? RunHandle {
      return .learningCurve(of: run.history, title: run.text)
    }
    let runs = call["what"]?.elements?.compactMap { $0.handle as? RunHandle } ?? []
    if let first = runs.first {
      return .learningBand(
        of: runs.map(\.history), title: "\(first.agent.settingsName) over \(runs.count) seeds")
    }
    return session.learningCurve(of: try agent(call, in: session))
  }

  private static func agent(_ call: CommandCall, in session: Session) throws(RunError)
    -> AgentHandle
  {
    if let run = call["what"]?.handle as? RunHandle { return run.agent }
    return try call.anyAgent(in: session, "what").checkKind(AgentHandle.self, for: "plot")
  }

  private static func numbers(_ call: CommandCall, in session: Session) throws(RunError)
    -> [Double]
  {
    if let numbers = call["what"].flatMap(CoreValues.reals) { return numbers }
    if let run = call["what"]?.handle as? RunHandle { return run.history.returns.map(\.value) }
    return try agent(call, in: session).history.returns.map(\.value)
  }

  private static func chart(_ first: [Double], _ second: [Double]?) throws(RunError) -> Chart {
    guard let second else {
      return Chart(series: [.init("", first.enumerated().map { .init(Double($0), $1) })])
    }
    guard first.count == second.count else {
      throw RunError(
        .value, "the lists have \(first.count) and \(second.count) numbers", argument: "y")
    }
    return Chart(series: [.init("", zip(first, second).map { .init($0, $1) })])
  }

  private static func draw(_ picture: Picture, to path: String) throws {
    let drawing = picture.drawing!
    switch ExportCommand.parts(of: path).ending {
    case "svg": try AtomicFile.replace(path, with: [Array(drawing.markup(standalone: true).utf8)])
    case "png": try AtomicFile.replace(path, with: [drawing.raster(scale: 2).png])
    default:
      throw RunError(
        .value, "a picture is written as .svg or .png, and `\(path)` is neither", argument: "file")
    }
  }
}
