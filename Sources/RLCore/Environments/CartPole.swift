import Schema

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

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
struct CartPole: Environment {
  let gravity: Double
  let massPole: Double
  let totalMass: Double
  /// Half the pole's length.
  let length: Double
  let forceMagnitude: Double
  let timeStep: Double
  let isSemiImplicit: Bool
  let positionThreshold: Double
  let angleThreshold: Double
  let rewardThreshold: Double?

  var position = 0.0
  var velocity = 0.0
  var angle = 0.0
  var angularVelocity = 0.0

  init(_ settings: Settings, rewardThreshold: Double) {
    gravity = settings.real("gravity")
    massPole = settings.real("masspole")
    totalMass = settings.real("masspole") + settings.real("masscart")
    length = settings.real("length")
    forceMagnitude = settings.real("force_mag")
    timeStep = settings.real("tau")
    isSemiImplicit = settings.string("kinematics_integrator") == "semi-implicit"
    positionThreshold = settings.real("x_threshold")
    angleThreshold = settings.real("theta_threshold_radians")
    self.rewardThreshold = rewardThreshold
  }

  var observationSpace: Space {
    // Twice the thresholds, so that the state in which an episode ends lies inside.
    let high = [2 * positionThreshold, .infinity, 2 * angleThreshold, .infinity]
    return .box(Space.Box(low: high.map { -$0 }, high: high))
  }
  var actionSpace: Space { .discrete(2) }
  var actionNames: [String] { ["left", "right"] }
  var observationNames: [String] {
    ["cart position (m)", "cart velocity (m/s)", "pole angle (rad)", "pole velocity (rad/s)"]
  }

  var state: [Double] { [position, velocity, angle, angularVelocity] }

  mutating func restore(state: [Double]) throws {
    guard state.count == 4, state.allSatisfy(\.isFinite) else {
      throw CoreError.invalidState(expected: "four finite numbers: x, x_dot, theta, theta_dot")
    }
    (position, velocity, angle, angularVelocity) = (state[0], state[1], state[2], state[3])
  }

  mutating func reset(using random: inout RandomSource) {
    position = random.uniform(in: -0.05...0.05)
    velocity = random.uniform(in: -0.05...0.05)
    angle = random.uniform(in: -0.05...0.05)
    angularVelocity = random.uniform(in: -0.05...0.05)
  }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    let force = action.choice == 1 ? forceMagnitude : -forceMagnitude
    let cosine = cos(angle)
    let sine = sin(angle)
    let poleMoment = massPole * length
    let push = (force + poleMoment * (angularVelocity * angularVelocity) * sine) / totalMass
    let angularAcceleration =
      (gravity * sine - cosine * push)
      / (length * (4.0 / 3.0 - massPole * (cosine * cosine) / totalMass))
    let acceleration = push - poleMoment * angularAcceleration * cosine / totalMass

    if isSemiImplicit {
      velocity += timeStep * acceleration
      position += timeStep * velocity
      angularVelocity += timeStep * angularAcceleration
      angle += timeStep * angularVelocity
    } else {
      position += timeStep * velocity
      velocity += timeStep * acceleration
      angle += timeStep * angularVelocity
      angularVelocity += timeStep * angularAcceleration
    }
    return (1, abs(position) > positionThreshold || abs(angle) > angleThreshold)
  }

  func observe(into observation: inout [Float]) {
    observation[0] = Float(position)
    observation[1] = Float(velocity)
    observation[2] = Float(angle)
    observation[3] = Float(angularVelocity)
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
