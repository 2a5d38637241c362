/// Reads a state number by number and refuses what cannot be.
struct StateReader {
  private var numbers: ArraySlice<Double>
  private let expected: String

  /// - Parameter expected: what a state is, for the error.
  init(_ numbers: [Double], expected: String) {
    self.numbers = numbers[...]
    self.expected = expected
  }

  /// How many numbers are left.
  var count: Int { numbers.count }

  mutating func integer(in bounds: ClosedRange<Int>) throws(CoreError) -> Int {
    guard let number = numbers.popFirst(), let value = Int(exactly: number),
      bounds.contains(value)
    else { throw invalid }
    return value
  }

  mutating func boolean() throws(CoreError) -> Bool { try integer(in: 0...1) == 1 }

  /// -1 or 1.
  mutating func sign() throws(CoreError) -> Int {
    let value = try integer(in: -1...1)
    if value == 0 { throw invalid }
    return value
  }

  /// - Throws: where numbers are left over.
  func finish() throws(CoreError) {
    if !numbers.isEmpty { throw invalid }
  }

  var invalid: CoreError { .invalidState(expected: expected) }
}
