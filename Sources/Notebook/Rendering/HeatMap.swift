import Glibc
import Language

/// A grid of numbers as shades, such as the value of each cell of a grid world, with what is done
/// there.
package struct HeatMap: Sendable {
  package var title: String
  /// Row by row from the top; nil for a cell that has no value, such as a wall.
  package var values: [[Double?]]
  /// What stands in each cell beside its value, such as the arrow of a policy; may be empty.
  package var signs: [[String]]

  package init(title: String, values: [[Double?]], signs: [[String]] = []) {
    self.title = title
    self.values = values
    self.signs = signs
  }

  private var range: ClosedRange<Double>? {
    let numbers = values.joined().compactMap { $0 }.filter(\.isFinite)
    guard let low = numbers.min(), let high = numbers.max() else { return nil }
    return low...high
  }

  /// From 0 for the lowest to 1 for the highest.
  private func share(_ value: Double) -> Double {
    guard let range, range.lowerBound < range.upperBound else { return 0.5 }
    return (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  /// All cells to the same decimal, the finest that still tells a hundredth of the range.
  private func label(_ value: Double) -> String {
    guard let range, range.upperBound > range.lowerBound else {
      return significant(value, digits: 3)
    }
    let exponent = Int(log10(range.upperBound - range.lowerBound).rounded(.down))
    return fixed(value, decimals: min(max(2 - exponent, 0), 6))
  }

  private func sign(_ row: Int, _ column: Int) -> String {
    signs.indices.contains(row) && signs[row].indices.contains(column) ? signs[row][column] : ""
  }

  /// A line a row, no wider than `width`: each cell a shade, its sign, and its value where there is
  /// room for the values of all.
  package func lines(width: Int, appearance: Appearance) -> [String] {
    guard let range else { return [truncated("\(title): nothing to draw yet", to: width)] }
    let columns = values.map(\.count).max() ?? 0
    let labels = values.map { $0.map { $0.map(label) ?? "" } }
    let widest = labels.joined().map(\.count).max() ?? 0
    let signWidth = signs.joined().map { displayWidth(of: $0) }.max() ?? 0
    let withValues = columns * (widest + signWidth + 4) <= width
    let room = signWidth + 2 + (withValues ? widest + 1 : 0)
    let shades = appearance.unicode ? Array(" ░▒▓█") : Array(" .:*#")
    let rows = values.indices.map { row in
      values[row].indices.map { column in
        guard let value = values[row][column] else { return padded("", to: room + 1, .left) }
        let share = share(value)
        let shade = shades[min(Int(share * Double(shades.count)), shades.count - 1)]
        let block = appearance.styled(
          String(repeating: shade, count: 2), share < 0.5 ? .second : .first)
        let sign = sign(row, column)
        let drawn = appearance.unicode ? sign : asciiArrows[sign] ?? sign
        let text = drawn + (withValues ? " " + labels[row][column] : "")
        return block + padded(text, to: room - 1, .left)
      }.joined()
    }
    let dots = appearance.unicode ? "…" : ".."
    let scale =
      "\(shades[1]) \(label(range.lowerBound)) \(dots) \(shades[4]) \(label(range.upperBound))"
    return [appearance.styled(truncated(title, to: width), .emphasis)] + rows
      + [appearance.styled(truncated(scale, to: width), .hint)]
  }

  package func drawing(width: Double = 480) -> Drawing {
    let columns = max(values.map(\.count).max() ?? 0, 1)
    let side = min(width / Double(columns), 72)
    let top = 28.0
    var picture = Drawing(
      // A letter of the title takes about 7.
      width: max(side * Double(columns), Double(displayWidth(of: title)) * 7 + 8),
      height: top + side * Double(values.count) + 4,
      label: title)
    picture.text(title, 2, 17, size: 14)
    for (row, line) in values.enumerated() {
      for (column, value) in line.enumerated() {
        let (x, y) = (Double(column) * side, top + Double(row) * side)
        guard let value else { continue }
        picture.rectangle(
          x + 1, y + 1, side - 2, side - 2, ink: "first", opacity: 0.08 + 0.72 * share(value))
        picture.text(
          sign(row, column), x + side / 2, y + side / 2, anchor: .middle, size: side / 3)
        picture.text(
          label(value), x + side / 2, y + side - side / 6, anchor: .middle,
          size: side / 5)
      }
    }
    return picture
  }
}

private let asciiArrows = ["↑": "^", "→": ">", "↓": "v", "←": "<"]
