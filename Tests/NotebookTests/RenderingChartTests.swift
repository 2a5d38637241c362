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
    #expect(
      histogramLines(of: [1, 1, 1, 2, 3, .nan], bins: 2, width: 20, appearance: braille)
        == [
          "1 .. 2 │██████████ 3",
          "2 .. 3 │██████▋ 2",
        ])
    #expect(histogramLines(of: [5, 5], width: 12, appearance: ascii) == ["5 |####### 2"])
    #expect(histogramLines(of: [], width: 12, appearance: ascii) == ["no values"])
  }

  @Test func `the pole leans to the side of its angle`() {
    func frame(_ angle: Double) -> [String] {
      CartPoleView.frame(
        state: [0, 0, angle, 0], caption: "step 3", action: 1, width: 41, height: 12,
        appearance: ascii)
    }
    #expect(frame(0).first == "step 3")
    #expect(frame(0).count == 12)
    #expect(frame(0).last == "-+------------------>-----------------+--")
    // The topmost mark of the pole, against the cart's middle.
    func tip(_ angle: Double) -> Int {
      let line = frame(angle).dropFirst().first { !$0.isEmpty } ?? ""
      return line.count - 1
    }
    #expect(tip(0) == 20)
    #expect(tip(0.5) > 21 && tip(-0.5) < 19)
  }
}
