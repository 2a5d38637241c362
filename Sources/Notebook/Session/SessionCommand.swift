import Bridge
import Interchange
import Language
import RLCore
import Schema
import Store

/// A command: one file that declares it and runs it, and one line in `Commands.all`.
package protocol SessionCommand: SendableMetatype {
  static var declaration: Declaration { get }

  /// The parameter that names a file which is run as a program of the session, if any.
  static var programParameter: String? { get }

  /// Carries out one call, whose arguments fit the declaration, and gives its value.
  static func run(_ call: CommandCall, in session: Session) throws -> Value

  /// Whether `bg` can run it: it asks nobody, and calls `willWork` before its long part.
  static var runsInBackground: Bool { get }

  /// Whether it may take long enough that nobody wants it to start unasked.
  static var takesLong: Bool { get }
}

extension SessionCommand {
  /// None.
  package static var programParameter: String? { nil }
  /// No.
  package static var runsInBackground: Bool { false }
  /// Where it can run in the background.
  package static var takesLong: Bool { runsInBackground }

  /// The same as the language knows it.
  static func bound(to session: Session) -> Command {
    // The session owns its commands, and ends after the last of them.
    let held = Unmanaged.passUnretained(session)
    let runsInBackground = runsInBackground
    return Command(declaration, programParameter: programParameter) { call throws(RunError) in
      do {
        return try held._withUnsafeGuaranteedRef { session in
          if runsInBackground, let take = session.takeCall {
            session.takeCall = nil
            take(call.kept, self)
            return .null
          }
          if session.hasJobs {
            for agent in call.agents { try agent.checkFree(in: session) }
          }
          return try run(call, in: session)
        }
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
    case let error as CoreError:
      self.init(error.kind, error.description, hint: error.hint, argument: error.setting)
    case let error as InterchangeError: self.init(.file, error.description, hint: error.hint)
    case BridgeError.abandoned: self = .interrupted
    case let error as BridgeError: self.init(.command, error.description, hint: error.hint)
    case let error as StoreError: self.init(.file, error.description, hint: error.hint)
    default: self.init(.command, "\(error)")
    }
  }
}

extension CoreError {
  /// The option at fault, where it is one.
  fileprivate var setting: String? {
    switch self {
    case .unknownSetting(let name, _, _), .invalidSetting(let name, _, _),
      .fixedSetting(let name, _):
      name
    default: nil
    }
  }

  /// What `catch` calls it.
  fileprivate var kind: ErrorKind {
    switch self {
    case .unknownName, .unknownSetting: .name
    case .invalidSetting, .invalidAction, .invalidObservation, .invalidState, .outsideDomain: .value
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
  ///
  /// - Parameter isInput: whether it is about to be read.
  func path(
    _ name: String, in session: Session, isInput: Bool = false
  ) throws(RunError) -> String? {
    guard let text = text(name) else { return nil }
    do {
      return try isInput ? session.project.input(text) : session.project.path(text)
    } catch {
      var error = error
      error.argument = name
      throw error
    }
  }

  /// The options of the member that was chosen, as settings.
  func settings() throws(RunError) -> Settings {
    var settings: Settings = [:]
    for (name, value) in options { settings[name] = try setting(name, value) }
    return settings
  }

  /// A value as a setting; a function of progress as its values, since settings are data.
  func setting(_ name: String, _ value: Value) throws(RunError) -> Setting {
    if value.function != nil { return try schedule(name, value) }
    guard let setting = value.setting else {
      throw RunError(
        .type, "`\(name)` must be plain data, not a \(value.typeName)", argument: name)
    }
    return setting
  }

  private func schedule(_ name: String, _ function: Value) throws(RunError) -> Setting {
    var values: [Setting] = []
    for progress in Scheduled.progressPoints {
      let value = try evaluator.call(function, [.real(progress)])
      guard let real = value.real, real.isFinite, real >= 0 else {
        throw RunError(
          .value,
          "`\(name)` must be a finite number from 0 up at every progress from 0 to 1, and is "
            + "\(value.source) at \(progress)", argument: name)
      }
      values.append(.real(real))
    }
    return .list(values)
  }

  /// The function given, frozen for use elsewhere.
  func frozenFunction(_ name: String) throws(RunError) -> FrozenFunction {
    guard let frozen = frozen(name) else {
      throw RunError(.type, "`\(name)` must be a function", argument: name)
    }
    return frozen
  }

  /// Runs the command or block given, in the scope around, and gives its value.
  func run(_ name: String) throws(RunError) -> Value { try evaluator.run(self[name] ?? .null) }

  /// For a command whose event says it all: its value is there for who wants it.
  func reported(_ value: Value) -> Value {
    showedEvent()
    return value
  }

  /// For a command that has no value.
  func nothing() -> Value { reported(.null) }
}

extension RunError {
  /// The person asked to leave: it unwinds like an interruption, and is none.
  static var quit: RunError {
    var error = RunError.interrupted
    error.message = quitMessage
    return error
  }

  var isQuit: Bool { isInterrupt && message == Self.quitMessage }

  private static let quitMessage = "quit"
}
