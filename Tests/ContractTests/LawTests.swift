import Foundation
import Language
import Notebook
import Schema
import Testing

/// Laws over everything that is declared: what can be named keeps them, whoever adds it.
@Suite struct LawTests {
  private static var fileFunctions: [Builtin] {
    (try? Project(folder: nil, allowed: [], isConfined: true)).map(FileFunctions.all) ?? []
  }
  static let callable: [Declaration] =
    Commands.all.map { $0.declaration } + Builtins.all.map(\.declaration)
    + fileFunctions.map(\.declaration) + SpaceFunctions.all.map(\.declaration)
    + FormulaFunctions.all.map(\.declaration)
  static let declarations =
    callable
    + Families.all.sorted { $0.key.name < $1.key.name }.flatMap { $0.value }

  @Test(arguments: declarations.map(\.name).indices)
  func `a declaration explains itself in full sentences`(index: Int) {
    let declaration = Self.declarations[index]
    #expect(declaration.summary.hasSuffix("."), "\(declaration.name)")
    #expect(declaration.summary.count <= 110, "\(declaration.name): \(declaration.summary)")
    for parameter in declaration.parameters {
      #expect(parameter.summary.hasSuffix("."), "\(declaration.name) \(parameter.name)")
    }
    #expect(!declaration.examples.isEmpty, "\(declaration.name) has no example")
  }

  @Test func `names are the field's words, and each stands for one thing`() {
    let pattern = /^[a-z][a-z0-9_]*$/
    for declaration in Self.callable {
      #expect(declaration.name.wholeMatch(of: pattern) != nil, "\(declaration.name)")
      for parameter in declaration.parameters {
        #expect(
          parameter.name.wholeMatch(of: pattern) != nil, "\(declaration.name) \(parameter.name)")
      }
      let names = declaration.parameters.map(\.name)
      #expect(Set(names).count == names.count, "\(declaration.name) has a parameter twice")
    }
    let names = Self.callable.map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test func `defaults lie in their domains`() {
    for declaration in Self.declarations {
      for parameter in declaration.parameters {
        if case .setting(let value) = parameter.defaultValue, value != .null {
          #expect(
            parameter.domain.contains(value),
            "\(declaration.name) \(parameter.name): \(value) is not \(parameter.domain.description)"
          )
        }
      }
    }
  }

  @Test(.enabled(if: Subject.binary != nil), arguments: declarations.map(\.name).indices)
  func `an example runs and gives what it says`(index: Int) throws {
    let declaration = Self.declarations[index]
    for example in declaration.examples {
      let subject = try Subject()
      defer { subject.remove() }
      // What an algorithm, a method or a sampler shows is about the current environment and agent,
      // or about a language model.
      let isCallable = index < Self.callable.count
      let start =
        isCallable
        ? ""
        : """
        write_text("law.txt", "the cat sat. " * 40)
        corpus law.txt
        p = agent lm layers=1 heads=2 width=16 context=16
        env CartPole-v1
        a = agent dqn

        """
      let result = try subject.run(code: start + example.source)
      #expect(
        result.status == 0, "\(declaration.name): \(example.source)\n\(result.errors)")
      if let output = example.output {
        #expect(result.output.hasSuffix(output), "\(declaration.name): \(example.source)")
      }
    }
  }

  @Test(.enabled(if: Subject.binary != nil))
  func `help explains everything that can be named`() throws {
    let subject = try Subject()
    defer { subject.remove() }
    for declaration in Self.declarations {
      let result = try subject.run(code: "help(\"\(declaration.name)\")")
      #expect(result.status == 0, "\(declaration.name): \(result.errors)")
      // Long sentences break at the width of what shows them.
      let words = result.output.split { $0.isWhitespace }.joined(separator: " ")
      let summary = declaration.summary.split { $0.isWhitespace }.joined(separator: " ")
      #expect(words.contains(summary), "\(declaration.name): \(result.output)")
    }
  }
}
