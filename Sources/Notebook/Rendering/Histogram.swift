/// How often values fall into equal ranges: one bar a line, with the range before it and the count
/// after. Values that are not finite are left out.
package func histogramLines(
  of values: [Double], bins: Int = 10, width: Int, appearance: Appearance
) -> [String] {
  let finite = values.filter(\.isFinite)
  guard let low = finite.min(), let high = finite.max() else { return ["no values"] }
  let bins = low == high ? 1 : max(bins, 1)
  let size = low == high ? 1 : (high - low) / Double(bins)
  var counts = Array(repeating: 0, count: bins)
  for value in finite { counts[min(Int((value - low) / size), bins - 1)] += 1 }

  let edges = (0...bins).map { significant(low + Double($0) * size) }
  let labels = low == high ? [edges[0]] : (0..<bins).map { "\(edges[$0]) .. \(edges[$0 + 1])" }
  let labelWidth = labels.map(\.count).max() ?? 0
  let countWidth = counts.map { String($0).count }.max() ?? 0
  let room = width - labelWidth - countWidth - 3
  let most = counts.max() ?? 1
  return zip(labels, counts).map { label, count in
    let start = padded(truncated(label, to: width), to: min(labelWidth, width), .right)
    guard room > 0 else { return truncated("\(start) \(count)", to: width) }
    let bar = bar(length: Double(count) / Double(most) * Double(room), appearance)
    return start + (appearance.unicode ? " │" : " |") + appearance.styled(bar, .first)
      + (bar.isEmpty ? "" : " ") + String(count)
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
