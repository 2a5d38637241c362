import Schema

/// How a setting changes over the agent's `total_steps`.
enum Schedule: String, Sendable, CaseIterable {
  case constant
  case linear
  case smooth

  /// What the setting is multiplied by.
  ///
  /// - Parameter progress: steps over total steps. Beyond 1 the last value holds.
  func factor(_ progress: Double) -> Double {
    let rest = 1 - min(max(progress, 0), 1)
    return switch self {
    case .constant: 1
    case .linear: rest
    // Flat at both ends.
    case .smooth: rest * rest * (3 - 2 * rest)
    }
  }

  /// The parameter that chooses it for the parameter `name`.
  static func parameter(for name: String, default word: Schedule = .constant) -> Parameter {
    Parameter(
      "\(name)_schedule",
      .words([
        Word(constant.rawValue, "Stays as it is."),
        Word(linear.rawValue, "Falls evenly to 0 at total_steps."),
        Word(smooth.rawValue, "Falls to 0 at total_steps, slowly at both ends."),
      ]), default: .setting(.string(word.rawValue)), "How \(name) changes over total_steps.")
  }
}

/// A setting with its schedule.
struct Scheduled: Sendable {
  let initial: Double
  let schedule: Schedule

  /// The setting `name` with `name_schedule`.
  init(_ settings: Settings, _ name: String) {
    initial = settings.real(name)
    schedule = Schedule(rawValue: settings.string("\(name)_schedule")) ?? .constant
  }

  func value(_ progress: Double) -> Double { initial * schedule.factor(progress) }
}
