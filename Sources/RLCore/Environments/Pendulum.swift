import CKernels
import Schema

/// A pendulum whose motor is too weak to lift it at once: swing it up and hold it there.
///
/// - Observation: cosine and sine of the angle (0 is upright), angular velocity (rad/s).
/// - Action: the torque (N m) within ±`max_torque`; more is cut to that.
/// - Reward: -(angle² + 0.1 velocity² + 0.001 torque²), the angle taken within ±π: from about -16.3
///   to 0.
/// - Start: angle uniform in ±π, velocity in ±1.
/// - End: never; the time limit cuts.
/// - Source: Gymnasium's Pendulum, its constants and order of integration.
struct Pendulum: BatchEnvironment {
  private static let starts: [ClosedRange<Double>?] = [-.pi...(.pi), -1...1]

  let task: rlhs_pendulum

  /// Its angle is not wrapped: it counts the turns.
  private var motion = rlhs_pendulum_state()

  init(_ settings: Settings) {
    let (mass, length) = (settings.real("m"), settings.real("l"))
    task = rlhs_pendulum(
      gravity_term: 3 * settings.real("g") / (2 * length),
      torque_term: 3 / (mass * length * length), time_step: settings.real("dt"),
      max_torque: settings.real("max_torque"), max_speed: settings.real("max_speed"))
  }

  var observationSpace: Space {
    .box(Space.Box(low: [-1, -1, -task.max_speed], high: [1, 1, task.max_speed]))
  }
  var actionSpace: Space { .box(-task.max_torque, task.max_torque, shape: [1]) }
  var actionNames: [String] { ["torque (N m)"] }
  var observationNames: [String] { ["cos angle", "sin angle", "angular velocity (rad/s)"] }

  var state: [Double] { [motion.angle, motion.velocity] }

  mutating func restore(state: [Double]) throws {
    guard state.count == 2, state.allSatisfy(\.isFinite) else {
      throw CoreError.invalidState(expected: "two finite numbers: theta, theta_dot")
    }
    motion = rlhs_pendulum_state(angle: state[0], velocity: state[1])
  }

  mutating func reset(using random: inout RandomSource) {
    motion.angle = random.start(in: Self.starts[0])
    motion.velocity = random.start(in: Self.starts[1])
  }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    let outcome = rlhs_pendulum_step(task, &motion, action.values[0])
    return (outcome.reward, outcome.terminated)
  }

  func observe(into observation: inout [Float]) {
    let arm = rlhs_rotation(motion.angle)
    observation[0] = Float(arm.cosine)
    observation[1] = Float(arm.sine)
    observation[2] = Float(motion.velocity)
  }

  func batch(count: Int) -> any EnvironmentBatch {
    let kernels = rlhs_kernels_in_use().pointee
    return KernelBatch(
      count: count, starts: Self.starts, observationSize: 3, observe: kernels.observe_pendulum
    ) { [task] actions, states, rewards, terminated in
      kernels.step_pendulum(task, count, actions.values, states, rewards, terminated)
    }
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
