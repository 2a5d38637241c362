import Schema
import Testing

@testable import Language

@Suite("Examples of built-in functions")
struct BuiltinExampleTests {
  @Test("Every example runs and gives what it says")
  func examples() {
    for declaration in Builtins.all.map(\.declaration) {
      for example in declaration.examples {
        let session = Fixture()
        #expect(session.check(example.source).map(\.message) == [], "\(example.source)")
        do {
          try session.run(example.source)
          let output = session.lines.map { $0 + "\n" }.joined()
          if let expected = example.output { #expect(output == expected, "\(example.source)") }
        } catch {
          Issue.record("\(example.source): \(error.message)")
        }
      }
    }
  }

  @Test("An error caught and raised again is the same error, unless the map was changed")
  func raisedAgain() {
    let session = Fixture()
    let error = #expect(throws: RunError.self) {
      try session.run(
        """
        fn risky(xs) => xs[5]
        try {
          risky([1])
        } catch e {
          kept = [e]
          try { fail(kept[0]) } catch again { print (again == e) again.line again.kind }
          e.message = "mine"
          try { fail(e) } catch again { print again.message again.line again.kind }
          fail(kept[0])
        }
        """)
    }
    #expect(session.lines == ["true 1 index", "mine 8 index"])
    #expect(error?.kind == .index)
    #expect(error?.span == Span(19, 20))
  }
}
