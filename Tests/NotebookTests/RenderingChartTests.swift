import Language
import RLCore
import Testing

@testable import Notebook

private let braille = Appearance(columns: 80)
private let ascii = Appearance(columns: 80, unicode: false)

private func points(_ values: [Double]) -> [Chart.Point] {
  values.enumerated().map { Chart.Point(Double($0) * 1000, $1) }
}

@Suite struct RenderingChartTests {
  @Test func `a curve is drawn in Braille between labelled axes`() {
    let chart = Chart(title: "return", xLabel: "steps", series: [.init("", points([0, 50, 100]))])
    #expect(
      chart.lines(width: 24, height: 8, appearance: braille) == [
        "return",
        "100┤                ⢀⡠⠔⠊",
        "   │            ⢀⡠⠔⠊⠁",
        " 50┤        ⢀⡠⠔⠊⠁",
        "   │    ⣀⡠⠔⠊⠁",
        "  0┤⣀⠤⠒⠉",
        "   └┬──────────────────┬",
        "    0     steps     2000",
      ])
  }

  @Test func `where there is only ASCII each series has its own mark`() {
    let chart = Chart(series: [.init("dqn", points([0, 4])), .init("ppo", points([2, 2]))])
    #expect(
      chart.lines(width: 16, height: 8, appearance: ascii) == [
        "4+            **",
        " |         ***",
        "2+oooooooooooooo",
        " |  ***",
        "0+**",
        " ++------------+",
        "  0         1000",
        "** dqn  oo ppo",
      ])
  }

  @Test(arguments: [(80, 24), (40, 20), (20, 8), (10, 5), (3, 3)])
  func `a chart keeps within its size`(width: Int, height: Int) {
    let values = (0..<500).map { Double($0 * $0) - 1e5 }
    let noisy = values.map { Chart.Point($0, -$0, band: -$0 - 1e4...(-$0) + 1e4) }
    let chart = Chart(
      title: "a title that is rather long", xLabel: "steps",
      series: [.init("one", points(values)), .init("two", noisy)])
    for appearance in [braille, ascii] {
      let lines = chart.lines(width: width, height: height, appearance: appearance)
      #expect(lines.count <= max(height, 4))
      for line in lines { #expect(displayWidth(of: line) <= width, "\(line)") }
    }
  }

  @Test func `values that are not finite leave a gap and never crash`() {
    let chart = Chart(series: [.init("", points([1, .nan, .infinity, 1]))])
    let lines = chart.lines(width: 20, height: 8, appearance: ascii)
    #expect(lines.joined().filter { $0 == "*" }.count == 2)
    let empty = Chart(title: "loss", series: [.init("", points([.nan]))])
    #expect(empty.lines(width: 40, height: 8, appearance: ascii) == ["loss: nothing to draw yet"])
  }

  @Test(arguments: [(0.0, 1e-9), (1e12, 1.0001e12), (-5, 5), (0, 0.3)])
  func `ticks are round, apart and within the axis`(low: Double, high: Double) {
    let ticks = Ticks(from: low, to: high, count: 4)
    #expect((2...6).contains(ticks.values.count))
    #expect(ticks.values.allSatisfy { $0 >= low - ticks.step && $0 <= high + ticks.step })
  }

  @Test func `a histogram's bars are as long as its counts`() {
    func lines(_ values: [Double], bins: Int = 10, _ width: Int, _ look: Appearance) -> [String] {
      Bars(title: "", histogramOf: values, bins: bins).lines(width: width, appearance: look)
    }
    #expect(
      lines([1, 1, 1, 2, 3, .nan], bins: 2, 20, braille) == [
        "1 .. 2 │██████████ 3",
        "2 .. 3 │██████▋ 2",
      ])
    #expect(lines([5, 5], 12, ascii) == ["5 |####### 2"])
    // Between round numbers, wherever the values begin and end.
    #expect(
      lines([-0.93, 0.1, 0.97], bins: 4, 30, ascii).map { $0.prefix { $0 != "|" } }
        == ["-1.0 .. -0.5 ", "-0.5 .. 0.0 ", "0.0 .. 0.5 ", "0.5 .. 1.0 "].map {
          padded($0, to: 13, .right)[...]
        })
    #expect(lines([], 12, ascii) == ["no values"])
  }

  @Test func `bars of negative values start at the lowest`() {
    let bars = Bars(title: "", labels: ["a", "b", "c"], values: [-2, 0, -1])
    #expect(bars.lines(width: 12, appearance: ascii) == ["a | -2", "b |###### 0", "c |### -1"])
  }

  @Test func `the pole leans to the side of its angle`() throws {
    func frame(_ angle: Double, action: Int? = nil) throws -> [String] {
      let instance = try EnvironmentInstance(named: "CartPole-v1")
      let scene = try #require(
        Scene.of(instance, state: [0, 0, angle, 0], action: action.map(Action.discrete)))
      return scene.lines(width: 41, height: 12, appearance: ascii)
    }
    // The topmost mark of the pole, against the cart's middle.
    func tip(_ angle: Double) throws -> Int { try frame(angle).first { !$0.isEmpty }!.count - 1 }
    #expect(try tip(0) == 20)
    #expect(try tip(0.5) > 21 && tip(-0.5) < 19)
    #expect(try frame(0, action: 1) != frame(0, action: 0))
  }

  @Test(arguments: ["MountainCar-v0", "MountainCarContinuous-v0", "Pendulum-v1", "Acrobot-v1"])
  func `a scene fits where it is drawn and moves with the state`(name: String) throws {
    var instance = try EnvironmentInstance(named: name)
    try instance.reset()
    func lines(_ state: [Double]) throws -> [String] {
      try #require(Scene.of(instance, state: state, action: nil)).lines(
        width: 40, height: 12, appearance: braille)
    }
    var moved = instance.environment.state
    moved[0] += 0.5
    let before = try lines(instance.environment.state)
    #expect(before.count <= 12 && before.allSatisfy { displayWidth(of: $0) <= 40 })
    #expect(try lines(moved) != before)
  }

  @Test func `a heat map shows every cell, and leaves walls out`() {
    let map = HeatMap(
      title: "values", values: [[0, 1], [nil, 0.5]], signs: [["→", "↓"], ["", "←"]])
    #expect(
      map.lines(width: 40, appearance: Appearance(unicode: true)) == [
        "values", "  → 0.00 ██↓ 1.00 ", "         ▒▒← 0.50 ", "░ 0.00 … █ 1.00",
      ])
  }

  @Test func `feedback is marked on the axis and explained`() {
    let chart = Chart(
      series: [.init("return", [.init(0, 0), .init(10, 1)])], marks: [.init(5, .third)],
      marksName: "feedback")
    let lines = chart.lines(width: 40, height: 10, appearance: braille)
    #expect(lines.contains { $0.contains("▲") && $0.contains("└") })
    #expect(lines.last == "▲ feedback" || lines.last?.hasSuffix("▲ feedback") == true)
  }

  @Test func `a drawing escapes what markup would read`() {
    var drawing = Drawing(width: 10, height: 10, label: "a < b & \"c\"")
    drawing.text("<script>", 1, 1)
    let markup = drawing.markup(standalone: true)
    #expect(markup.contains("&lt;script&gt;") && !markup.contains("<script>"))
    #expect(markup.contains("<title>a &lt; b &amp; &quot;c&quot;</title>"))
  }
}
