import Schema

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The car in a valley with an engine that takes any force up to its limit.
///
/// - Observation: position, velocity.
/// - Action: the engine's force from -1 to 1; more is cut to that.
/// - Reward: 100 at the goal, less a tenth of the squared action at every step.
/// - Start: position uniform in -0.6..-0.4, at rest.
/// - End: position `goal_position` reached with at least `goal_velocity`.
/// - Source: Moore, "Efficient Memory-based Learning for Robot Control", 1990; Gymnasium's
///   constants.
struct MountainCarContinuous: Environment {
  static let positions = -1.2...0.6
  static let maxSpeed = 0.07
  static let gravity = 0.0025

  let power: Double
  let goalPosition: Double
  let goalVelocity: Double

  var position = 0.0
  var velocity = 0.0

  init(_ settings: Settings) {
    power = settings.real("power")
    goalPosition = settings.real("goal_position")
    goalVelocity = settings.real("goal_velocity")
  }

  var observationSpace: Space {
    .box(
      Space.Box(
        low: [Self.positions.lowerBound, -Self.maxSpeed],
        high: [Self.positions.upperBound, Self.maxSpeed]))
  }
  var actionSpace: Space { .box(-1, 1, shape: [1]) }
  var rewardThreshold: Double? { 90 }
  var actionNames: [String] { ["force"] }
  var observationNames: [String] { ["position", "velocity"] }

  var state: [Double] { [position, velocity] }

  mutating func restore(state: [Double]) throws {
    guard state.count == 2, state.allSatisfy(\.isFinite) else {
      throw CoreError.invalidState(expected: "two finite numbers: position, velocity")
    }
    (position, velocity) = (state[0], state[1])
  }

  mutating func reset(using random: inout RandomSource) {
    position = random.uniform(in: -0.6...(-0.4))
    velocity = 0
  }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    let throttle = action.values[0]
    velocity += min(max(throttle, -1), 1) * power - Self.gravity * cos(3 * position)
    velocity = min(max(velocity, -Self.maxSpeed), Self.maxSpeed)
    position += velocity
    position = min(max(position, Self.positions.lowerBound), Self.positions.upperBound)
    // The left wall takes all speed.
    if position == Self.positions.lowerBound && velocity < 0 { velocity = 0 }
    let isAtGoal = position >= goalPosition && velocity >= goalVelocity
    return ((isAtGoal ? 100 : 0) - 0.1 * throttle * throttle, isAtGoal)
  }

  func observe(into observation: inout [Float]) {
    observation[0] = Float(position)
    observation[1] = Float(velocity)
  }
}

extension EnvironmentKind {
  static let mountainCarContinuous = EnvironmentKind(
    Declaration(
      name: "MountainCarContinuous-v0",
      summary: "Swing a weak car out of a valley with little force, 999 steps at most.",
      parameters: [
        Parameter("power", .positiveReal, default: .setting(0.0015), "Acceleration at force 1."),
        Parameter(
          "goal_position", .real(-1.2...0.6), default: .setting(0.45), "Where the goal lies."),
        Parameter(
          "goal_velocity", .real(from: 0), default: .setting(0.0),
          "Velocity needed at the goal."),
      ],
      examples: [Example("env MountainCarContinuous-v0")],
      details: """
        Observation: position and velocity. Action: a force from -1 to 1. Reward 100 at the goal, \
        less 0.1 times the squared action at every step. Starts at rest between -0.6 and -0.4; \
        ends at `goal_position`.
        """,
      source: "Moore 1990; Gymnasium MountainCarContinuous"),
    timeLimit: 999
  ) { MountainCarContinuous($0) }
}
