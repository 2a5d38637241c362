import Language
import RLCore
import Schema

/// `plot a`: the learning curve, in the terminal.
enum PlotCommand: SessionCommand {
  static let declaration = Declaration(
    name: "plot", summary: "Draws the learning curve of an agent, or lists of numbers.",
    parameters: [
      Parameter(
        "what", .either([.handle("agent"), .handle("run"), .list(of: .real)]), .positional,
        default: .described("the current agent"), "An agent, a run, or a list of numbers."),
      Parameter(
        "y", .list(of: .real), .positional, default: .described("the list against its places"),
        "The second list: the first then holds the x values."),
      Parameter(
        "height", .integer(4...200), default: .setting(16), "How many lines the picture has."),
    ],
    examples: [Example("plot [1, 4, 9, 16]"), Example("plot [0, 10, 20] [1, 0, 1] height=8")],
    group: "notebook")

  private static let widest = 79

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let chart: Chart
    if let numbers = call["what"].flatMap(CoreValues.reals) {
      chart = try Self.chart(numbers, call["y"].flatMap(CoreValues.reals))
    } else if let run = call["what"]?.handle as? RunHandle {
      chart = curve(of: run.history, title: run.text)
    } else {
      let agent: AgentHandle =
        if let given = call["what"]?.handle as? AgentHandle { given } else {
          try session.currentAgent()
        }
      chart = curve(of: agent.history, title: agent.text)
    }
    let appearance = session.output.appearance
    let lines = chart.lines(
      width: min(appearance.columns - 1, widest), height: call.integer("height") ?? 16,
      appearance: appearance)
    session.output.printLine(lines.joined(separator: "\n"))
    return .null
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

  /// Returns of episodes, smoothed over as many as a person can still follow, and the validations.
  private static func curve(of history: TrainingHistory, title: String) -> Chart {
    let returns = history.returns
    let window = max(1, min(100, returns.count / 20))
    var sum = 0.0
    var smooth: [Chart.Point] = []
    for (index, point) in returns.enumerated() {
      sum += point.value
      if index >= window { sum -= returns[index - window].value }
      smooth.append(.init(Double(point.step), sum / Double(min(index + 1, window))))
    }
    return Chart(
      title: title, xLabel: "steps",
      series: [
        .init(window > 1 ? "return, mean of \(window)" : "return", smooth),
        .init("validation", history.validations.map { .init(Double($0.step), $0.value) }),
      ])
  }
}
