/// The set that observations or actions come from.
///
/// Every member is written as a flat list of `size` numbers; `featureCount` is how many numbers a
/// network sees of it (a discrete member is shown one-hot).
public enum Space: Sendable, Hashable {
  /// The integers from 0 up to, not including, the count. Written as one number.
  case discrete(Int)
  /// Real arrays between bounds.
  case box(Box)
  /// Several discrete choices at once.
  case multiDiscrete([Int])
  /// So many bits.
  case multiBinary(Int)
  /// Several spaces at once, by name: the numbers of all parts, one part after the other.
  indirect case dict([Field])
  /// Several spaces at once, by place.
  indirect case tuple([Space])

  /// A named part.
  public struct Field: Sendable, Hashable {
    /// What scripts and people call it.
    public var name: String
    /// What it is a member of.
    public var space: Space

    /// A part of that name.
    public init(_ name: String, _ space: Space) {
      self.name = name
      self.space = space
    }
  }

  /// The spaces that a member is put together from; nil where it has no parts.
  public var parts: [Space]? {
    switch self {
    case .dict(let fields): fields.map(\.space)
    case .tuple(let spaces): spaces
    default: nil
    }
  }

  /// Bounds and shape of real arrays; bounds are row-major and may be infinite.
  public struct Box: Sendable, Hashable {
    /// Lower bounds, row-major.
    public var low: [Double]
    /// Upper bounds, row-major.
    public var high: [Double]
    /// Lengths of the dimensions.
    public var shape: [Int]

    /// - Precondition: as many bounds as the shape has elements.
    public init(low: [Double], high: [Double], shape: [Int]? = nil) {
      let shape = shape ?? [low.count]
      precondition(
        low.count == high.count && low.count == shape.reduce(1, *),
        "a box of shape \(shape) has \(low.count) lower and \(high.count) upper bounds")
      self.low = low
      self.high = high
      self.shape = shape
    }
  }

  /// A box with the same bounds everywhere.
  public static func box(_ low: Double, _ high: Double, shape: [Int]) -> Space {
    let count = shape.reduce(1, *)
    return .box(
      Box(
        low: Array(repeating: low, count: count), high: Array(repeating: high, count: count),
        shape: shape))
  }

  /// How many numbers a member is written as.
  public var size: Int {
    switch self {
    case .discrete: 1
    case .box(let box): box.low.count
    case .multiDiscrete(let counts): counts.count
    case .multiBinary(let count): count
    case .dict, .tuple: parts!.reduce(0) { $0 + $1.size }
    }
  }

  /// How many numbers a network sees of a member.
  public var featureCount: Int {
    switch self {
    case .discrete(let count): count
    case .multiDiscrete(let counts): counts.reduce(0, +)
    case .box, .multiBinary: size
    case .dict, .tuple: parts!.reduce(0) { $0 + $1.featureCount }
    }
  }

  /// Whether what a network sees is just the numbers of the member.
  public var isPlain: Bool { featureCount == size }

  /// Whether a network can be shown these observations: as many numbers as members need, and
  /// choices that there are. Numbers of a box may lie outside its bounds.
  func isEncodable(_ observations: [Float]) -> Bool { isEncodable(observations[...]) }

  private func isEncodable(_ observations: ArraySlice<Float>) -> Bool {
    guard observations.count.isMultiple(of: size) else { return false }
    switch self {
    case .box, .multiBinary: return true
    case .discrete(let count):
      return observations.allSatisfy { $0 >= 0 && $0 < Float(count) }
    case .multiDiscrete(let counts):
      return observations.indices.allSatisfy {
        let count = counts[($0 - observations.startIndex) % counts.count]
        return observations[$0] >= 0 && observations[$0] < Float(count)
      }
    case .dict, .tuple:
      return stride(from: observations.startIndex, to: observations.endIndex, by: size)
        .allSatisfy { start in
          allParts(of: observations[start..<start + size]) { $0.isEncodable($1) }
        }
    }
  }

  /// Whether something holds for each part with its own numbers of a member.
  private func allParts<Number>(
    of member: ArraySlice<Number>, _ holds: (Space, ArraySlice<Number>) -> Bool
  ) -> Bool {
    var rest = member
    return (parts ?? []).allSatisfy { part in
      defer { rest = rest.dropFirst(part.size) }
      return holds(part, rest.prefix(part.size))
    }
  }

