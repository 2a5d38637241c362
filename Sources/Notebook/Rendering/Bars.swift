import Language

/// Labelled bars: how often values occur, or the value of each of a few things.
package struct Bars: Sendable {
  package var title: String
  package var labels: [String]
  package var values: [Double]
  /// What stands behind each bar.
  package var notes: [String]

  /// - Parameter notes: by default the values.
  package init(title: String, labels: [String], values: [Double], notes: [String]? = nil) {
    self.title = title
    self.labels = labels
    self.values = values
    self.notes = notes ?? values.map { significant($0) }
  }

  /// How often values fall into about `bins` equal ranges between round numbers. Values that are not
  /// finite are left out.
  package init(title: String, histogramOf values: [Double], bins: Int = 10) {
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else {
      self.init(title: title, labels: [], values: [])
      return
    }
    // Numbers that differ by less than can be told apart in a label are one.
    guard (high - low).isFinite, high - low > 1e-9 * max(abs(low), abs(high)) else {
      self.init(title: title, labels: [significant(low)], values: [Double(finite.count)])
      return
    }
    let size = Ticks.step(for: (high - low) / Double(max(bins, 1)))
    let (first, last) = ((low / size).rounded(.down), (high / size).rounded(.up))
    let edges = Ticks(from: first * size, to: last * size, count: Int(last - first)).labels
    var counts = Array(repeating: 0.0, count: edges.count - 1)
    for value in finite { counts[min(Int(value / size - first), counts.count - 1)] += 1 }
    self.init(
      title: title, labels: zip(edges, edges.dropFirst()).map { "\($0) .. \($1)" },
      values: counts)
  }

  /// What bars start from: 0, or the lowest value where one is below.
  private var base: Double { min(values.filter(\.isFinite).min() ?? 0, 0) }

  /// From 0 to 1.
  private func share(_ value: Double) -> Double {
    let top = max(values.filter(\.isFinite).max() ?? 0, 0)
    guard value.isFinite, top > base else { return 0 }
    return (value - base) / (top - base)
  }

  /// One bar a line, with its label before it and its value after.
  package func lines(width: Int, appearance: Appearance) -> [String] {
    guard !values.isEmpty else { return [title.isEmpty ? "no values" : title] }
    let heading = title.isEmpty ? [] : [appearance.styled(truncated(title, to: width), .emphasis)]
    let labelWidth = labels.map { displayWidth(of: $0) }.max() ?? 0
    let room = width - labelWidth - (notes.map { displayWidth(of: $0) }.max() ?? 0) - 3
    return heading
      + zip(labels, zip(values, notes)).map { label, value in
        let start = padded(truncated(label, to: width), to: min(labelWidth, width), .right)
        guard room > 0 else { return truncated("\(start) \(value.1)", to: width) }
        let bar = bar(length: share(value.0) * Double(room), appearance)
        return start + (appearance.unicode ? " │" : " |") + appearance.styled(bar, .first)
          + " " + value.1
      }
  }

  package func drawing(width: Double = 560) -> Drawing {
    let (row, top) = (24.0, 30.0)
    var picture = Drawing(
      width: width, height: top + row * Double(values.count) + 4, label: title)
    picture.text(title, 4, 17, size: 14)
    let left = Double(labels.map { displayWidth(of: $0) }.max() ?? 0) * 7 + 14
    let noteWidth = Double(notes.map { displayWidth(of: $0) }.max() ?? 0) * 7 + 12
    for (index, value) in values.enumerated() {
      let y = top + row * Double(index)
      let length = max(share(value) * (width - left - noteWidth), 0)
      picture.text(labels[index], left - 6, y + 14, anchor: .end, ink: "dim")
      picture.rectangle(left, y + 2, length, row - 6, ink: "first", opacity: 0.8)
      picture.text(notes[index], left + length + 6, y + 14)
    }
    return picture
  }
}

/// A bar of so many columns, to an eighth of one.
func bar(length: Double, _ appearance: Appearance) -> String {
  guard appearance.unicode else {
    return String(repeating: "#", count: length > 0 ? max(Int(length.rounded()), 1) : 0)
  }
  let eighths = length > 0 ? max(Int((length * 8).rounded()), 1) : 0
  let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
  return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
}
