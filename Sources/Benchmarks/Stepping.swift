import RLCore
import Schema

/// Steps a second of the processor of every environment, 64 copies of it at once and one alone, with
/// random actions: each name with its rates, a line an environment, for `stepping.py` to read.
func benchmarkStepping(_ names: [String]) {
  let all = Environments.all.map(\.declaration.name)
  for name in names.isEmpty ? all : names {
    let vector = steppingRate(name, copies: 64)
    let wide = steppingRate(name, copies: 1024)
    let alone = aloneRate(name)
    print("\(name) \(Int(vector)) \(Int(wide)) \(Int(alone))")
  }
}

/// The best of some rounds: what other programs do only makes it slower.
private func best(of rounds: Int, _ rate: () -> Double) -> Double {
  (0..<rounds).map { _ in rate() }.max()!
}

private func steppingRate(_ name: String, copies: Int) -> Double {
  do {
    let instance = try EnvironmentInstance(named: name)
    var vector = try VectorEnvironment(instance, count: copies, seed: 1)
    var actions = Actions(in: instance.actionSpace, count: copies)
    var sampler = ActionSampler(
      in: instance.actionSpace, count: copies, stream: RandomSource(seed: 1))
    let steps = 200_000 / copies
    return best(of: 9) {
      let start = processorSeconds()
      for _ in 0..<steps {
        sampler.draw(into: &actions)
        try! vector.step(actions)
      }
      return Double(steps * copies) / (processorSeconds() - start)
    }
  } catch {
    preconditionFailure("\(name) cannot be stepped: \(error)")
  }
}

private func aloneRate(_ name: String) -> Double {
  do {
    var instance = try EnvironmentInstance(named: name)
    var actions = RandomSource(seed: 1)
    let steps = 100_000
    return best(of: 9) {
      let start = processorSeconds()
      for _ in 0..<steps {
        if instance.needsReset { try! instance.reset() }
        _ = try! instance.advance(instance.actionSpace.sample(using: &actions))
      }
      return Double(steps) / (processorSeconds() - start)
    }
  } catch {
    preconditionFailure("\(name) cannot be stepped: \(error)")
  }
}
