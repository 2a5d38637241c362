#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What can go wrong with an environment in Python: the facts. The wording is below.
package enum BridgeError: Error, Equatable {
  /// The interpreter could not be started; `code` is its `errno`.
  case pythonMissing(program: String, code: Int32)
  /// The interpreter has no package of that name.
  case packageMissing(program: String, package: String)
  /// Python could not make the environment, and why.
  case notMade(environment: String, reason: String)
  /// A method of the environment raised an exception.
  case raised(environment: String, exception: String)
  /// The worker ended by itself; `log` is the last line it wrote.
  case workerEnded(environment: String, how: String, log: String?)
  /// The worker gave no answer for `seconds` and was stopped; `log` is the last line it wrote.
  case timedOut(environment: String, seconds: Double, log: String?)
  /// The worker was stopped because nobody wanted its answer any more.
  case abandoned(environment: String)
  /// Another process than the worker's script seems to answer.
  case garbled(environment: String, reason: String)
  /// A space that cannot be written as numbers here.
  case unsupportedSpace(environment: String, reason: String)
  /// The same actions after the same start led elsewhere.
  case notReplayable(environment: String, steps: Int)
}

extension BridgeError: CustomStringConvertible {
  /// One sentence without a full stop, fit to be shown to a user.
  package var description: String {
    switch self {
    case .pythonMissing(let program, let code):
      "the Python interpreter `\(program)` cannot be started: \(String(cString: strerror(code)))"
    case .packageMissing(let program, let package):
      "`\(program)` has no package `\(package)`"
    case .notMade(let environment, let reason): "\(environment) cannot be made: \(reason)"
    case .raised(let environment, let exception): "\(environment) raised \(exception)"
    case .workerEnded(let environment, let how, let log):
      "the Python worker of \(environment) \(how), and its episode is lost"
        + (log.map { "; it last wrote: \($0)" } ?? "")
    case .timedOut(let environment, let seconds, let log):
      "the Python worker of \(environment) gave no answer for \(shown(seconds)) s and was stopped, "
        + "and its episode is lost" + (log.map { "; it last wrote: \($0)" } ?? "")
    case .abandoned(let environment):
      "the Python worker of \(environment) was stopped, and its episode is lost"
    case .garbled(let environment, let reason):
      "the Python worker of \(environment) does not keep to the protocol: \(reason)"
    case .unsupportedSpace(let environment, let reason): "\(environment) \(reason)"
    case .notReplayable(let environment, let steps):
      "\(environment) does not replay: the same \(steps) actions after the same seeded reset gave "
        + "another observation, so the position within its episode cannot be put back"
    }
  }

  /// What to do about it, where that is known.
  package var hint: String? {
    switch self {
    case .pythonMissing: "install Python 3, or name its interpreter in RLHS_PYTHON"
    case .packageMissing(let program, let package): "run `\(program) -m pip install \(package)`"
    case .timedOut: "`timeout=` gives it longer; a new worker begins at the next reset"
    case .workerEnded: "a new worker begins at the next reset; training goes on with `train`"
    case .notReplayable: "begin a new episode with `reset`"
    default: nil
    }
  }
}

private func shown(_ seconds: Double) -> String {
  seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
}
