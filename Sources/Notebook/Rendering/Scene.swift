import Glibc

/// A picture made of a few shapes in the units of the task itself, y upward: the same one is drawn
/// with characters in a terminal and as vector graphics in a report.
package struct Scene: Sendable, Equatable {
  package struct Point: Sendable, Equatable {
    package var x: Double
    package var y: Double

    package init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  package enum Shape: Sendable, Equatable {
    /// A line through points, so many units thick.
    case line([Point], thickness: Double, Style)
    /// A filled rectangle by its lower left corner.
    case rectangle(Point, width: Double, height: Double, Style)
    /// A filled disc.
    case disc(Point, radius: Double, Style)
  }

  /// What is in view.
  package var x: ClosedRange<Double>
  package var y: ClosedRange<Double>
  /// Later ones are drawn over earlier ones.
  package var shapes: [Shape]

  package init(x: ClosedRange<Double>, y: ClosedRange<Double>, _ shapes: [Shape]) {
    self.x = x
    self.y = y
    self.shapes = shapes
  }

  /// At most `height` lines of at most `width` columns, to scale.
  package func lines(width: Int, height: Int, appearance: Appearance) -> [String] {
    let whole = DotCanvas(columns: width, rows: height, appearance: appearance)
    // A character is about twice as high as wide: a Braille dot is square, an ASCII one is not.
    let aspect = appearance.unicode ? 1.0 : 0.5
    let (spanX, spanY) = (x.upperBound - x.lowerBound, y.upperBound - y.lowerBound)
    let scale = min(Double(whole.width - 1) / spanX, Double(whole.height - 1) / (spanY * aspect))
    let dotsDown = whole.height / whole.rows
    let rows = min(height, Int((spanY * scale * aspect).rounded()) / dotsDown + 1)
    var canvas = DotCanvas(columns: width, rows: max(rows, 1), appearance: appearance)
    let offset = (Double(canvas.width - 1) - spanX * scale) / 2
    let bottom = Double(canvas.height - 1)
    func column(_ value: Double) -> Int {
      Int((offset + (value - x.lowerBound) * scale).rounded())
    }
    func row(_ value: Double) -> Int {
      Int((bottom - (value - y.lowerBound) * scale * aspect).rounded())
    }
    for shape in shapes {
      switch shape {
      case .line(let points, let thickness, let style):
        // A dot beside each dot for a line that is thick, where dots are fine.
        let copies = appearance.unicode && thickness * scale > 1.5 ? 2 : 1
        for (a, b) in zip(points, points.dropFirst()) {
          let mark = Self.mark(from: a, to: b)
          for copy in 0..<copies {
            canvas.line(
              (column(a.x) - copy, row(a.y)), (column(b.x) - copy, row(b.y)), style, mark: mark)
          }
        }
      case .rectangle(let corner, let width, let height, let style):
        let (left, right) = (column(corner.x), column(corner.x + width))
        let (low, high) = (row(corner.y), row(corner.y + height))
        canvas.fill(left...max(left, right), min(low, high)...low, style, mark: "#")
      case .disc(let center, let radius, let style):
        let reach = max(Int((radius * scale).rounded()), 0)
        for dy in -reach...reach {
          for dx in -reach...reach where dx * dx + dy * dy <= reach * reach {
            canvas.set(
              column(center.x) + dx, row(center.y) + Int((Double(dy) * aspect).rounded()), style,
              mark: "o")
          }
        }
      }
    }
    return canvas.lines()
  }

  /// The character that looks most like a line, where there is only ASCII.
  private static func mark(from a: Point, to b: Point) -> Character {
    let (dx, dy) = (b.x - a.x, b.y - a.y)
    if abs(dy) > 3 * abs(dx) { return "|" }
    if abs(dx) > 3 * abs(dy) { return "-" }
    return dx * dy > 0 ? "/" : "\\"
  }
}
