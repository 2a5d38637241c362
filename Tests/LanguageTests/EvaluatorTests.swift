import Foundation
import Language
import Schema
import Testing

@Suite struct EvaluatorTests {
  @Test func anInterruptStopsALoopAndCannotBeCaught() throws {
    let fixture = Fixture()
    let interrupt = fixture.interrupt
    let thread = Thread {
      usleep(50_000)
      interrupt.request()
    }
    thread.start()
    do throws(RunError) {
      try fixture.run("while true { try { x = 1 } catch { x = 2 } }")
      Issue.record("the loop ended by itself")
    } catch {
      #expect(error.isInterrupt)
    }
    #expect(!interrupt.isRequested)
  }

  @Test func appendingTakesConstantTime() throws {
    func seconds(_ count: Int) throws -> Double {
      let fixture = Fixture()
      let start = ContinuousClock.now
      try fixture.run("xs = []\nfor i in 0..<\(count) { xs += [i] }")
      #expect(fixture.interpreter["xs"]?.elements?.count == count)
      return Double((ContinuousClock.now - start).components.attoseconds) / 1e18
    }
    let (small, large) = (try seconds(2_000), try seconds(40_000))
    #expect(large < 100 * small + 0.01)
  }

  @Test func aFrozenFunctionRunsOnAnotherThread() throws {
    let fixture = Fixture()
    try fixture.run("k = 3\nfn g(x) => x * k\nfn f(x) => g(x) + 1")
    let frozen = try #require(
      fixture.interpreter["f"]?.frozen(from: fixture.interpreter.evaluator))
    try fixture.run("k = 100")
    let results = Results()
    let thread = Thread {
      results.values = (0..<100).map { try? frozen.call([.integer($0)]).integer }
      results.done.signal()
    }
    thread.start()
    results.done.wait()
    #expect(results.values == (0..<100).map { $0 * 3 + 1 })
  }

  private final class Results: @unchecked Sendable {
    var values: [Int?] = []
    let done = DispatchSemaphore(value: 0)
  }

  @Test func callsNestAThousandDeepOnAnotherThread() {
    let results = Results()
    let thread = Thread {
      let fixture = Fixture()
      try? fixture.run("fn f(n) { if n == 0 { return 0 }; return 1 + f(n - 1) }\nprint f(1000)")
      results.values = fixture.lines.map { Int($0) }
      results.done.signal()
    }
    thread.stackSize = 64 << 20
    thread.start()
    results.done.wait()
    #expect(results.values == [1000])
  }

  @Test func deeplyNestedValuesAreFreedWithoutACrash() throws {
    try Fixture().run("x = []\nfor i in 0..<200_000 { x = [x] }\nx = 1")
    try Fixture().run("x = {}\nfor i in 0..<200_000 { x = {a: x} }\nx = 1")
  }

  @Test func statementsShowTheirValues() throws {
    let fixture = Fixture()
    try fixture.run("1\n\"a\"\nnull\nx = 2\nif true { 3 }\nfor i in 1..2 { i }\ntrain steps=1")
    #expect(fixture.lines == ["1", "\"a\"", "trained steps=1"])
  }
}
