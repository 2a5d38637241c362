import RLCore

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Pushes under the pole before it falls.
func cartPoleExpert(_ seen: [Float]) -> Action {
  .discrete(seen[2] + 0.5 * seen[3] + 0.05 * seen[1] > 0 ? 1 : 0)
}

/// Always pushes the way the car goes.
func mountainCarDemonstration(seed: Int) throws -> Episode {
  var instance = try EnvironmentInstance(named: "MountainCar-v0", seed: seed)
  try instance.reset()
  var episode = Episode(startingIn: instance)
  while !instance.needsReset {
    let action = Action.discrete(instance.observation[1] >= 0 ? 2 : 0)
    let step = try instance.step(action)
    episode.append(
      action, reward: step.reward, terminated: step.terminated, truncated: step.truncated,
      in: instance)
  }
  return episode
}

/// The values of MountainCar by value iteration on a grid, interpolated.
struct MountainCarOptimum {
  private static let size = 121
  private var values = Array(repeating: 0.0, count: size * size)

  init() {
    for _ in 0..<400 {
      var change = 0.0
      for cell in values.indices {
        let (position, velocity) = Self.state(cell)
        let best =
          position >= 0.5 ? 0 : (0..<3).map { value(position, velocity, $0) }.max()!
        change = max(change, abs(best - values[cell]))
        values[cell] = best
      }
      if change < 1e-3 { return }
    }
  }

  private static func state(_ cell: Int) -> (Double, Double) {
    let share = (Double(cell / size) / Double(size - 1), Double(cell % size) / Double(size - 1))
    return (-1.2 + 1.8 * share.0, -0.07 + 0.14 * share.1)
  }

  /// What an action brings: -1 and what follows.
  func value(_ position: Double, _ velocity: Double, _ action: Int) -> Double {
    var velocity =
      velocity + Double(action - 1) * 0.001 - 0.0025 * cos(3 * position)
    velocity = min(max(velocity, -0.07), 0.07)
    let next = min(max(position + velocity, -1.2), 0.6)
    if next <= -1.2 && velocity < 0 { velocity = 0 }
    return next >= 0.5 && velocity >= 0 ? -1 : -1 + interpolated(next, velocity)
  }

  func interpolated(_ position: Double, _ velocity: Double) -> Double {
    let last = Double(Self.size - 1)
    let (x, y) = ((position + 1.2) / 1.8 * last, (velocity + 0.07) / 0.14 * last)
    let (row, column) = (min(Int(x), Self.size - 2), min(Int(y), Self.size - 2))
    let (dx, dy) = (x - Double(row), y - Double(column))
    func at(_ i: Int, _ j: Int) -> Double { values[(row + i) * Self.size + column + j] }
    let lower: Double = (1 - dy) * at(0, 0) + dy * at(0, 1)
    let upper: Double = (1 - dy) * at(1, 0) + dy * at(1, 1)
    return (1 - dx) * lower + dx * upper
  }

  /// 1 for the best action, -1 for another.
  func advantageSign(_ observation: [Float], _ action: Action) -> Double {
    let all = (0..<3).map { value(Double(observation[0]), Double(observation[1]), $0) }
    return all[action.choice ?? 0] >= all.max()! - 1e-6 ? 1 : -1
  }
}
