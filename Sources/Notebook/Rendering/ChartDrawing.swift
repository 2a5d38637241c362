import Language

extension Chart {
  /// The chart as a picture, `width` by `height` pixels.
  package func drawing(width: Double = 720, height: Double = 300) -> Drawing {
    var picture = Drawing(width: width, height: height, label: title.isEmpty ? "chart" : title)
    guard let bounds = bounds(ticks: 5) else {
      picture.text("nothing to draw yet", width / 2, height / 2, anchor: .middle, ink: "dim")
      return picture
    }
    let widest = bounds.ticks.labels.map { displayWidth(of: $0) }.max() ?? 0
    let area = Area(
      left: Double(widest) * 7 + 14, top: title.isEmpty ? 10 : 30, right: width - 12,
      bottom: height - (legend.isEmpty ? 34 : 52), bounds: bounds)
    if !title.isEmpty { picture.text(title, 4, 17, size: 14) }
    drawAxes(of: area, on: &picture)
    for (index, one) in series.enumerated() {
      drawSeries(one, ink: seriesStyle(index).ink, in: area, on: &picture)
    }
    drawMarks(in: area, on: &picture)
    drawLegend(from: area.left, at: height - 10, on: &picture)
    return picture
  }

  /// Where the curves are drawn, in pixels.
  private struct Area {
    let left: Double
    let top: Double
    let right: Double
    let bottom: Double
    let bounds: Bounds

    func x(_ value: Double) -> Double {
      let share = (value - bounds.x.lowerBound) / (bounds.x.upperBound - bounds.x.lowerBound)
      return left + (right - left) * share
    }

    func y(_ value: Double) -> Double {
      let share = (value - bounds.y.lowerBound) / (bounds.y.upperBound - bounds.y.lowerBound)
      return bottom - (bottom - top) * share
    }
  }

  private func drawAxes(of area: Area, on picture: inout Drawing) {
    for (value, label) in zip(area.bounds.ticks.values, area.bounds.ticks.labels) {
      let y = area.y(value)
      picture.line([(area.left, y), (area.right, y)], ink: "rule", width: 1)
      picture.text(label, area.left - 6, y + 4, anchor: .end, ink: "dim", size: 11)
    }
    let ticks = Ticks(
      from: area.bounds.x.lowerBound, to: area.bounds.x.upperBound,
      count: max(Int((area.right - area.left) / 110), 1))
    for (value, label) in zip(ticks.values, ticks.labels)
    where area.bounds.x.contains(value) {
      let x = area.x(value)
      picture.line([(x, area.bottom), (x, area.bottom + 4)], ink: "hint", width: 1)
      picture.text(label, x, area.bottom + 17, anchor: .middle, ink: "dim", size: 11)
    }
    picture.line([(area.left, area.bottom), (area.right, area.bottom)], ink: "hint", width: 1)
    if !xLabel.isEmpty {
      picture.text(
        xLabel, area.right, area.bottom - 6, anchor: .end, ink: "dim", size: 11)
    }
  }

  private func drawSeries(
    _ one: Series, ink: String, in area: Area, on picture: inout Drawing
  ) {
    let banded = one.points.filter { $0.isDrawn && $0.finiteBand != nil }
    if banded.count > 1 {
      let upper = banded.map { (area.x($0.x), area.y($0.finiteBand!.upperBound)) }
      let lower = banded.reversed().map { (area.x($0.x), area.y($0.finiteBand!.lowerBound)) }
      picture.area(upper + lower, ink: ink, opacity: 0.18)
    }
    for piece in one.points.split(whereSeparator: { !$0.isDrawn }) {
      picture.line(piece.map { (area.x($0.x), area.y($0.y)) }, ink: ink)
    }
  }

  private func drawMarks(in area: Area, on picture: inout Drawing) {
    for mark in marks where area.bounds.x.contains(mark.x) {
      let x = area.x(mark.x)
      picture.area(
        [(x, area.bottom - 9), (x - 4.5, area.bottom), (x + 4.5, area.bottom)],
        ink: mark.style.ink)
    }
  }

  private func drawLegend(from left: Double, at y: Double, on picture: inout Drawing) {
    var x = left
    for entry in legend {
      if entry.isMark {
        picture.area(
          [(x + 9, y - 9), (x + 4.5, y), (x + 13.5, y)], ink: entry.style.ink)
      } else {
        picture.line([(x, y - 4), (x + 18, y - 4)], ink: entry.style.ink, width: 2)
      }
      picture.text(entry.name, x + 24, y, size: 12)
      x += 24 + Double(displayWidth(of: entry.name)) * 7 + 18
    }
  }
}
