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

  package init(title: String = "", xLabel: String = "", series: [Series]) {
    self.title = title
    self.xLabel = xLabel
    self.series = series
  }

  /// At most `height` lines of at most `width` columns; axes and legend give way where room is
  /// short.
  package func lines(width: Int, height: Int, appearance: Appearance) -> [String] {
    let points = series.flatMap(\.points).filter(\.isDrawn)
    guard let first = points.first else {
      return [truncated("\(title.isEmpty ? "chart" : title): nothing to draw yet", to: width)]
    }
    var heading = title.isEmpty || height < 6 ? [] : [title]
    heading = heading.map {
      appearance.styled(truncated($0, to: width), .emphasis)
    }
    let legend = height < 8 ? [] : legendLines(width: width, appearance)
    let plotRows = max(height - heading.count - legend.count - 2, 2)

    var xs = first.x...first.x
    var ys = first.y...first.y
    for point in points {
      xs = xs.including(point.x)
      ys = ys.including(point.y)
      guard let band = point.band, band.lowerBound.isFinite, band.upperBound.isFinite else {
        continue
      }
      ys = ys.including(band.lowerBound).including(band.upperBound)
    }
    xs = xs.widened()
    ys = ys.widened()
    let rowsPerTick = 4
    let wanted = max(plotRows / rowsPerTick, 2)
    let step = Ticks.step(for: (ys.upperBound - ys.lowerBound) / Double(wanted))
    // The axis ends at round numbers, so that its ends are labelled.
    let low = (ys.lowerBound / step + 1e-9).rounded(.down) * step
    let high = (ys.upperBound / step - 1e-9).rounded(.up) * step
    let frame = Frame(
      x: xs, y: low...max(high, low + step), rows: plotRows, width: width,
      ticks: Ticks(from: low, to: max(high, low + step), count: wanted), appearance: appearance)
    return heading + frame.draw(series, xLabel: xLabel) + legend
  }

  private func legendLines(width: Int, _ appearance: Appearance) -> [String] {
    let named = series.enumerated().filter { !$0.element.name.isEmpty }
    guard series.count > 1, !named.isEmpty else { return [] }
    var text = ""
    var room = width
    for (i, one) in named {
      let sign = appearance.unicode ? "──" : String(repeating: seriesMark(i), count: 2)
      let entry = "\(text.isEmpty ? "" : "  ")\(sign) \(one.name)"
      guard displayWidth(of: entry) <= room else { break }
      room -= displayWidth(of: entry)
      text +=
        (text.isEmpty ? "" : "  ") + appearance.styled(sign, seriesStyle(i)) + " \(one.name)"
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

  func draw(_ series: [Chart.Series], xLabel: String) -> [String] {
    var canvas = DotCanvas(columns: columns, rows: rows, appearance: appearance)
    for (i, one) in series.enumerated() { drawBand(one, seriesStyle(i), on: &canvas) }
    for (i, one) in series.enumerated() {
      drawCurve(one, seriesStyle(i), mark: seriesMark(i), on: &canvas)
    }
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
    return plot + horizontalAxis(xLabel).map { appearance.styled($0, .hint) }
  }

  private func drawCurve(
    _ series: Chart.Series, _ style: Style, mark: Character, on canvas: inout DotCanvas
  ) {
    var previous: (x: Int, y: Int)?
    for point in series.points {
      guard point.isDrawn else {
        previous = nil
        continue
      }
      let dot = (x: dotColumn(point.x, canvas), y: dotRow(point.y, canvas))
      canvas.line(previous ?? dot, dot, style, mark: mark)
      previous = dot
    }
  }

  /// Every other dot between the band's edges, so that the curve stands out.
  private func drawBand(_ series: Chart.Series, _ style: Style, on canvas: inout DotCanvas) {
    let points = series.points.filter { point in
      point.isDrawn && point.band.map { $0.lowerBound.isFinite && $0.upperBound.isFinite } == true
    }
    for (left, right) in zip(points, points.dropFirst()) {
      guard let a = left.band, let b = right.band else { continue }
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
  private func horizontalAxis(_ label: String) -> [String] {
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

private func seriesStyle(_ index: Int) -> Style {
  let styles: [Style] = [.first, .second, .third, .fourth]
  return styles[index % styles.count]
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
