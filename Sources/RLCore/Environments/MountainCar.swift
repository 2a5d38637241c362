import CKernels
import Schema

/// A car in a valley, too weak to drive straight up the hill: it has to swing.
///
/// - Observation: position, velocity.
/// - Actions: 0 accelerates left, 1 coasts, 2 accelerates right.
/// - Reward: -1 for every step.
/// - Start: position uniform in -0.6..-0.4, at rest.
/// - End: position 0.5 reached with at least `goal_velocity`.
/// - Source: Moore, "Efficient Memory-based Learning for Robot Control", 1990; Gymnasium's
///   constants.
struct MountainCar: ValleyTask {
  let task: rlhs_mountain_car
  var motion = rlhs_mountain_car_state()

  init(_ settings: Settings) {
    task = rlhs_mountain_car(
      power: settings.real("force"), gravity: settings.real("gravity"), goal_position: 0.5,
      goal_velocity: settings.real("goal_velocity"))
  }

  var actionSpace: Space { .discrete(3) }
  var rewardThreshold: Double? { -110 }
  var actionNames: [String] { ["left", "coast", "right"] }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    let outcome = rlhs_mountain_car_step(task, &motion, Int32(action.choice ?? 1))
    return (outcome.reward, outcome.terminated)
  }

  func batch(count: Int) -> any EnvironmentBatch {
    let kernels = rlhs_kernels_in_use().pointee
    return KernelBatch(
      count: count, starts: valleyStarts, observationSize: 2, observe: kernels.observe_two
    ) { [task] actions, states, rewards, terminated in
      kernels.step_mountain_car(task, count, actions.choices, states, rewards, terminated)
    }
  }
}

/// What the two tasks with the car have in common: all but the action and the reward.
protocol ValleyTask: BatchEnvironment {
  var motion: rlhs_mountain_car_state { get set }
}

/// From where position and velocity start.
let valleyStarts: [ClosedRange<Double>?] = [-0.6...(-0.4), nil]

extension ValleyTask {
  var observationSpace: Space { .box(Space.Box(low: [-1.2, -0.07], high: [0.6, 0.07])) }
  var observationNames: [String] { ["position", "velocity"] }

  var state: [Double] { [motion.position, motion.velocity] }

  mutating func restore(state: [Double]) throws {
    guard state.count == 2, state.allSatisfy(\.isFinite) else {
      throw CoreError.invalidState(expected: "two finite numbers: position, velocity")
    }
    motion = rlhs_mountain_car_state(position: state[0], velocity: state[1])
  }

  mutating func reset(using random: inout RandomSource) {
    motion.position = random.start(in: valleyStarts[0])
    motion.velocity = random.start(in: valleyStarts[1])
  }

  func observe(into observation: inout [Float]) {
    observation[0] = Float(motion.position)
    observation[1] = Float(motion.velocity)
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
