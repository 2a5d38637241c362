import Testing

@testable import Language

@Suite("Growth")
struct GrowthTests {
  @Test(
    "Changing in place takes the same time however large the list, map or string is",
    arguments: [
      "xs = []; for i in 1..40_000 { xs += [i] }",
      "xs = [0] * 40_000; for i in 0..<40_000 { xs[i] = i }",
      "s = \"\"; for i in 1..40_000 { s += \"a longer piece\" }",
      "m = {}; for i in 1..40_000 { m[\"{i}\"] = i }",
      "m = {x: [0] * 40_000}; for i in 0..<40_000 { m.x[i] += 1 }",
    ])
  func inPlace(script: String) throws {
    let time = try ContinuousClock().measure { try Fixture().run(script) }
    // Copying at every step would take several times as long.
    #expect(time < .seconds(2))
  }
}
