import Schema

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A car in a valley, too weak to drive straight up the hill: it has to swing.
///
/// - Observation: position, velocity.
/// - Actions: 0 accelerates left, 1 coasts, 2 accelerates right.
/// - Reward: -1 for every step.
/// - Start: position uniform in -0.6..-0.4, at rest.
/// - End: position 0.5 reached with at least `goal_velocity`.
/// - Source: Moore, "Efficient Memory-based Learning for Robot Control", 1990; Gymnasium's
///   constants.
struct MountainCar: Environment {
  static let positions = -1.2...0.6
  static let maxSpeed = 0.07
  static let goalPosition = 0.5

  let force: Double
  let gravity: Double
  let goalVelocity: Double

  var position = 0.0
  var velocity = 0.0

  init(_ settings: Settings) {
    force = settings.real("force")
    gravity = settings.real("gravity")
    goalVelocity = settings.real("goal_velocity")
  }

  var observationSpace: Space {
    .box(
      Space.Box(
        low: [Self.positions.lowerBound, -Self.maxSpeed],
        high: [Self.positions.upperBound, Self.maxSpeed]))
  }
  var actionSpace: Space { .discrete(3) }
  var rewardThreshold: Double? { -110 }
  var actionNames: [String] { ["left", "coast", "right"] }
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
    velocity += Double((action.choice ?? 1) - 1) * force + cos(3 * position) * -gravity
    velocity = min(max(velocity, -Self.maxSpeed), Self.maxSpeed)
    position += velocity
    position = min(max(position, Self.positions.lowerBound), Self.positions.upperBound)
    // The left wall takes all speed.
    if position == Self.positions.lowerBound && velocity < 0 { velocity = 0 }
    return (-1, position >= Self.goalPosition && velocity >= goalVelocity)
  }

  func observe(into observation: inout [Float]) {
    observation[0] = Float(position)
    observation[1] = Float(velocity)
  }
}

extension EnvironmentKind {
  static let mountainCar = EnvironmentKind(
    Declaration(
      name: "MountainCar-v0",
      summary: "Swing a weak car out of a valley, 200 steps at most.",
      parameters: [
        Parameter("force", .positiveReal, default: .setting(0.001), "Acceleration by the engine."),
        Parameter("gravity", .positiveReal, default: .setting(0.0025), "Pull along the slope."),
        Parameter(
          "goal_velocity", .real(from: 0), default: .setting(0.0),
          "Velocity needed at the goal."),
      ],
      examples: [Example("env MountainCar-v0")],
      details: """
        Observation: position and velocity. Actions: 0 left, 1 coast, 2 right. Reward -1 a step. \
        Starts at rest between -0.6 and -0.4; ends at position 0.5.
        """,
      source: "Moore 1990; Gymnasium MountainCar"),
    timeLimit: 200
  ) { MountainCar($0) }
}
