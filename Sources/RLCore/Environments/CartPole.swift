import CKernels
import Schema

/// A pole hinged on a cart that is pushed left or right along a track.
///
/// - Observation: cart position (m), cart velocity (m/s), pole angle (rad, 0 is upright), pole
///   angular velocity (rad/s).
/// - Actions: 0 pushes left, 1 pushes right, always with `force_mag`.
/// - Reward: 1 for every step, the last one too.
/// - Start: each of the four uniform in ±0.05.
/// - End: the cart leaves ±`x_threshold` or the pole ±`theta_threshold_radians`.
/// - Source: Barto, Sutton and Anderson, "Neuronlike Adaptive Elements That Can Solve Difficult
///   Learning Control Problems", 1983; Gymnasium's constants and order of integration.
struct CartPole: BatchEnvironment {
  private static let starts: [ClosedRange<Double>?] = Array(repeating: -0.05...0.05, count: 4)

  let task: rlhs_cart_pole
  let rewardThreshold: Double?

  private var motion = rlhs_cart_pole_state()

  init(_ settings: Settings, rewardThreshold: Double) {
    let massPole = settings.real("masspole")
    let length = settings.real("length")
    let totalMass = massPole + settings.real("masscart")
    task = rlhs_cart_pole(
      gravity: settings.real("gravity"), pole_share: massPole / totalMass,
      pole_moment_share: massPole * length / totalMass,
      force_share: settings.real("force_mag") / totalMass, length: length,
      time_step: settings.real("tau"), position_threshold: settings.real("x_threshold"),
      angle_threshold: settings.real("theta_threshold_radians"),
      semi_implicit: settings.string("kinematics_integrator") == "semi-implicit" ? 1 : 0)
    self.rewardThreshold = rewardThreshold
  }

  var observationSpace: Space {
    // Twice the thresholds, so that the state in which an episode ends lies inside.
    let high = [2 * task.position_threshold, .infinity, 2 * task.angle_threshold, .infinity]
    return .box(Space.Box(low: high.map { -$0 }, high: high))
  }
  var actionSpace: Space { .discrete(2) }
  var actionNames: [String] { ["left", "right"] }
  var observationNames: [String] {
    ["cart position (m)", "cart velocity (m/s)", "pole angle (rad)", "pole velocity (rad/s)"]
  }

  var state: [Double] { [motion.position, motion.velocity, motion.angle, motion.angular_velocity] }

  mutating func restore(state: [Double]) throws {
    guard state.count == 4, state.allSatisfy(\.isFinite) else {
      throw CoreError.invalidState(expected: "four finite numbers: x, x_dot, theta, theta_dot")
    }
    motion = rlhs_cart_pole_state(
      position: state[0], velocity: state[1], angle: state[2], angular_velocity: state[3])
  }

  mutating func reset(using random: inout RandomSource) {
    motion.position = random.start(in: Self.starts[0])
    motion.velocity = random.start(in: Self.starts[1])
    motion.angle = random.start(in: Self.starts[2])
    motion.angular_velocity = random.start(in: Self.starts[3])
  }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    let outcome = rlhs_cart_pole_step(task, &motion, Int32(action.choice ?? 0))
    return (outcome.reward, outcome.terminated)
  }

  func observe(into observation: inout [Float]) {
    observation[0] = Float(motion.position)
    observation[1] = Float(motion.velocity)
    observation[2] = Float(motion.angle)
    observation[3] = Float(motion.angular_velocity)
  }

  func batch(count: Int) -> any EnvironmentBatch {
    let kernels = rlhs_kernels_in_use().pointee
    return KernelBatch(
      count: count, starts: Self.starts, observationSize: 4, observe: kernels.observe_four
    ) { [task] actions, states, rewards, terminated in
      kernels.step_cart_pole(task, count, actions.choices, states, rewards, terminated)
    }
  }
}

extension EnvironmentKind {
  static let cartPoleV1 = cartPole("CartPole-v1", timeLimit: 500, rewardThreshold: 475)
  static let cartPoleV0 = cartPole("CartPole-v0", timeLimit: 200, rewardThreshold: 195)

  private static func cartPole(
    _ name: String, timeLimit: Int, rewardThreshold: Double
  ) -> EnvironmentKind {
    let declaration = Declaration(
      name: name,
      summary: "Balance a pole on a cart, \(timeLimit) steps at most.",
      parameters: [
        Parameter("gravity", .positiveReal, default: .setting(9.8), "Gravity (m/s²)."),
        Parameter("masscart", .positiveReal, default: .setting(1.0), "Mass of the cart (kg)."),
        Parameter("masspole", .positiveReal, default: .setting(0.1), "Mass of the pole (kg)."),
        Parameter("length", .positiveReal, default: .setting(0.5), "Half the pole's length (m)."),
        Parameter("force_mag", .positiveReal, default: .setting(10.0), "Force of a push (N)."),
        Parameter("tau", .positiveReal, default: .setting(0.02), "Seconds between two steps."),
        Parameter(
          "x_threshold", .positiveReal, default: .setting(2.4),
          "Cart position at which the episode ends (m)."),
        Parameter(
          "theta_threshold_radians", .positiveReal, default: .setting(.real(12 * 2 * .pi / 360)),
          "Pole angle at which the episode ends (rad)."),
        Parameter(
          "kinematics_integrator",
          .words([
            Word("euler", "Positions move with the old velocities."),
            Word("semi-implicit", "Positions move with the new velocities."),
          ]), default: .setting("euler"), "How motion is integrated."),
      ],
      examples: [Example("env \(name)"), Example("env \(name) gravity=3.7")],
      details: """
        Observation: cart position (m) and velocity (m/s), pole angle (rad) and angular velocity \
        (rad/s). Actions: 0 left, 1 right. Reward 1 a step. Starts uniformly within ±0.05; ends \
        when the cart or the pole leaves its threshold.
        """,
      source: "Barto, Sutton and Anderson 1983; Gymnasium CartPole")
    return EnvironmentKind(declaration, timeLimit: timeLimit) {
      CartPole($0, rewardThreshold: rewardThreshold)
    }
  }
}
