import Testing

@testable import Language

/// What a program reads of the session, and what it leaves there.
@Suite struct VariableTests {
  private func variables(_ text: String) throws -> (read: [String], assigned: [String]) {
    let fixture = Fixture()
    try fixture.run("x = 1; y = 2; z = 3; f = fn(a) => a")
    let found = fixture.interpreter.variables(in: Source(name: "cell", text: text))
    return (found.read.sorted(), found.assigned.sorted())
  }

  @Test func `what is assigned before it is read is no input`() throws {
    let found = try variables("x = y + 1; print(x, z)")
    #expect(found.read == ["y", "z"])
    #expect(found.assigned == ["x"])
  }

  @Test func `what is changed in place is read`() throws {
    #expect(try variables("x += 1").read == ["x"])
    #expect(try variables("y[0] = 1").read == ["y"])
    #expect(try variables("x = [1]; x[0] = 2").read == [])
  }

  @Test func `functions read what is around them, and not their own`() throws {
    let found = try variables("fn g(a) { y = a; return y + z }; f(x)")
    #expect(found.read == ["f", "x", "z"])
    #expect(found.assigned == ["g"])
  }

  @Test func `loops and functions that assign the session's names count`() throws {
    let found = try variables("for i in 1..3 { k = i }; fn h() { global x; x = 5 }")
    #expect(found.read == [])
    #expect(found.assigned == ["h", "i", "k", "x"])
  }
}
