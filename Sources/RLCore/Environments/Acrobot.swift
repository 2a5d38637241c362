import Schema

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

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
struct Acrobot: Environment {
  static let timeStep = 0.2
  static let gravity = 9.8
  static let maxVelocity1 = 4 * Double.pi
  static let maxVelocity2 = 9 * Double.pi

  let length1: Double
  let mass1: Double
  let mass2: Double
  let center1: Double
  let center2: Double
  let inertia: Double
  let torqueNoise: Double
  let isNIPS: Bool

  /// Angles and angular velocities of the two joints; rates of change have the same shape.
  struct Motion {
    var angle1 = 0.0
    var angle2 = 0.0
    var velocity1 = 0.0
    var velocity2 = 0.0

    /// `self` moved on along `rate` for `time`.
    func advanced(along rate: Motion, for time: Double) -> Motion {
      Motion(
        angle1: angle1 + time * rate.angle1, angle2: angle2 + time * rate.angle2,
        velocity1: velocity1 + time * rate.velocity1,
        velocity2: velocity2 + time * rate.velocity2)
    }
  }

  var motion = Motion()

  init(_ settings: Settings) {
    length1 = settings.real("link_length_1")
    mass1 = settings.real("link_mass_1")
    mass2 = settings.real("link_mass_2")
    center1 = settings.real("link_com_pos_1")
    center2 = settings.real("link_com_pos_2")
    inertia = settings.real("link_moi")
    torqueNoise = settings.real("torque_noise_max")
    isNIPS = settings.string("book_or_nips") == "nips"
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

  var state: [Double] { [motion.angle1, motion.angle2, motion.velocity1, motion.velocity2] }

  mutating func restore(state: [Double]) throws {
    guard state.count == 4, state.allSatisfy(\.isFinite) else {
      throw CoreError.invalidState(
        expected: "four finite numbers: theta1, theta2, theta1_dot, theta2_dot")
    }
    motion = Motion(
      angle1: state[0], angle2: state[1], velocity1: state[2], velocity2: state[3])
  }

  mutating func reset(using random: inout RandomSource) {
    motion.angle1 = random.uniform(in: -0.1...0.1)
    motion.angle2 = random.uniform(in: -0.1...0.1)
    motion.velocity1 = random.uniform(in: -0.1...0.1)
    motion.velocity2 = random.uniform(in: -0.1...0.1)
  }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    var torque = Double((action.choice ?? 1) - 1)
    if torqueNoise > 0 { torque += random.uniform(in: -torqueNoise...torqueNoise) }

    // One step of the classical Runge-Kutta method.
    let h = Self.timeStep
    let k1 = rate(of: motion, torque: torque)
    let k2 = rate(of: motion.advanced(along: k1, for: h / 2), torque: torque)
    let k3 = rate(of: motion.advanced(along: k2, for: h / 2), torque: torque)
    let k4 = rate(of: motion.advanced(along: k3, for: h), torque: torque)
    motion = motion.advanced(along: k1, for: h / 6).advanced(along: k2, for: h / 3)
      .advanced(along: k3, for: h / 3).advanced(along: k4, for: h / 6)

    motion.angle1 = wrapped(motion.angle1)
    motion.angle2 = wrapped(motion.angle2)
    motion.velocity1 = min(max(motion.velocity1, -Self.maxVelocity1), Self.maxVelocity1)
    motion.velocity2 = min(max(motion.velocity2, -Self.maxVelocity2), Self.maxVelocity2)

    let isAbove = -cos(motion.angle1) - cos(motion.angle1 + motion.angle2) > 1
    return (isAbove ? 0 : -1, isAbove)
  }

  /// The equations of motion, in the terms of Sutton and Barto's book. The angles' sines stand for
  /// the book's cosines of angles less a quarter turn.
  private func rate(of motion: Motion, torque: Double) -> Motion {
    let (omega1, omega2) = (motion.velocity1, motion.velocity2)
    let (sine2, cosine2) = (sin(motion.angle2), cos(motion.angle2))
    let coupling = mass2 * length1 * center2
    let d1 =
      mass1 * center1 * center1
      + mass2 * (length1 * length1 + center2 * center2 + 2 * length1 * center2 * cosine2)
      + 2 * inertia
    let d2 = mass2 * (center2 * center2 + length1 * center2 * cosine2) + inertia
    let phi2 = mass2 * center2 * Self.gravity * sin(motion.angle1 + motion.angle2)
    let phi1 =
      -coupling * omega2 * omega2 * sine2 - 2 * coupling * omega2 * omega1 * sine2
      + (mass1 * center1 + mass2 * length1) * Self.gravity * sin(motion.angle1) + phi2
    // The NIPS paper leaves out the centripetal term of the first link.
    let centripetal = isNIPS ? 0 : coupling * omega1 * omega1 * sine2
    let acceleration2 =
      (torque + d2 / d1 * phi1 - centripetal - phi2)
      / (mass2 * center2 * center2 + inertia - d2 * d2 / d1)
    let acceleration1 = -(d2 * acceleration2 + phi1) / d1
    return Motion(
      angle1: omega1, angle2: omega2, velocity1: acceleration1, velocity2: acceleration2)
  }

  /// The same angle within ±π.
  private func wrapped(_ angle: Double) -> Double {
    if abs(angle) <= .pi { return angle }
    return angle - 2 * .pi * ((angle + .pi) / (2 * .pi)).rounded(.down)
  }

  func observe(into observation: inout [Float]) {
    observation[0] = Float(cos(motion.angle1))
    observation[1] = Float(sin(motion.angle1))
    observation[2] = Float(cos(motion.angle2))
    observation[3] = Float(sin(motion.angle2))
    observation[4] = Float(motion.velocity1)
    observation[5] = Float(motion.velocity2)
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
