/// Draws places of a replay buffer more often the more their transitions surprised: in proportion to
/// |error|^alpha, with weights that take the bias back.
///
/// Source: Schaul et al., "Prioritized Experience Replay", 2016, the proportional variant.
struct Priorities: Sendable {
  /// A binary tree in one array: node `i` is the sum of nodes `2 i` and `2 i + 1`, place `p` is node
  /// `leaves + p`. A sum depends on what is below it alone, so a restored tree has the same bits.
  private var sums: [Double]
  private var leaves: Int
  /// The greatest of all times: what a transition not yet learned from gets.
  private var greatest = 1.0
  private let alpha: Float

  /// Memory that is used again and again, and no part of the state.
  private var powers: [Float] = []

  /// Keeps a transition that was predicted exactly from never being drawn again.
  private static let leastError: Float = 1e-6

  init(alpha: Double) {
    self.alpha = Float(alpha)
    leaves = 1024
    sums = Array(repeating: 0, count: 2 * leaves)
  }

  /// A new transition lies at this place.
  mutating func append(at place: Int) { set(place, greatest) }

  /// The transitions at these places were predicted with these errors.
  mutating func update(_ places: [Int], errors: [Float]) {
    if powers.count != errors.count { powers = errors }
    for index in errors.indices { powers[index] = abs(errors[index]) + Self.leastError }
    VectorMath.log(&powers)
    for index in powers.indices { powers[index] *= alpha }
    VectorMath.exp(&powers)
    for (place, power) in zip(places, powers) where power.isFinite {
      greatest = max(greatest, Double(power))
      set(place, Double(power))
    }
  }

  private mutating func set(_ place: Int, _ priority: Double) {
    while place >= leaves { grow() }
    var node = leaves + place
    sums[node] = priority
    while node > 1 {
      node /= 2
      sums[node] = sums[2 * node] + sums[2 * node + 1]
    }
  }

  private mutating func grow() {
    let old = Array(sums[leaves...])
    leaves *= 2
    sums = Array(repeating: 0, count: 2 * leaves)
    for (place, priority) in old.enumerated() { sums[leaves + place] = priority }
    sumUp()
  }

  private mutating func sumUp() {
    for node in stride(from: leaves - 1, to: 0, by: -1) {
      sums[node] = sums[2 * node] + sums[2 * node + 1]
    }
  }

  /// Draws places, one from each of equal slices of the whole, and the weights of their losses.
  ///
  /// - Parameters:
  ///   - count: transitions held.
  ///   - beta: 0 leaves the bias, 1 takes it back wholly.
  ///   - places: overwritten, as many as it has.
  ///   - weights: as many; the greatest becomes 1.
  mutating func draw(
    count: Int, beta: Double, places: inout [Int], weights: inout [Float],
    using random: inout RandomSource
  ) {
    let slice = sums[1] / Double(places.count)
    for index in places.indices {
      let place = place(at: (Double(index) + random.uniform()) * slice)
      // Rounding may lead past the last one.
      places[index] = min(place, count - 1)
      weights[index] = Float(Double(count) * sums[leaves + places[index]] / sums[1])
    }
    VectorMath.log(&weights)
    for index in weights.indices { weights[index] *= -Float(beta) }
    VectorMath.exp(&weights)
    let greatest = weights.max() ?? 1
    for index in weights.indices { weights[index] /= greatest }
  }

  private func place(at mass: Double) -> Int {
    var (node, rest) = (1, mass)
    while node < leaves {
      node *= 2
      if rest >= sums[node] && sums[node + 1] > 0 {
        rest -= sums[node]
        node += 1
      }
    }
    return node - leaves
  }
}

// MARK: - State

extension Priorities {
  /// - Parameter count: transitions held.
  func save(to archive: inout StateArchive, name: String, count: Int) {
    archive.add("\(name)/priorities", Array(sums[leaves..<(leaves + count)]))
    archive.add("\(name)/greatest_priority", [greatest])
  }

  mutating func restore(from archive: StateArchive, name: String, count: Int) throws(CoreError) {
    let priorities = try archive.doubles("\(name)/priorities", count: count)
    greatest = try archive.doubles("\(name)/greatest_priority", count: 1)[0]
    guard (priorities + [greatest]).allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw .damagedArchive(reason: "a priority of `\(name)` is not above 0")
    }
    while leaves < count { leaves *= 2 }
    sums = Array(repeating: 0, count: 2 * leaves)
    for (place, priority) in priorities.enumerated() { sums[leaves + place] = priority }
    sumUp()
  }
}
