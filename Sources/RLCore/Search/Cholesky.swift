import CKernels

/// A positive definite matrix A = U^T U taken apart, in double precision, and what is computed from
/// it. Matrices are square and stored by rows. One is used for many matrices of a size: allocating
/// anew would take longer than the arithmetic.
struct Cholesky {
  let count: Int
  /// A, of which only the upper triangle is read.
  var matrix: [Double]
  /// U, zero below its diagonal.
  private(set) var factor: [Double]
  /// W = U^-T, zero above its diagonal: W^T W = A^-1.
  private(set) var inverseFactor: [Double]
  /// A^-1, its upper triangle.
  private(set) var inverse: [Double] = []

  init(count n: Int) {
    count = n
    matrix = Array(repeating: 0, count: n * n)
    (factor, inverseFactor) = (matrix, matrix)
  }

  /// Sets U and W from A.
  ///
  /// - Returns: whether A is positive definite.
  mutating func factorize() -> Bool {
    let n = count
    return factor.withUnsafeMutableBufferPointer { factor in
      inverseFactor.withUnsafeMutableBufferPointer { inverse in
        matrix.withUnsafeBufferPointer { matrix in
          let (u, w, a) = (factor.baseAddress!, inverse.baseAddress!, matrix.baseAddress!)
          for i in 0..<n {
            guard Self.setRow(i, of: u, from: a, count: n) else { return false }
            Self.setInverseRow(i, of: w, from: u, count: n)
          }
          return true
        }
      }
    }
  }

  private static func setRow(
    _ i: Int, of u: UnsafeMutablePointer<Double>, from a: UnsafePointer<Double>, count n: Int
  ) -> Bool {
    // Minus what of this row's elements the rows before do not explain.
    let row = u + i * n
    for j in i..<n { row[j] = -a[i * n + j] }
    addRows(n - i, i, scales: u + i, scaleStride: n, matrix: u + i, stride: n, to: row + i)
    let pivot = (-row[i]).squareRoot()
    guard pivot > 0 else { return false }
    let scale = -1 / pivot
    for j in i..<n { row[j] *= scale }
    return true
  }

  private static func setInverseRow(
    _ i: Int, of w: UnsafeMutablePointer<Double>, from u: UnsafePointer<Double>, count n: Int
  ) {
    let row = w + i * n
    row.update(repeating: 0, count: i)
    // Rows before a block's first column are zero in it.
    for first in stride(from: 0, to: i, by: block) {
      addRows(
        min(block, i - first), i - first, scales: u + first * n + i, scaleStride: n,
        matrix: w + first * n + first, stride: n, to: row + first)
    }
    let scale = -1 / u[i * n + i]
    for j in 0..<i { row[j] *= scale }
    row[i] = -scale
  }

  /// Sets the inverse from W.
  mutating func invert() {
    let n = count
    if inverse.isEmpty { inverse = Array(repeating: 0, count: n * n) }
    inverse.withUnsafeMutableBufferPointer { inverse in
      inverseFactor.withUnsafeBufferPointer { w in
        for i in 0..<n {
          let row = inverse.baseAddress! + i * n
          (row + i).update(repeating: 0, count: n - i)
          for first in stride(from: i / Self.block * Self.block, to: n, by: Self.block) {
            let start = max(first, i)
            addRows(
              min(first + Self.block, n) - start, n - start,
              scales: w.baseAddress! + start * n + i, scaleStride: n,
              matrix: w.baseAddress! + start * n + start, stride: n, to: row + start)
          }
        }
      }
    }
  }

  /// The logarithm of the determinant of A, halved.
  func halfLogDeterminant(_ log: (Double) -> Double) -> Double {
    (0..<count).reduce(0) { $0 + log(factor[$1 * count + $1]) }
  }

  /// Columns that are worked on at once where what lies beyond a triangle is left out.
  static let block = 32
}

/// sum += scales x matrix, the matrix of so many columns and rows, `stride` apart.
func addRows(
  _ columns: Int, _ rows: Int, scales: UnsafePointer<Double>, scaleStride: Int = 1,
  matrix: UnsafePointer<Double>, stride: Int, to sum: UnsafeMutablePointer<Double>
) {
  rlhs_kernels_in_use().pointee.add_rows(columns, rows, scales, scaleStride, matrix, stride, sum)
}

/// The sum of products of two vectors of the same length.
func dot(_ a: [Double], _ b: [Double]) -> Double {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      rlhs_kernels_in_use().pointee.dot(a.count, a.baseAddress, b.baseAddress)
    }
  }
}
