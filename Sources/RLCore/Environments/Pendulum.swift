import Schema

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A pendulum whose motor is too weak to lift it at once: swing it up and hold it there.
///
/// - Observation: cosine and sine of the angle (0 is upright), angular velocity (rad/s).
/// - Action: the torque (N m) within ±`max_torque`; more is cut to that.
/// - Reward: -(angle² + 0.1 velocity² + 0.001 torque²), the angle taken within ±π: from about -16.3
///   to 0.
/// - Start: angle uniform in ±π, velocity in ±1.
/// - End: never; the time limit cuts.
/// - Source: Gymnasium's Pendulum, its constants and order of integration.
struct Pendulum: Environment {
  let gravity: Double
  let mass: Double
  let length: Double
  let timeStep: Double
  let maxTorque: Double
  let maxSpeed: Double

  /// Not wrapped: it counts the turns.
  var angle = 0.0
  var velocity = 0.0

  init(_ settings: Settings) {
    gravity = settings.real("g")
    mass = settings.real("m")
    length = settings.real("l")
    timeStep = settings.real("dt")
    maxTorque = settings.real("max_torque")
    maxSpeed = settings.real("max_speed")
  }

  var observationSpace: Space {
    .box(Space.Box(low: [-1, -1, -maxSpeed], high: [1, 1, maxSpeed]))
  }
  var actionSpace: Space { .box(-maxTorque, maxTorque, shape: [1]) }
  var actionNames: [String] { ["torque (N m)"] }
  var observationNames: [String] { ["cos angle", "sin angle", "angular velocity (rad/s)"] }

  var state: [Double] { [angle, velocity] }

  mutating func restore(state: [Double]) throws {
    guard state.count == 2, state.allSatisfy(\.isFinite) else {
      throw CoreError.invalidState(expected: "two finite numbers: theta, theta_dot")
    }
    (angle, velocity) = (state[0], state[1])
  }

  mutating func reset(using random: inout RandomSource) {
    angle = random.uniform(in: -.pi...(.pi))
    velocity = random.uniform(in: -1...1)
  }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    let torque = min(max(action.values[0], -maxTorque), maxTorque)
    // Whole turns off: the angle from upright, within ±π.
    let turns = ((angle + .pi) / (2 * .pi)).rounded(.down)
    let upright = angle - 2 * .pi * turns
    let cost = upright * upright + 0.1 * velocity * velocity + 0.001 * torque * torque

    let acceleration =
      3 * gravity / (2 * length) * sin(angle) + 3 / (mass * length * length) * torque
    velocity = min(max(velocity + acceleration * timeStep, -maxSpeed), maxSpeed)
    angle += velocity * timeStep
    return (-cost, false)
  }

  func observe(into observation: inout [Float]) {
    observation[0] = Float(cos(angle))
    observation[1] = Float(sin(angle))
    observation[2] = Float(velocity)
  }
}

extension EnvironmentKind {
  static let pendulum = EnvironmentKind(
    Declaration(
      name: "Pendulum-v1",
      summary: "Swing a pendulum up and hold it, 200 steps.",
      parameters: [
        Parameter("g", .real, default: .setting(10.0), "Gravity (m/s²)."),
        Parameter("m", .positiveReal, default: .setting(1.0), "Mass (kg)."),
        Parameter("l", .positiveReal, default: .setting(1.0), "Length (m)."),
        Parameter("dt", .positiveReal, default: .setting(0.05), "Seconds between two steps."),
        Parameter("max_torque", .positiveReal, default: .setting(2.0), "Strongest torque (N m)."),
        Parameter(
          "max_speed", .positiveReal, default: .setting(8.0), "Fastest rotation (rad/s)."),
      ],
      examples: [Example("env Pendulum-v1"), Example("env Pendulum-v1 g=9.81")],
      details: """
        Observation: cosine and sine of the angle (0 is upright) and angular velocity (rad/s). \
        Action: a torque within ±`max_torque`. Reward -(angle² + 0.1 velocity² + 0.001 torque²) a \
        step. Starts at any angle with a velocity within ±1; never ends by itself.
        """,
      source: "Gymnasium Pendulum"),
    timeLimit: 200
  ) { Pendulum($0) }
}
