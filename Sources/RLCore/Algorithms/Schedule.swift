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
      ]), default: .setting(.string(word.rawValue)),
      "How \(name) changes over total_steps where it is a number; a list or function says that itself."
    )
  }
}

/// A setting with its schedule: one number, or several that lie evenly over `total_steps`, with
/// straight lines between them.
///
/// A function of progress is given as its values at many points: data, which is saved, hashed and
/// restored exactly, where a function is not.
package struct Scheduled: Sendable {
  /// At least one, as `check` sees to.
  private let points: [Double]
  private let schedule: Schedule

  /// The points that a function of progress is tabulated at: 0, 0.001, and so on to 1.
  package static let progressPoints = (0...1000).map { Double($0) / 1000 }

  /// The setting `name`, by `name_schedule` where it is a plain number.
  init(_ settings: Settings, _ name: String) {
    if let values = settings[name]?.list?.compactMap(\.real) {
      // What changes by itself is meant as it is given.
      (points, schedule) = (values, .constant)
    } else {
      points = [settings.real(name)]
      schedule = Schedule(rawValue: settings.string("\(name)_schedule")) ?? .constant
    }
  }

  /// - Parameter progress: steps over total steps. Beyond 1 the last value holds.
  func value(_ progress: Double) -> Double {
    let place = min(max(progress, 0), 1) * Double(points.count - 1)
    let index = Int(place)
    var value = points[index]
    if index + 1 < points.count {
      value += (place - Double(index)) * (points[index + 1] - value)
    }
    return value * schedule.factor(progress)
  }

  /// Refuses values of a schedule that are never above 0: nothing would be learned.
  ///
  /// - Throws: `invalidSetting`.
  static func check(_ name: String, _ value: Setting?, in settings: Settings) throws(CoreError) {
    guard settings["\(name)_schedule"] != nil, let value, let values = value.list else { return }
    if values.contains(where: { $0.real ?? 0 > 0 }) { return }
    throw .invalidSetting(
      name: name, value: value, expected: "values of which at least one is above 0")
  }

  /// A number above 0, a function of progress from 0 to 1, or a list of its values.
  static let domain = Domain.either([.positiveReal, .function(1), .list(of: .real(from: 0))])
}
