/// Eigenvalues and eigenvectors of a symmetric matrix, by Jacobi's rotations.
struct SymmetricEigen {
  /// In no order.
  private(set) var values: [Double]
  /// By row: the i-th belongs to the i-th value, has length 1 and is orthogonal to the others.
  private(set) var vectors: [[Double]]

  init(_ matrix: [[Double]]) {
    let n = matrix.count
    var a = matrix
    vectors = (0..<n).map { i in (0..<n).map { $0 == i ? 1 : 0 } }
    let size = matrix.joined().reduce(0) { $0 + $1 * $1 }
    // Each sweep squares what is left beside the diagonal; a handful are enough.
    for _ in 0..<30 {
      var rest = 0.0
      for i in 0..<n { for j in 0..<i { rest += a[i][j] * a[i][j] } }
      if rest <= 1e-30 * size { break }
      for p in 0..<n {
        for q in (p + 1)..<max(n, p + 1) where a[p][q] != 0 {
          // The rotation that makes a[p][q] zero; the smaller of its two angles.
          let ratio = (a[q][q] - a[p][p]) / (2 * a[p][q])
          let tangent = (ratio >= 0 ? 1 : -1) / (abs(ratio) + (1 + ratio * ratio).squareRoot())
          let cosine = 1 / (1 + tangent * tangent).squareRoot()
          let sine = tangent * cosine
          for k in 0..<n {
            (a[k][p], a[k][q]) = (
              cosine * a[k][p] - sine * a[k][q], sine * a[k][p] + cosine * a[k][q]
            )
          }
          for k in 0..<n {
            (a[p][k], a[q][k]) = (
              cosine * a[p][k] - sine * a[q][k], sine * a[p][k] + cosine * a[q][k]
            )
            (vectors[p][k], vectors[q][k]) = (
              cosine * vectors[p][k] - sine * vectors[q][k],
              sine * vectors[p][k] + cosine * vectors[q][k]
            )
          }
        }
      }
    }
    values = (0..<n).map { a[$0][$0] }
  }

  /// Lifts smaller values, which rounding may take below zero.
  mutating func raise(to least: Double) { values = values.map { max($0, least) } }
}
