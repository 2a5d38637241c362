import Glibc
import RLCore
import Schema

extension Scene {
  /// What an environment looks like in a state, where it moves in space; nil for those that draw
  /// themselves as text or have no picture.
  ///
  /// - Parameters:
  ///   - state: the environment's own, as `e.state` gives it.
  ///   - action: what is done in it, if known: shown as a push.
  package static func of(_ instance: EnvironmentInstance, state: [Double], action: Action?)
    -> Scene?
  {
    guard state.allSatisfy(\.isFinite) else { return nil }
    let name = instance.name
    // Behind the task's own numbers come those of wrappers.
    func own(_ count: Int) -> [Double]? {
      state.count < count ? nil : Array(state.prefix(count))
    }
    if name.hasPrefix("CartPole-"), let state = own(4) {
      return cartPole(state, push: action?.choice.map { $0 == 0 ? -1 : 1 })
    }
    if name.hasPrefix("MountainCar"), let state = own(2) {
      let force = action?.choice.map { Double($0 - 1) } ?? action?.values.first
      return mountainCar(state, push: force)
    }
    if name.hasPrefix("Pendulum-"), let state = own(2) {
      return pendulum(state, length: instance.settings["l"]?.real ?? 1)
    }
    if name.hasPrefix("Acrobot-"), let state = own(4) {
      return acrobot(
        state, first: instance.settings["link_length_1"]?.real ?? 1,
        second: instance.settings["link_length_2"]?.real ?? 1)
    }
    return nil
  }

  /// The cart on its track with the two places where an episode ends, the pole at its angle.
  private static func cartPole(_ state: [Double], push: Double?) -> Scene {
    let (position, angle) = (state[0], state[2])
    let cart = (half: 0.25, height: 0.2)
    let tip = Point(position + sin(angle), cart.height + cos(angle))
    var shapes: [Shape] = [
      .line([Point(-2.65, 0), Point(2.65, 0)], thickness: 0.01, .hint),
      .line([Point(-2.4, 0), Point(-2.4, 0.12)], thickness: 0.01, .hint),
      .line([Point(2.4, 0), Point(2.4, 0.12)], thickness: 0.01, .hint),
      .rectangle(
        Point(position - cart.half, 0), width: 2 * cart.half, height: cart.height, .first),
      .line([Point(position, cart.height), tip], thickness: 0.07, .second),
    ]
    if let push {
      let side = position + push * cart.half
      shapes.append(
        .line([Point(side, 0.1), Point(side + push * 0.25, 0.1)], thickness: 0.04, .third))
    }
    return Scene(x: -2.65...2.65, y: -0.03...1.3, shapes)
  }

  /// The hills are Gymnasium's: 0.45 sin 3x + 0.55.
  private static func mountainCar(_ state: [Double], push: Double?) -> Scene {
    func height(_ x: Double) -> Double { 0.45 * sin(3 * x) + 0.55 }
    let hills = stride(from: -1.2, through: 0.6001, by: 0.03).map { Point($0, height($0)) }
    let car = Point(state[0], height(state[0]) + 0.05)
    var shapes: [Shape] = [
      .line(hills, thickness: 0.01, .hint),
      .line([Point(0.5, height(0.5)), Point(0.5, height(0.5) + 0.2)], thickness: 0.01, .good),
      .disc(car, radius: 0.05, .first),
    ]
    if let push, push != 0 {
      let end = Point(car.x + 0.15 * max(-1, min(1, push)), car.y + 0.08)
      shapes.append(.line([Point(car.x, car.y + 0.08), end], thickness: 0.02, .third))
    }
    return Scene(x: -1.2...0.6, y: 0...1.25, shapes)
  }

  /// Angle 0 stands upright.
  private static func pendulum(_ state: [Double], length: Double) -> Scene {
    let tip = Point(-length * sin(state[0]), length * cos(state[0]))
    let reach = 1.15 * length
    return Scene(
      x: -reach...reach, y: -reach...reach,
      [
        .line([Point(0, 0), tip], thickness: 0.12 * length, .first),
        .disc(Point(0, 0), radius: 0.05 * length, .second),
      ])
  }

  /// Both angles 0 hang down; the line is what the free end is to reach.
  private static func acrobot(_ state: [Double], first: Double, second: Double) -> Scene {
    let elbow = Point(first * sin(state[0]), -first * cos(state[0]))
    let both = state[0] + state[1]
    let hand = Point(elbow.x + second * sin(both), elbow.y - second * cos(both))
    let reach = 1.1 * (first + second)
    return Scene(
      x: -reach...reach, y: -reach...reach,
      [
        .line([Point(-reach, first), Point(reach, first)], thickness: 0.01, .good),
        .line([Point(0, 0), elbow], thickness: 0.1, .first),
        .line([elbow, hand], thickness: 0.1, .second),
        .disc(Point(0, 0), radius: 0.06, .hint),
      ])
  }
}
