/// The factor L of a positive definite matrix A = L L^T, in double precision, and what is computed
/// from it. Matrices are square and stored by rows; of symmetric ones only the lower triangle is
/// read.
struct Cholesky {
  let count: Int
  /// L, zero above its diagonal.
  let factor: [Double]

  /// nil for a matrix that is not positive definite.
  init?(_ matrix: [Double], count n: Int) {
    count = n
    var factor = [Double](repeating: 0, count: n * n)
    let isDefinite = factor.withUnsafeMutableBufferPointer { l in
      matrix.withUnsafeBufferPointer { a in
        (0..<n).allSatisfy { i in
          let row = l.baseAddress! + i * n
          // Four columns at a time share the loads of this row.
          for start in stride(from: 0, to: i, by: 4) {
            let others = l.baseAddress! + start * n
            let width = min(4, i - start)
            var known = SIMD4<Double>.zero
            if width == 4 { known = dots(row, others, stride: n, count: start) }
            for lane in 0..<width {
              let other = others + lane * n
              let j = start + lane
              let first = width == 4 ? start : 0
              let sum = known[lane] + dot(row + first, other + first, count: j - first)
              row[j] = (a[i * n + j] - sum) / other[j]
            }
          }
          let rest = a[i * n + i] - dot(row, row, count: i)
          row[i] = rest > 0 ? rest.squareRoot() : 0
          return rest > 0
        }
      }
    }
    guard isDefinite else { return nil }
    self.factor = factor
  }

  /// The logarithm of the determinant of A, halved.
  func halfLogDeterminant(_ log: (Double) -> Double) -> Double {
    (0..<count).reduce(0) { $0 + log(factor[$1 * count + $1]) }
  }

  /// L^-1, zero above its diagonal.
  func inverseFactor() -> [Double] {
    let n = count
    var inverse = [Double](repeating: 0, count: n * n)
    inverse.withUnsafeMutableBufferPointer { x in
      factor.withUnsafeBufferPointer { l in
        for i in 0..<n {
          let row = x.baseAddress! + i * n
          for start in stride(from: 0, to: i, by: 4) {
            let width = min(4, i - start)
            var scales = SIMD4<Double>.zero
            for lane in 0..<width { scales[lane] = l[i * n + start + lane] }
            add(
              x.baseAddress! + start * n, stride: n, rows: width, scales: scales, to: row,
              count: start + width)
          }
          let pivot = l[i * n + i]
          for j in 0..<i { row[j] /= -pivot }
          row[i] = 1 / pivot
        }
      }
    }
    return inverse
  }

  /// A^-1, its lower triangle, from L^-1.
  static func inverse(fromInverseFactor inverseFactor: [Double], count n: Int) -> [Double] {
    var inverse = [Double](repeating: 0, count: n * n)
    inverse.withUnsafeMutableBufferPointer { result in
      inverseFactor.withUnsafeBufferPointer { x in
        for start in stride(from: 0, to: n, by: 4) {
          let width = min(4, n - start)
          for i in 0..<start + width {
            var scales = SIMD4<Double>.zero
            for lane in 0..<width { scales[lane] = x[(start + lane) * n + i] }
            add(
              x.baseAddress! + start * n, stride: n, rows: width, scales: scales,
              to: result.baseAddress! + i * n, count: i + 1)
          }
        }
      }
    }
    return inverse
  }
}

/// The sum of products of two vectors.
@inline(__always)
func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, count: Int) -> Double {
  var (even, odd) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
  var k = 0
  while k + 8 <= count {
    even += vector(a + k) * vector(b + k)
    odd += vector(a + k + 4) * vector(b + k + 4)
    k += 8
  }
  var sum = (even + odd).sum()
  while k < count {
    sum += a[k] * b[k]
    k += 1
  }
  return sum
}

/// The sums of products of a vector with four others, `stride` apart.
@inline(__always)
func dots(
  _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, stride: Int, count: Int
) -> SIMD4<Double> {
  let (b1, b2, b3) = (b + stride, b + 2 * stride, b + 3 * stride)
  var (s0, s1, s2, s3) = (
    SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero
  )
  var k = 0
  while k + 4 <= count {
    let x = vector(a + k)
    s0 += x * vector(b + k)
    s1 += x * vector(b1 + k)
    s2 += x * vector(b2 + k)
    s3 += x * vector(b3 + k)
    k += 4
  }
  var sums = SIMD4(s0.sum(), s1.sum(), s2.sum(), s3.sum())
  while k < count {
    sums += a[k] * SIMD4(b[k], b1[k], b2[k], b3[k])
    k += 1
  }
  return sums
}

/// Adds up to four rows, `stride` apart and each scaled, to a vector.
@inline(__always)
private func add(
  _ first: UnsafePointer<Double>, stride: Int, rows: Int, scales: SIMD4<Double>,
  to sum: UnsafeMutablePointer<Double>, count: Int
) {
  guard rows == 4 else {
    for row in 0..<rows {
      let values = first + row * stride
      for k in 0..<count { sum[k] += scales[row] * values[k] }
    }
    return
  }
  let (r1, r2, r3) = (first + stride, first + 2 * stride, first + 3 * stride)
  let (c0, c1, c2, c3) = (scales[0], scales[1], scales[2], scales[3])
  var k = 0
  while k + 4 <= count {
    let low = c0 * vector(first + k) + c1 * vector(r1 + k)
    let high = c2 * vector(r2 + k) + c3 * vector(r3 + k)
    let total = vector(sum + k) + (low + high)
    UnsafeMutableRawPointer(sum + k).storeBytes(of: total, as: SIMD4<Double>.self)
    k += 4
  }
  while k < count {
    sum[k] += (c0 * first[k] + c1 * r1[k]) + (c2 * r2[k] + c3 * r3[k])
    k += 1
  }
}

@inline(__always)
private func vector(_ pointer: UnsafePointer<Double>) -> SIMD4<Double> {
  UnsafeRawPointer(pointer).loadUnaligned(as: SIMD4<Double>.self)
}
