import Schema

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A stream of random bits. The host may give streams of its own, such as the one that an environment
/// draws from: it overrides `next`.
open class RandomStream: Handle {
  /// What `type` gives for a stream, and what a parameter's `Domain.handle` names.
  public static let kind = "random stream"

  open override var kind: String { Self.kind }

  /// The next 64 bits.
  open func next() -> UInt64 { preconditionFailure("a stream of \(Self.self) has no bits") }

  /// From 0 up to below 1, in steps of 2^-53.
  package final func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// From 0 up to below `bound`, all equally likely (Lemire's method).
  package final func integer(below bound: Int) -> Int {
    precondition(bound > 0, "nothing to draw below \(bound)")
    let bound = UInt64(bound)
    var (high, low) = next().multipliedFullWidth(by: bound)
    if low < bound {
      let threshold = (0 &- bound) % bound
      while low < threshold { (high, low) = next().multipliedFullWidth(by: bound) }
    }
    return Int(high)
  }

  /// Standard normal (Box and Muller's method; its second value is dropped, so that a stream's state
  /// is its bits alone).
  package final func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }
}

/// Blackman and Vigna's xoshiro256++, its state filled by splitmix64 from a seed.
public final class SeededStream: RandomStream {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// The stream that a seed determines, the same on every machine.
  public init(seed: Int) {
    var filler = UInt64(bitPattern: Int64(seed))
    func fill() -> UInt64 {
      filler &+= 0x9E37_79B9_7F4A_7C15
      var word = filler
      word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
      return word ^ word >> 31
    }
    state = (fill(), fill(), fill(), fill())
  }

  /// A stream of the same state that moves on by itself.
  private init(state: (UInt64, UInt64, UInt64, UInt64)) { self.state = state }

  /// What a frozen function takes along.
  package func copy() -> SeededStream { SeededStream(state: state) }

  public override func next() -> UInt64 {
    func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
    let result = rotated(state.0 &+ state.3, 23) &+ state.0
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotated(state.3, 45)
    return result
  }
}

extension Builtins {
  static var randomStreams: [Builtin] {
    let group = "random"
    let r = Parameter.required("r", .handle(RandomStream.kind), "A random stream; it moves on.")
    return [
      Builtin(
        "random", in: group, "A random stream that a seed determines.",
        [.required("seed", .integer, "Any integer.")],
        examples: [Example("draw(random(7)) == draw(random(7))", gives: "true\n")]
      ) { a, _ in .object(SeededStream(seed: a[0].integer!)) },
      Builtin(
        "draw", in: group, "A real from 0 to below 1, an integer below n, or an element.",
        [
          r,
          .optional(
            "of", .either([.integer(from: 1), .list(of: .anything), .range, .string, .map]), .null,
            "The number n, or what to draw from; without it a real is drawn."),
        ],
        examples: [
          Example("draw(random(1), 1)", gives: "0\n"),
          Example("draw(random(1), [5])", gives: "5\n"),
        ]
      ) { a, _ throws(RunError) in
        let stream = a[0].randomStream
        if a[1].isNull { return .real(stream.uniform()) }
        if let bound = a[1].integer { return .integer(stream.integer(below: bound)) }
        if let range = a[1].range, range.count > 0 {
          return .integer(range.element(stream.integer(below: range.count)))
        }
        let values = try elements(of: a[1])
        guard !values.isEmpty else {
          throw RunError(.value, "`draw` has nothing to draw from", argument: "of")
        }
        return values[stream.integer(below: values.count)]
      },
      Builtin(
        "normal", in: group, "A real from the normal distribution.",
        [
          r, .optional("mean", .number, 0, "The mean."),
          .optional("std", .real(from: 0), 1, "The standard deviation."),
        ],
        examples: [Example("normal(random(1), mean=3, std=0)", gives: "3.0\n")]
      ) { a, _ in .real(a[1].real! + a[2].real! * a[0].randomStream.normal()) },
      Builtin(
        "shuffle", in: group, "The elements in a random order.",
        [r, .required("xs", .iterable, "What to go over.")],
        examples: [Example("sort(shuffle(random(1), 1..3))", gives: "[1, 2, 3]\n")]
      ) { a, _ throws(RunError) in
        let stream = a[0].randomStream
        var values = try elements(of: a[1])
        for i in values.indices.dropFirst().reversed() {
          values.swapAt(i, stream.integer(below: i + 1))
        }
        return .list(values)
      },
    ]
  }
}

extension Value {
  /// For a value whose kind has been checked.
  fileprivate var randomStream: RandomStream { handle as! RandomStream }
}
