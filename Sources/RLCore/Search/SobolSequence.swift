/// Scrambled Sobol points: any 2^k in a row fill the cube more evenly than random ones.
///
/// Each coordinate has a primitive polynomial over the two-element field. Direction numbers begin
/// at random, and digits are shifted at random, so that each seed gives another sequence.
struct SobolSequence {
  /// By coordinate, 32 direction numbers.
  private let directions: [[UInt32]]
  private let shifts: [UInt32]

  init(dimensions: Int, random: RandomSource) {
    var stream = random
    var polynomials = PrimitivePolynomials()
    directions = (0..<dimensions).map { dimension in
      // The first coordinate is the van der Corput sequence, whose polynomial has degree 0.
      dimension == 0
        ? (0..<32).map { 1 << (31 - $0) }
        : Self.directions(of: polynomials.next(), using: &stream)
    }
    shifts = (0..<dimensions).map { _ in UInt32(truncatingIfNeeded: stream.nextUInt64() >> 32) }
  }

  private static func directions(
    of polynomial: UInt32, using stream: inout RandomSource
  ) -> [UInt32] {
    let degree = 31 - polynomial.leadingZeroBitCount
    // An odd number below 2^k at place k makes the first k digits of any 2^k points a permutation.
    var numbers = (1...32).prefix(degree).map { place -> UInt32 in
      let bits = UInt32(stream.integer(below: 1 << (place - 1))) << 1 | 1
      return bits << (32 - place)
    }
    for k in degree..<32 {
      var number = numbers[k - degree] ^ numbers[k - degree] >> UInt32(degree)
      for j in 1..<degree where polynomial >> UInt32(degree - j) & 1 == 1 {
        number ^= numbers[k - j]
      }
      numbers.append(number)
    }
    return numbers
  }

  /// The point of that index, from 0, in [0, 1)^n.
  func point(_ index: Int) -> [Double] {
    let gray = UInt32(truncatingIfNeeded: index ^ index >> 1)
    return directions.indices.map { dimension in
      var bits = shifts[dimension]
      var rest = gray
      while rest != 0 {
        bits ^= directions[dimension][rest.trailingZeroBitCount]
        rest &= rest - 1
      }
      return Double(bits) * 0x1p-32
    }
  }
}

/// The primitive polynomials over the two-element field in ascending order, as bit patterns.
private struct PrimitivePolynomials {
  private var candidate: UInt32 = 1

  mutating func next() -> UInt32 {
    repeat { candidate += 2 } while !isPrimitive(candidate)
    return candidate
  }

  /// Whether the powers of x run through all remainders but zero.
  private func isPrimitive(_ polynomial: UInt32) -> Bool {
    let degree = 31 - polynomial.leadingZeroBitCount
    let top: UInt32 = 1 << UInt32(degree)
    var power: UInt32 = 1
    for count in 1..<top {
      power <<= 1
      if power & top != 0 { power ^= polynomial }
      if power == 1 { return count == top - 1 }
    }
    return false
  }
}
