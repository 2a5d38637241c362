import Schema

/// The optimizer that the setting `optimizer` chooses, for one buffer of weights.
struct Optimizer: Sendable {
  /// What a step is made by.
  enum Rule: String, Sendable, CaseIterable {
    case adam
    case adamw
    case rmsprop
    case sgd

    var summary: String {
      switch self {
      case .adam: "Kingma and Ba 2015."
      case .adamw: "Adam that also shrinks weights: Loshchilov and Hutter 2019."
      case .rmsprop: "Tieleman and Hinton 2012, without momentum."
      case .sgd: "Plainly down the gradient, without momentum."
      }
    }
  }

  // One of the two is there, or neither for plain descent. Two optionals rather than an enum: a
  // payload cannot be changed in place, and copying it would copy the moments at each step.
  private var adam: Adam?
  private var rmsProp: RMSProp?
  /// Share of a weight that one step takes away, over the learning rate.
  private let weightDecay: Double

  /// - Parameter epsilon: added to the divisor by all rules that have one.
  init(_ rule: Rule, parameterCount: Int, epsilon: Double = 1e-8, weightDecay: Double = 0) {
    switch rule {
    case .adam, .adamw: adam = Adam(parameterCount: parameterCount, epsilon: epsilon)
    case .rmsprop: rmsProp = RMSProp(parameterCount: parameterCount, epsilon: Float(epsilon))
    case .sgd: break
    }
    self.weightDecay = rule == .adamw ? weightDecay : 0
  }

  /// The optimizer that an algorithm's settings choose.
  init(_ settings: Settings, parameterCount: Int, epsilon: Double = 1e-8) {
    self.init(
      Rule(rawValue: settings.string("optimizer")) ?? .adam, parameterCount: parameterCount,
      epsilon: epsilon, weightDecay: settings.real("weight_decay"))
  }

  /// Settings by which its state is laid out.
  static let fixedSettings = ["optimizer", "weight_decay"]

  /// Takes one step down the gradient.
  ///
  /// - Parameter maximumNorm: a longer gradient is scaled to this length, as PyTorch's
  ///   `clip_grad_norm_` does it.
  /// - Returns: the gradient's length before clipping: infinite or nan where training has diverged.
  @discardableResult
  mutating func update(
    _ weights: inout [Float], gradient: [Float], learningRate: Double,
    maximumNorm: Double = .infinity
  ) -> Float {
    let norm = VectorMath.norm(gradient)
    let scale = maximumNorm.isFinite ? min(1, maximumNorm / (Double(norm) + 1e-6)) : 1
    update(&weights, gradient: gradient, learningRate: learningRate, gradientScale: Float(scale))
    return norm
  }

  /// Takes one step down the gradient times `gradientScale`.
  mutating func update(
    _ weights: inout [Float], gradient: [Float], learningRate: Double, gradientScale: Float
  ) {
    if weightDecay > 0 {
      let share = 1 - Float(learningRate * weightDecay)
      for index in weights.indices { weights[index] *= share }
    }
    if adam != nil {
      adam!.update(
        &weights, gradient: gradient, learningRate: learningRate, gradientScale: gradientScale)
    } else if rmsProp != nil {
      rmsProp!.update(
        &weights, gradient: gradient, learningRate: learningRate, gradientScale: gradientScale)
    } else {
      let rate = Float(learningRate) * gradientScale
      for index in weights.indices { weights[index] -= rate * gradient[index] }
    }
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

extension Parameter {
  /// The parameters that an algorithm's optimizer is chosen by.
  static func optimizer(_ rule: Optimizer.Rule = .adam) -> [Parameter] {
    [
      Parameter(
        "optimizer", .words(Optimizer.Rule.allCases.map { Word($0.rawValue, $0.summary) }),
        default: .setting(.string(rule.rawValue)), "What steps down the gradient are made by."),
      Parameter(
        "weight_decay", .real(0...1), default: .setting(0.01),
        "Share of each weight, times learning_rate, that a step of adamw takes away."),
    ]
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