  /// Writes what a network sees of `count` members, row-major.
  ///
  /// - Precondition: they are encodable.
  /// - Parameters:
  ///   - members: `[count, size]`.
  ///   - features: `[count, featureCount]`, overwritten.
  func encode(
    _ members: UnsafePointer<Float>, count: Int, into features: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .box, .multiBinary: features.update(from: members, count: count * size)
    case .discrete(let choices): encode(members, count: count, choices: [choices], into: features)
    case .multiDiscrete(let choices):
      encode(members, count: count, choices: choices, into: features)
    case .dict, .tuple:
      var (member, row) = (members, features)
      for _ in 0..<count {
        for part in parts! {
          part.encode(member, count: 1, into: row)
          member += part.size
          row += part.featureCount
        }
      }
    }
  }

  private func encode(
    _ members: UnsafePointer<Float>, count: Int, choices: [Int],
    into features: UnsafeMutablePointer<Float>
  ) {
    features.update(repeating: 0, count: count * featureCount)
    var row = features
    for member in 0..<count {
      for (i, choice) in choices.enumerated() {
        row[Int(members[member * choices.count + i])] = 1
        row += choice
      }
    }
  }

  /// Whether `action` is a member.
  public func contains(_ action: Action) -> Bool {
    switch (self, action) {
    case (.discrete(let count), .discrete(let choice)): (0..<count).contains(choice)
    case (.box(let box), .continuous(let values)):
      values.count == size && values.indices.allSatisfy { box.low[$0]...box.high[$0] ~= values[$0] }
    case (.multiDiscrete(let counts), .continuous(let values)):
      values.count == size
        && values.indices.allSatisfy { values[$0].isChoice(of: counts[$0]) }
    case (.multiBinary, .continuous(let values)):
      values.count == size && values.allSatisfy { $0.isChoice(of: 2) }
    case (.dict, .continuous(let values)), (.tuple, .continuous(let values)):
      values.count == size && allParts(of: values[...]) { $0.contains(numbers: $1) }
    default: false
    }
  }

  /// Whether numbers are a member, as a part of another space is written.
  private func contains(numbers: ArraySlice<Double>) -> Bool {
    if case .discrete(let count) = self { return numbers.first!.isChoice(of: count) }
    return contains(.continuous(Array(numbers)))
  }
}

extension Space: CustomStringConvertible {
  /// As Gymnasium names it: `Discrete(2)`, `Box(4)`.
  public var description: String {
    switch self {
    case .discrete(let count): "Discrete(\(count))"
    case .box(let box): "Box(\(box.shape.map(String.init).joined(separator: ", ")))"
    case .multiDiscrete(let counts): "MultiDiscrete(\(counts))"
    case .multiBinary(let count): "MultiBinary(\(count))"
    case .dict(let fields):
      "Dict(\(fields.map { "\($0.name): \($0.space)" }.joined(separator: ", ")))"
    case .tuple(let spaces): "Tuple(\(spaces.map(\.description).joined(separator: ", ")))"
    }
  }

  /// What an action of this space is, for an error.
  public var expectation: String {
    switch self {
    case .discrete(let count): "an integer from 0 to \(count - 1)"
    case .box(let box): "a list of \(size) numbers from \(box.low) to \(box.high)"
    case .multiDiscrete, .multiBinary: "a list of \(size) integers"
    case .dict, .tuple: "a list of \(size) numbers for \(self)"
    }
  }

  /// What each number of a member of named parts is, such as `pos 0`; empty for other spaces.
  public var numberNames: [String] {
    guard case .dict(let fields) = self else { return [] }
    return fields.flatMap { field in
      let inner = field.space.numberNames
      if !inner.isEmpty { return inner.map { "\(field.name) \($0)" } }
      let size = field.space.size
      return size == 1 ? [field.name] : (0..<size).map { "\(field.name) \($0)" }
    }
  }
}

/// What an agent does in one step.
public enum Action: Sendable, Hashable {
  /// A choice of a discrete space.
  case discrete(Int)
  /// A point of a box, flat and row-major, or the integers of a space of several choices.
  case continuous([Double])

  /// The choice; nil for several numbers.
  public var choice: Int? { if case .discrete(let choice) = self { choice } else { nil } }

  /// Its numbers, flat and row-major; of a choice its number alone.
  public var values: [Double] {
    switch self {
    case .discrete(let choice): [Double(choice)]
    case .continuous(let values): values
    }
  }
}

extension Action: CustomStringConvertible {
  /// As the language writes it.
  public var description: String {
    switch self {
    case .discrete(let choice): "\(choice)"
    case .continuous(let values): "\(values)"
    }
  }
}

extension Space {
  /// A member drawn evenly; of an unbounded box each number from a standard normal distribution.
  public func sample(using random: inout RandomSource) -> Action {
    switch self {
    case .discrete(let count): .discrete(random.integer(below: count))
    case .box(let box):
      .continuous(
        box.low.indices.map { index in
          let (low, high) = (box.low[index], box.high[index])
          return (high - low).isFinite ? random.uniform(in: low...high) : random.normal()
        })
    case .multiDiscrete(let counts):
      .continuous(counts.map { Double(random.integer(below: $0)) })
    case .multiBinary(let count):
      .continuous((0..<count).map { _ in Double(random.integer(below: 2)) })
    case .dict, .tuple:
      .continuous(parts!.flatMap { $0.sample(using: &random).values })
    }
  }

  /// Whether an observation is a member. Bounds are compared in single precision, as observations
  /// are.
  public func contains(observation: [Float]) -> Bool { contains(shown: observation[...]) }

  private func contains(shown observation: ArraySlice<Float>) -> Bool {
    guard observation.count == size else { return false }
    switch self {
    case .discrete(let count): return observation.first!.isChoice(of: count)
    case .box(let box):
      return zip(observation, zip(box.low, box.high)).allSatisfy { number, bounds in
        Float(bounds.0)...Float(bounds.1) ~= number
      }
    case .multiDiscrete(let counts):
      return zip(observation, counts).allSatisfy { $0.isChoice(of: $1) }
    case .multiBinary: return observation.allSatisfy { $0.isChoice(of: 2) }
    case .dict, .tuple: return allParts(of: observation) { $0.contains(shown: $1) }
    }
  }
}

extension BinaryFloatingPoint {
  /// Whether it is one of the integers from 0 up to, not including, `count`.
  fileprivate func isChoice(of count: Int) -> Bool {
    self >= 0 && self < Self(count) && self == rounded()
  }
}
