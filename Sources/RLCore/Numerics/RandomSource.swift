/// A stream of random numbers: xoshiro256++ of Blackman and Vigna, seeded through splitmix64.
///
/// Every consumer of randomness splits a stream of its own off the run's source, so that drawing
/// more in one place shifts nothing elsewhere. All draws have the same bits on every machine.
public struct RandomSource: Sendable, Hashable {
  /// What the stream was made from; streams split off depend on it and not on the draws made.
  public let seed: UInt64
  @usableFromInline var s0: UInt64
  @usableFromInline var s1: UInt64
  @usableFromInline var s2: UInt64
  @usableFromInline var s3: UInt64

  /// A stream that is fixed by `seed`; seeds next to each other give unrelated streams.
  public init(seed: UInt64) {
    self.seed = seed
    var sequence = SplitMix64(state: seed)
    s0 = sequence.next()
    s1 = sequence.next()
    s2 = sequence.next()
    s3 = sequence.next()
  }

  /// A stream in the state that `state` of another one gave.
  ///
  /// - Parameter state: five words; nil comes back for another count, or for the all-zero state,
  ///   from which the generator never leaves.
  public init?(state: [UInt64]) {
    guard state.count == 5, state[1...].contains(where: { $0 != 0 }) else { return nil }
    (seed, s0, s1, s2, s3) = (state[0], state[1], state[2], state[3], state[4])
  }

  /// The seed and the four words of the generator: all that is needed to continue.
  public var state: [UInt64] { [seed, s0, s1, s2, s3] }

  /// The stream of one consumer, such as `replay`: a function of this stream's seed, the label and
  /// the index alone, whatever has been drawn before.
  ///
  /// - Parameter index: tells apart consumers of the same kind, such as environments side by side.
  public func split(_ label: String, _ index: Int = 0) -> RandomSource {
    // FNV-1a turns the label into a word; two rounds of splitmix64 mix it with seed and index.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in label.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var labelled = SplitMix64(state: seed ^ hash)
    var indexed = SplitMix64(state: labelled.next() ^ UInt64(bitPattern: Int64(index)))
    return RandomSource(seed: indexed.next())
  }

  /// 64 random bits.
  @inlinable
  public mutating func nextUInt64() -> UInt64 {
    let result = rotated(s0 &+ s3, by: 23) &+ s0
    let shifted = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = rotated(s3, by: 45)
    return result
  }

  /// A number in [0, 1), a multiple of 2^-53.
  @inlinable
  public mutating func uniform() -> Double {
    Double(nextUInt64() >> 11) * 0x1p-53
  }

  /// A number from `bounds`, its upper end reached only by rounding.
  @inlinable
  public mutating func uniform(in bounds: ClosedRange<Double>) -> Double {
    bounds.lowerBound + (bounds.upperBound - bounds.lowerBound) * uniform()
  }

  /// An integer from 0 up to but not including `bound`, each equally likely (Lemire's method).
  ///
  /// - Precondition: `bound` is positive.
  @inlinable
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "no integer lies below \(bound)")
    let width = UInt64(bound)
    var product = nextUInt64().multipliedFullWidth(by: width)
    if product.low < width {
      let threshold = (0 &- width) % width
      while product.low < threshold { product = nextUInt64().multipliedFullWidth(by: width) }
    }
    return Int(product.high)
  }

  /// True with this probability.
  @inlinable
  public mutating func bernoulli(_ probability: Double) -> Bool { uniform() < probability }

  /// A draw from the normal distribution with mean 0 and deviation 1 (Marsaglia's polar method).
  ///
  /// The second number of each pair is dropped, so that the state stays four words.
  public mutating func normal() -> Double {
    while true {
      let x = 2 * uniform() - 1
      let y = 2 * uniform() - 1
      let square = x * x + y * y
      if square < 1 && square > 0 { return x * (-2 * logarithm(square) / square).squareRoot() }
    }
  }

  /// Puts `elements` into random order, each order equally likely.
  @inlinable
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    guard elements.count > 1 else { return }
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, integer(below: last + 1))
    }
  }

  @inlinable
  func rotated(_ word: UInt64, by count: UInt64) -> UInt64 {
    word << count | word >> (64 &- count)
  }
}

/// Vigna's splitmix64: turns any seed, zero too, into well-mixed words.
private struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    return word ^ word >> 31
  }
}

/// The natural logarithm of a positive normal number, within two units in the last place.
///
/// The C library's own answer differs in the last bit from processor to processor; this one does
/// not. With x = 2^e m and s = (m - 1) / (m + 1): log m = 2 (s + s^3/3 + s^5/5 + …).
func logarithm(_ x: Double) -> Double {
  var mantissa = x.significand
  var exponent = Double(x.exponent)
  if mantissa > 1.414_213_562_373_095_1 {
    mantissa /= 2
    exponent += 1
  }
  let s = (mantissa - 1) / (mantissa + 1)
  let square = s * s
  var series = 1.0 / 23
  for denominator in stride(from: 21.0, through: 3, by: -2) {
    series = series * square + 1 / denominator
  }
  return exponent * 0.693_147_180_559_945_3 + (2 * s + 2 * s * square * series)
}
