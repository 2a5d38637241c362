import CKernels
import Schema

/// Two links hanging from a pivot with a motor at the joint between them: swing the free end above
/// a line one link over the pivot.
///
/// - Observation: cosine and sine of both joint angles (0 hangs down; the second is relative to
///   the first), both angular velocities (rad/s).
/// - Actions: 0, 1, 2 apply the torque -1, 0, 1 (N m) at the joint.
/// - Reward: -1 for every step, 0 for the one that reaches the line.
/// - Start: all four numbers of the state uniform in ±0.1.
/// - End: the free end is above the line.
/// - Source: Sutton, "Generalization in Reinforcement Learning: Successful Examples Using Sparse
///   Coarse Coding", 1996; Sutton and Barto's equations of motion; Gymnasium's constants.
struct Acrobot: BatchEnvironment {
  static let maxVelocity1 = 4 * Double.pi
  static let maxVelocity2 = 9 * Double.pi
  private static let starts: [ClosedRange<Double>?] = Array(repeating: -0.1...0.1, count: 4)

  let task: rlhs_acrobot
  let torqueNoise: Double

  private var motion = rlhs_acrobot_state()

  init(_ settings: Settings) {
    task = rlhs_acrobot(
      length_1: settings.real("link_length_1"), mass_1: settings.real("link_mass_1"),
      mass_2: settings.real("link_mass_2"), center_1: settings.real("link_com_pos_1"),
      center_2: settings.real("link_com_pos_2"), inertia: settings.real("link_moi"),
      centripetal: settings.string("book_or_nips") == "nips" ? 0 : 1)
    torqueNoise = settings.real("torque_noise_max")
  }

  var observationSpace: Space {
    let high = [1, 1, 1, 1, Self.maxVelocity1, Self.maxVelocity2]
    return .box(Space.Box(low: high.map { -$0 }, high: high))
  }
  var actionSpace: Space { .discrete(3) }
  var rewardThreshold: Double? { -100 }
  var actionNames: [String] { ["torque -1", "torque 0", "torque 1"] }
  var observationNames: [String] {
    [
      "cos angle 1", "sin angle 1", "cos angle 2", "sin angle 2", "velocity 1 (rad/s)",
      "velocity 2 (rad/s)",
    ]
  }

  var state: [Double] { [motion.angle_1, motion.angle_2, motion.velocity_1, motion.velocity_2] }

  mutating func restore(state: [Double]) throws {
    guard state.count == 4, state.allSatisfy(\.isFinite) else {
      throw CoreError.invalidState(
        expected: "four finite numbers: theta1, theta2, theta1_dot, theta2_dot")
    }
    motion = rlhs_acrobot_state(
      angle_1: state[0], angle_2: state[1], velocity_1: state[2], velocity_2: state[3])
  }

  mutating func reset(using random: inout RandomSource) {
    motion.angle_1 = random.start(in: Self.starts[0])
    motion.angle_2 = random.start(in: Self.starts[1])
    motion.velocity_1 = random.start(in: Self.starts[2])
    motion.velocity_2 = random.start(in: Self.starts[3])
  }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    var torque = Double((action.choice ?? 1) - 1)
    if torqueNoise > 0 { torque += random.uniform(in: -torqueNoise...torqueNoise) }
    let outcome = rlhs_acrobot_step(task, &motion, torque)
    return (outcome.reward, outcome.terminated)
  }

  func observe(into observation: inout [Float]) {
    let first = rlhs_rotation(motion.angle_1)
    let second = rlhs_rotation(motion.angle_2)
    observation[0] = Float(first.cosine)
    observation[1] = Float(first.sine)
    observation[2] = Float(second.cosine)
    observation[3] = Float(second.sine)
    observation[4] = Float(motion.velocity_1)
    observation[5] = Float(motion.velocity_2)
  }

  func batch(count: Int) -> any EnvironmentBatch {
    // Noise comes from each copy's own stream.
    if torqueNoise > 0 { return CopyBatch(self, count: count) }
    let kernels = rlhs_kernels_in_use().pointee
    return KernelBatch(
      count: count, starts: Self.starts, observationSize: 6, observe: kernels.observe_acrobot
    ) { [task] actions, states, rewards, terminated in
      kernels.step_acrobot(task, count, actions.choices, states, rewards, terminated)
    }
  }
}

extension EnvironmentKind {
  static let acrobot = EnvironmentKind(
    Declaration(
      name: "Acrobot-v1",
      summary: "Swing the end of a double pendulum over a line, 500 steps at most.",
      parameters: [
        Parameter(
          "link_length_1", .positiveReal, default: .setting(1.0), "Length of link 1 (m)."),
        Parameter("link_mass_1", .positiveReal, default: .setting(1.0), "Mass of link 1 (kg)."),
        Parameter("link_mass_2", .positiveReal, default: .setting(1.0), "Mass of link 2 (kg)."),
        Parameter(
          "link_com_pos_1", .positiveReal, default: .setting(0.5),
          "Where link 1 has its centre of mass (m)."),
        Parameter(
          "link_com_pos_2", .positiveReal, default: .setting(0.5),
          "Where link 2 has its centre of mass (m)."),
        Parameter(
          "link_moi", .positiveReal, default: .setting(1.0), "Both links' inertia (kg m²)."),
        Parameter(
          "torque_noise_max", .real(from: 0), default: .setting(0.0),
          "Noise added to the torque, at most (N m)."),
        Parameter(
          "book_or_nips",
          .words([
            Word("book", "Sutton and Barto's equations."),
            Word("nips", "Those of the 1996 paper, which lack a term."),
          ]), default: .setting("book"), "Which equations of motion hold."),
      ],
      examples: [Example("env Acrobot-v1")],
      details: """
        Observation: cosine and sine of the two joint angles, the two angular velocities (rad/s). \
        Actions: torque -1, 0 or 1 at the middle joint. Reward -1 a step, 0 for the last. Starts \
        hanging, all within ±0.1; ends when the free end is one link above the pivot.
        """,
      source: "Sutton 1996; Sutton and Barto; Gymnasium Acrobot"),
    timeLimit: 500
  ) { Acrobot($0) }
}
