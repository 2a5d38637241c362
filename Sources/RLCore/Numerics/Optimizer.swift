/// One of the optimizers that a setting chooses from, for one buffer of weights.
struct Optimizer: Sendable {
  enum Rule: Sendable, Equatable {
    case adam(epsilon: Double)
    case rmsProp(epsilon: Double)
  }

  // One of the two is there. Two optionals rather than an enum: a payload cannot be changed in
  // place, and copying it would copy the moments at each step.
  private var adam: Adam?
  private var rmsProp: RMSProp?

  init(_ rule: Rule, parameterCount: Int) {
    switch rule {
    case .adam(let epsilon): adam = Adam(parameterCount: parameterCount, epsilon: epsilon)
    case .rmsProp(let epsilon):
      rmsProp = RMSProp(parameterCount: parameterCount, epsilon: Float(epsilon))
    }
  }

  /// Takes one step down the gradient times `gradientScale`.
  mutating func update(
    _ weights: inout [Float], gradient: [Float], learningRate: Double, gradientScale: Float = 1
  ) {
    adam?.update(
      &weights, gradient: gradient, learningRate: learningRate, gradientScale: gradientScale)
    rmsProp?.update(
      &weights, gradient: gradient, learningRate: learningRate, gradientScale: gradientScale)
  }

  /// Adds its state under names that begin with `name`.
  func save(to archive: inout StateArchive, name: String) {
    adam?.save(to: &archive, name: name)
    if let rmsProp { archive.add("\(name)/square_mean", rmsProp.squareMean) }
  }

  /// Takes back what `save` wrote.
  mutating func restore(from archive: StateArchive, name: String) throws(CoreError) {
    try adam?.restore(from: archive, name: name)
    if let count = rmsProp?.squareMean.count {
      rmsProp?.squareMean = try archive.floats("\(name)/square_mean", count: count)
    }
  }
}

extension Adam {
  /// Adds its state under names that begin with `name`.
  func save(to archive: inout StateArchive, name: String) {
    archive.add("\(name)/first_moment", firstMoment)
    archive.add("\(name)/second_moment", secondMoment)
    archive.add("\(name)/step", [step])
  }

  /// Takes back what `save` wrote.
  mutating func restore(from archive: StateArchive, name: String) throws(CoreError) {
    let count = firstMoment.count
    let step = try archive.integers("\(name)/step", count: 1)[0]
    guard StateArchive.counts.contains(step) else {
      throw .damagedArchive(reason: "a counter of \(name) is out of range")
    }
    self = Adam(
      firstMoment: try archive.floats("\(name)/first_moment", count: count),
      secondMoment: try archive.floats("\(name)/second_moment", count: count), step: step,
      beta1: beta1, beta2: beta2, epsilon: epsilon)
  }
}
