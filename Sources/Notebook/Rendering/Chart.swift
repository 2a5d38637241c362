import Language

/// Curves over a common horizontal axis: returns while learning, losses, scores of trials.
package struct Chart: Sendable {
  package struct Point: Equatable, Sendable {
    package var x: Double
    package var y: Double
    /// A range round the value, drawn as a band: a spread over seeds, a confidence interval.
    package var band: ClosedRange<Double>?

    package init(_ x: Double, _ y: Double, band: ClosedRange<Double>? = nil) {
      self.x = x
      self.y = y
      self.band = band
    }

    var isDrawn: Bool { x.isFinite && y.isFinite }

    /// The band where it can be drawn.
    var finiteBand: ClosedRange<Double>? {
      guard let band, band.lowerBound.isFinite, band.upperBound.isFinite else { return nil }
      return band
    }
  }

  /// A place on the horizontal axis where something happened: a feedback.
  package struct Mark: Equatable, Sendable {
    package var x: Double
    package var style: Style

    package init(_ x: Double, _ style: Style) {
      self.x = x
      self.style = style
    }
  }

  package struct Series: Sendable {
    package var name: String
    /// In the order of x. A value that is not finite leaves a gap.
    package var points: [Point]

    package init(_ name: String, _ points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  package var title: String
  package var xLabel: String
  package var series: [Series]
  package var marks: [Mark]
  /// What the marks are, for the legend.
  package var marksName: String

  package init(
    title: String = "", xLabel: String = "", series: [Series], marks: [Mark] = [],
    marksName: String = ""
  ) {
    self.title = title
    self.xLabel = xLabel
    self.series = series
    self.marks = marks
    self.marksName = marksName
  }

  /// What is in view: the axis of values ends at round numbers, so that its ends are labelled.
  struct Bounds {
    let x: ClosedRange<Double>
    let y: ClosedRange<Double>
    let ticks: Ticks
  }

  /// - Parameter count: about how many ticks the axis of values has.
  /// - Returns: nil where no point can be drawn.
  func bounds(ticks count: Int) -> Bounds? {
    let points = series.flatMap(\.points).filter(\.isDrawn)
    guard let first = points.first else { return nil }
    var xs = first.x...first.x
    var ys = first.y...first.y
    for point in points {
      xs = xs.including(point.x)
      ys = ys.including(point.y)
      if let band = point.finiteBand {
        ys = ys.including(band.lowerBound).including(band.upperBound)
      }
    }
    ys = ys.widened()
    let step = Ticks.step(for: (ys.upperBound - ys.lowerBound) / Double(count))
    let low = (ys.lowerBound / step + 1e-9).rounded(.down) * step
    let high = max((ys.upperBound / step - 1e-9).rounded(.up) * step, low + step)
    return Bounds(
      x: xs.widened(), y: low...high, ticks: Ticks(from: low, to: high, count: count))
  }

  /// What the legend explains: nothing where one curve speaks for itself.
  var legend: [(name: String, style: Style, isMark: Bool)] {
    var entries: [(name: String, style: Style, isMark: Bool)] = []
    if series.count > 1 {
      for (index, one) in series.enumerated() where !one.name.isEmpty && !one.points.isEmpty {
        entries.append((one.name, seriesStyle(index), false))
      }
    }
    if !marks.isEmpty, !marksName.isEmpty { entries.append((marksName, marks[0].style, true)) }
    return entries
  }

  /// At most `height` lines of at most `width` columns; axes and legend give way where room is
  /// short.
  package func lines(width: Int, height: Int, appearance: Appearance) -> [String] {
    var heading = title.isEmpty || height < 6 ? [] : [title]
    heading = heading.map {
      appearance.styled(truncated($0, to: width), .emphasis)
    }
    let legend = height < 8 ? [] : legendLines(width: width, appearance)
    let plotRows = max(height - heading.count - legend.count - 2, 2)

    let rowsPerTick = 4
    guard let bounds = bounds(ticks: max(plotRows / rowsPerTick, 2)) else {
      return [truncated("\(title.isEmpty ? "chart" : title): nothing to draw yet", to: width)]
    }
    let frame = Frame(
      x: bounds.x, y: bounds.y, rows: plotRows, width: width, ticks: bounds.ticks,
      appearance: appearance)
    return heading + frame.draw(self) + legend
  }

  private func legendLines(width: Int, _ appearance: Appearance) -> [String] {
    let entries = legend
    guard !entries.isEmpty else { return [] }
    var text = ""
    var room = width
    for (i, one) in entries.enumerated() {
      let line =
        appearance.unicode
        ? (isDotted(i, appearance) ? "┈┈" : "──") : String(repeating: seriesMark(i), count: 2)
      let sign = one.isMark ? String(feedbackMark(appearance)) : line
      let entry = "\(text.isEmpty ? "" : "  ")\(sign) \(one.name)"
      guard displayWidth(of: entry) <= room else { break }
      room -= displayWidth(of: entry)
      text +=
        (text.isEmpty ? "" : "  ") + appearance.styled(sign, one.style) + " \(one.name)"
    }
    return text.isEmpty ? [] : [text]
  }
}

/// The plot's inside with its two axes.
private struct Frame {
  let x: ClosedRange<Double>
  let y: ClosedRange<Double>
  let rows: Int
  let width: Int
  let ticks: Ticks
  let appearance: Appearance

  private var labelWidth: Int {
    let widest = ticks.labels.map(\.count).max() ?? 0
    return widest + 8 <= width ? widest : 0
  }
  private var columns: Int { max(width - labelWidth - 1, 1) }

  func draw(_ chart: Chart) -> [String] {
    let series = chart.series
    var canvas = DotCanvas(columns: columns, rows: rows, appearance: appearance)
    for (i, one) in series.enumerated() { drawBand(one, seriesStyle(i), on: &canvas) }
    for (i, one) in series.enumerated() { drawCurve(one, i, on: &canvas) }
    var labels: [Int: String] = [:]
    for (value, label) in zip(ticks.values, ticks.labels) {
      labels[dotRow(value, canvas) * rows / canvas.height] = label
    }
    let vertical = appearance.unicode ? ("┤", "│") : ("+", "|")
    let plot = canvas.lines().enumerated().map { row, line in
      let label = labelWidth > 0 ? padded(labels[row] ?? "", to: labelWidth, .right) : ""
      let axis = labels[row] != nil ? vertical.0 : vertical.1
      return appearance.styled(label + axis, .hint) + line
    }
    return plot
      + horizontalAxis(chart.xLabel, marks: chart.marks).map { appearance.styled($0, .hint) }
  }

  private func drawCurve(
    _ series: Chart.Series, _ index: Int, on canvas: inout DotCanvas
  ) {
    let (style, mark) = (seriesStyle(index), seriesMark(index))
    let isDotted = isDotted(index, appearance)
    if series.points.count(where: \.isDrawn) == 1, let point = series.points.first(where: \.isDrawn)
    {
      return drawCross(at: point, style, mark: mark, on: &canvas)
    }
    var previous: (x: Int, y: Int)?
    for point in series.points {
      guard point.isDrawn else {
        previous = nil
        continue
      }
      let dot = (x: dotColumn(point.x, canvas), y: dotRow(point.y, canvas))
      canvas.line(previous ?? dot, dot, style, mark: mark, isDotted: isDotted)
      previous = dot
    }
  }

  /// A point with no other to be joined to: one dot of it would be overlooked.
  private func drawCross(
    at point: Chart.Point, _ style: Style, mark: Character, on canvas: inout DotCanvas
  ) {
    let (x, y) = (dotColumn(point.x, canvas), dotRow(point.y, canvas))
    let arm = appearance.unicode ? 1 : 0
    // At the picture's edges the whole cross is moved inside.
    let center = (
      x: min(max(x, arm), canvas.width - 1 - arm), y: min(max(y, arm), canvas.height - 1 - arm)
    )
    canvas.line((center.x - arm, center.y), (center.x + arm, center.y), style, mark: mark)
    canvas.line((center.x, center.y - arm), (center.x, center.y + arm), style, mark: mark)
  }

  /// Every other dot between the band's edges, so that the curve stands out.
  private func drawBand(_ series: Chart.Series, _ style: Style, on canvas: inout DotCanvas) {
    let points = series.points.filter { $0.isDrawn && $0.finiteBand != nil }
    for (left, right) in zip(points, points.dropFirst()) {
      guard let a = left.finiteBand, let b = right.finiteBand else { continue }
      let start = dotColumn(left.x, canvas)
      let end = dotColumn(right.x, canvas)
      for column in start...max(end, start) {
        let share = end == start ? 0 : Double(column - start) / Double(end - start)
        let top = a.upperBound + (b.upperBound - a.upperBound) * share
        let bottom = a.lowerBound + (b.lowerBound - a.lowerBound) * share
        for row in dotRow(top, canvas)...max(dotRow(bottom, canvas), dotRow(top, canvas))
        where (row + column) % 2 == 0 {
          canvas.set(column, row, style, mark: ":")
        }
      }
    }
  }

  private func dotColumn(_ value: Double, _ canvas: DotCanvas) -> Int {
    let share = (value - x.lowerBound) / (x.upperBound - x.lowerBound)
    return Int((share * Double(canvas.width - 1)).rounded())
  }

  private func dotRow(_ value: Double, _ canvas: DotCanvas) -> Int {
    let share = (y.upperBound - value) / (y.upperBound - y.lowerBound)
    return Int((share * Double(canvas.height - 1)).rounded())
  }

  /// The line below the plot and the numbers under its ticks, those that fit.
  private func horizontalAxis(_ label: String, marks: [Chart.Mark]) -> [String] {
    let signs: (corner: Character, line: Character, tick: Character) =
      appearance.unicode ? ("└", "─", "┬") : ("+", "-", "+")
    var line = Array(repeating: signs.line, count: columns)
    var numbers = Array(repeating: Character(" "), count: columns)
    let ticks = Ticks(from: x.lowerBound, to: x.upperBound, count: max(columns / 12, 1))
    var free = 0
    for (value, text) in zip(ticks.values, ticks.labels) {
      let share = (value - x.lowerBound) / (x.upperBound - x.lowerBound)
      let column = Int((share * Double(columns - 1)).rounded())
      guard line.indices.contains(column) else { continue }
      line[column] = signs.tick
      let start = min(max(column - text.count / 2, 0), columns - text.count)
      guard start >= free else { continue }
      numbers.replaceSubrange(start..<(start + text.count), with: text)
      free = start + text.count + 1
    }
    for mark in marks where x.contains(mark.x) {
      let share = (mark.x - x.lowerBound) / (x.upperBound - x.lowerBound)
      line[Int((share * Double(columns - 1)).rounded())] = feedbackMark(appearance)
    }
    place(label, in: &numbers)
    let indent = String(repeating: " ", count: labelWidth)
    var below = indent + " " + String(numbers)
    while below.last == " " { below.removeLast() }
    return [indent + String(signs.corner) + String(line), below]
  }
}

/// The axis' name goes into the last gap between numbers that has room for it.
private func place(_ label: String, in numbers: inout [Character]) {
  let room = label.count + 2
  guard !label.isEmpty, displayWidth(of: label) == label.count, room <= numbers.count else {
    return
  }
  var end = numbers.count
  while end >= room {
    let gap = end - room..<end
    guard let taken = numbers[gap].lastIndex(where: { $0 != " " }) else {
      // In the middle of the gap, which may reach further to the left.
      let start = numbers[..<gap.lowerBound].lastIndex { $0 != " " }.map { $0 + 1 } ?? 0
      let first = start + (end - start - label.count + 1) / 2
      return numbers.replaceSubrange(first..<(first + label.count), with: label)
    }
    end = taken
  }
}

func seriesStyle(_ index: Int) -> Style {
  let styles: [Style] = [.first, .second, .third, .fourth]
  return styles[index % styles.count]
}

/// What stands on the axis where something happened.
private func feedbackMark(_ appearance: Appearance) -> Character { appearance.unicode ? "▲" : "^" }

/// Whether a curve is told from the one before by its dots: where there is no colour.
private func isDotted(_ index: Int, _ appearance: Appearance) -> Bool {
  appearance.unicode && !appearance.color && index % 2 == 1
}

private func seriesMark(_ index: Int) -> Character {
  let marks: [Character] = ["*", "o", "x", "#"]
  return marks[index % marks.count]
}

extension ClosedRange<Double> {
  fileprivate func including(_ value: Double) -> ClosedRange {
    Swift.min(lowerBound, value)...Swift.max(upperBound, value)
  }

  /// A single value gets some room on both sides.
  fileprivate func widened() -> ClosedRange {
    guard lowerBound == upperBound else { return self }
    let room = Swift.max(abs(lowerBound) * 0.1, 0.5)
    return lowerBound - room...upperBound + room
  }
}
