import CKernels
import Schema

/// The car in a valley with an engine that takes any force up to its limit.
///
/// - Observation: position, velocity.
/// - Action: the engine's force from -1 to 1; more is cut to that.
/// - Reward: 100 at the goal, less a tenth of the squared action at every step.
/// - Start: position uniform in -0.6..-0.4, at rest.
/// - End: position `goal_position` reached with at least `goal_velocity`.
/// - Source: Moore, "Efficient Memory-based Learning for Robot Control", 1990; Gymnasium's
///   constants.
struct MountainCarContinuous: ValleyTask {
  let task: rlhs_mountain_car
  var motion = rlhs_mountain_car_state()

  init(_ settings: Settings) {
    task = rlhs_mountain_car(
      power: settings.real("power"), gravity: 0.0025,
      goal_position: settings.real("goal_position"),
      goal_velocity: settings.real("goal_velocity"))
  }

  var actionSpace: Space { .box(-1, 1, shape: [1]) }
  var rewardThreshold: Double? { 90 }
  var actionNames: [String] { ["force"] }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    let outcome = rlhs_mountain_car_continuous_step(task, &motion, action.values[0])
    return (outcome.reward, outcome.terminated)
  }

  func batch(count: Int) -> any EnvironmentBatch {
    let kernels = rlhs_kernels_in_use().pointee
    return KernelBatch(
      count: count, starts: valleyStarts, observationSize: 2, observe: kernels.observe_two
    ) { [task] actions, states, rewards, terminated in
      kernels.step_mountain_car_continuous(
        task, count, actions.values, states, rewards, terminated)
    }
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
