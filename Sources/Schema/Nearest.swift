/// The candidate a typing slip away from `word`, for "did you mean": at most two edits, the closest
/// first, the earlier of equals. Short words need more likeness: up to two letters allow one edit,
/// three allow two where the first letter is right. A word without a letter in common is no slip.
public func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
  let limit = word.count <= 2 ? 1 : 2
  var best: (distance: Int, text: String)?
  for candidate in candidates where candidate != word {
    guard abs(candidate.count - word.count) <= limit else { continue }
    let distance = editDistance(Array(word), Array(candidate))
    if distance == max(word.count, candidate.count) { continue }
    if distance == 2, word.count == 3, candidate.first != word.first { continue }
    if distance <= limit, distance < best?.distance ?? .max { best = (distance, candidate) }
  }
  return best?.text
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one into the other.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var rows = [Array(0...b.count)]
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        cost = min(cost, rows[i - 1][j - 1] + 1)
      }
      row.append(cost)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
