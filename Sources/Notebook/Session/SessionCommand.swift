import Interchange
import Language
import RLCore
import Schema
import Store

/// A command: one file that declares it and runs it, and one line in `Commands.all`.
package protocol SessionCommand {
  static var declaration: Declaration { get }

  /// Carries out one call, whose arguments fit the declaration, and gives its value.
  static func run(_ call: CommandCall, in session: Session) throws -> Value
}

extension SessionCommand {
  /// The same as the language knows it.
  static func bound(to session: Session) -> Command {
    Command(declaration) { [unowned session] call throws(RunError) in
      do {
        return try run(call, in: session)
      } catch {
        throw RunError(converting: error)
      }
    }
  }
}

extension RunError {
  /// The error of another layer as one of the language: where the arrows between targets end.
  init(converting error: any Error) {
    switch error {
    case let error as RunError: self = error
    case let error as CoreError: self.init(error.kind, error.description, hint: error.hint)
    case let error as InterchangeError: self.init(.file, error.description)
    case let error as StoreError: self.init(.file, error.description)
    default: self.init(.command, "\(error)")
    }
  }
}

extension CoreError {
  /// What `catch` calls it.
  fileprivate var kind: ErrorKind {
    switch self {
    case .unknownName, .unknownSetting: .name
    case .invalidSetting, .invalidAction, .invalidState, .outsideDomain: .value
    case .damagedArchive: .file
    case .fixedSetting, .needsReset, .incompatible, .notFinite: .command
    }
  }
}

extension CommandCall {
  func integer(_ name: String) -> Int? { self[name]?.integer }
  func real(_ name: String) -> Double? { self[name]?.real }
  func boolean(_ name: String) -> Bool? { self[name]?.boolean }
  func text(_ name: String) -> String? { self[name]?.text }
  /// The path given, once the project allows it.
  func path(_ name: String, in session: Session) throws(RunError) -> String? {
    guard let text = text(name) else { return nil }
    return try session.project.path(text)
  }
}
