import Testing

@testable import RLCore

@Suite struct RandomSourceTests {
  @Test func `A seed fixes the stream for all time`() {
    var source = RandomSource(seed: 0)
    #expect(
      (0..<4).map { _ in source.nextUInt64() } == [
        5_987_356_902_031_041_503, 7_051_070_477_665_621_255, 6_633_766_593_972_829_180,
        211_316_841_551_650_330,
      ])
    var checksum: UInt64 = 0
    for _ in 0..<10_000 { checksum = checksum &* 31 &+ source.nextUInt64() }
    #expect(checksum == 17_584_306_563_651_828_421)
    #expect(source.split("replay").seed == 12_242_491_415_318_532_416)
    #expect(source.normal() == -1.157_824_651_370_988_9)
  }

  @Test func `The generator follows the published recurrence`() {
    // From state 1, 2, 3, 4: the first outputs that the authors' definition gives by hand.
    var source = RandomSource(state: [0, 1, 2, 3, 4])!
    #expect(source.nextUInt64() == (5 << 23) + 1)
    #expect(source.nextUInt64() == ((7 &+ (6 << 45)) << 23 | (7 &+ (6 << 45)) >> 41) &+ 7)
  }

  @Test func `A split stream depends on seed, label and index, and on nothing drawn`() {
    var source = RandomSource(seed: 7)
    let before = source.split("replay")
    for _ in 0..<100 { _ = source.nextUInt64() }
    #expect(source.split("replay") == before)
    let seeds = ["policy", "replay", "a", "b", ""].flatMap { label in
      (-1..<4).flatMap { index in
        (0..<4).map { RandomSource(seed: $0).split(label, index).seed }
      }
    }
    #expect(Set(seeds).count == seeds.count)
  }

  @Test func `Split streams are uncorrelated`() {
    let source = RandomSource(seed: 1)
    var a = source.split("environment", 0)
    var b = source.split("environment", 1)
    let count = 20_000
    var sum = 0.0
    for _ in 0..<count { sum += (a.uniform() - 0.5) * (b.uniform() - 0.5) * 12 }
    // The correlation's deviation is 1/sqrt(count) = 0.007.
    #expect(abs(sum / Double(count)) < 0.03)
  }

  @Test func `A stream continues from its saved state`() throws {
    var source = RandomSource(seed: 3)
    _ = source.normal()
    var restored = try #require(RandomSource(state: source.state))
    #expect(restored == source)
    #expect(restored.nextUInt64() == source.nextUInt64())
    #expect(RandomSource(state: [1, 2, 3]) == nil)
    #expect(RandomSource(state: [9, 0, 0, 0, 0]) == nil)
  }

  @Test func `Uniform numbers fill the unit interval evenly`() {
    var source = RandomSource(seed: 11)
    var bins = [Int](repeating: 0, count: 16)
    for _ in 0..<64_000 {
      let value = source.uniform()
      #expect((0..<1).contains(value))
      bins[Int(value * 16)] += 1
    }
    // Chi-square with 15 degrees of freedom; beyond 44 with probability 1e-4.
    let chiSquare = bins.reduce(0.0) { $0 + (Double($1) - 4000) * (Double($1) - 4000) / 4000 }
    #expect(chiSquare < 44)
  }

  @Test func `Integers below a bound are all reached, equally often`() {
    var source = RandomSource(seed: 5)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[source.integer(below: 7)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
    #expect(source.integer(below: 1) == 0)
    // Three quarters of the words: a plain remainder would make the lower third twice as likely.
    let bound = 3 << 61
    let low = (0..<3000).count { _ in source.integer(below: bound) < 1 << 61 }
    #expect(abs(low - 1000) < 130)
  }

  @Test func `Normal draws have the moments of the normal distribution`() {
    var source = RandomSource(seed: 13)
    let draws = (0..<100_000).map { _ in source.normal() }
    func moment(_ power: Int) -> Double {
      draws.reduce(0) { sum, x in sum + (0..<power).reduce(1) { product, _ in product * x } }
        / Double(draws.count)
    }
    #expect(abs(moment(1)) < 0.015)
    #expect(abs(moment(2) - 1) < 0.02)
    #expect(abs(moment(3)) < 0.06)
    #expect(abs(moment(4) - 3) < 0.15)
    #expect(draws.contains { $0 > 3.5 } && draws.contains { $0 < -3.5 })
  }

  @Test func `A shuffle keeps the elements and favours no place`() {
    var source = RandomSource(seed: 17)
    var firsts = [Int](repeating: 0, count: 5)
    for _ in 0..<10_000 {
      var elements = Array(0..<5)
      source.shuffle(&elements)
      #expect(elements.sorted() == Array(0..<5))
      firsts[elements[0]] += 1
    }
    #expect(firsts.allSatisfy { abs($0 - 2000) < 200 })
  }
}
