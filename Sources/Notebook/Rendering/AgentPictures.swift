import Language
import RLCore

extension AgentHandle {
  /// The greatest action value in each cell of a grid world, with the greedy action's arrow.
  ///
  /// - Throws: where the environment is no grid whose cells are its observations.
  func gridMap(withPolicy: Bool) throws -> HeatMap {
    let instance = core.environment
    let map = instance.environment.picture
    guard case .discrete(let count) = instance.observationSpace, let first = map.first,
      first.count * map.count == count
    else {
      throw RunError(
        .command, "\(instance.name) is no grid whose cells are its observations",
        hint: "`plot \(name) show=actions` shows what is thought of the present state")
    }
    let arrows = ["up": "↑", "right": "→", "down": "↓", "left": "←"]
    let names = instance.environment.actionNames
    var values: [[Double?]] = []
    var signs: [[String]] = []
    for row in map.indices {
      let predictions = try (0..<first.count).map { column in
        try core.predict([Float(row * first.count + column)])
      }
      values.append(predictions.map { $0.values.max().map(Double.init) })
      signs.append(
        predictions.map { prediction in
          guard withPolicy, let choice = prediction.action.choice else { return "" }
          let name = names.indices.contains(choice) ? names[choice] : "\(choice)"
          return arrows[name] ?? name
        })
    }
    let walls = Array(map.joined())
    for cell in walls.indices where walls[cell] == "#" {
      values[cell / first.count][cell % first.count] = nil
    }
    return HeatMap(
      title: "\(name): greatest value\(withPolicy ? ", greedy action" : "") of each cell",
      values: values, signs: withPolicy ? signs : [])
  }

  /// The value of each action, or its probability, in the environment's present state.
  func actionBars(in environment: EnvironmentHandle) throws -> Bars {
    let instance = environment.instance
    let prediction = try core.predict(instance.observation)
    let isValued = prediction.values.count > 1
    let numbers = isValued ? prediction.values : prediction.probabilities
    guard !numbers.isEmpty else {
      throw RunError(.command, "\(core.algorithmName) gives no value to each action")
    }
    let names = instance.environment.actionNames
    return Bars(
      title: "\(name): \(isValued ? "value" : "probability") of each action",
      labels: numbers.indices.map { names.indices.contains($0) ? names[$0] : "\($0)" },
      values: numbers.map(Double.init))
  }
}

extension Chart {
  /// The loss while learning.
  static func losses(of history: TrainingHistory, title: String) -> Chart {
    Chart(
      title: title, xLabel: "steps",
      series: [Series("loss", history.losses.map { Point(Double($0.step), $0.value) })])
  }
}
