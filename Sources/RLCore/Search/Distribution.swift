import Schema

/// Where one parameter of a search is drawn from.
public indirect enum Distribution: Sendable, Hashable {
  /// One of these.
  case choice([Setting])
  /// A real between two bounds, evenly or evenly in its logarithm.
  case real(Double, Double, isLogarithmic: Bool = false)
  /// An integer from the first bound to the second, both included.
  case integer(Int, Int, isLogarithmic: Bool = false)
  /// A multiple of `step` above the first bound, up to the second.
  case quantized(Double, Double, step: Double)
  /// A choice among names; what lies under a name exists only when it is chosen.
  case branch([Branch])

  /// One name of a choice with the parameters that come with it.
  public struct Branch: Sendable, Hashable {
    /// What is chosen.
    public var name: String
    /// What exists when it is.
    public var space: TrialSpace

    /// A name with its parameters.
    public init(_ name: String, _ space: TrialSpace) {
      self.name = name
      self.space = space
    }
  }

  /// What a declared parameter suggests.
  public init(_ space: SearchSpace) {
    self =
      switch space {
      case .uniform(let low, let high): .real(low, high)
      case .logUniform(let low, let high): .real(low, high, isLogarithmic: true)
      case .integers(let low, let high): .integer(low, high)
      case .choice(let settings): .choice(settings)
      }
  }

  /// One sentence that says what is wrong with it; nil for a sound one.
  public var fault: String? {
    switch self {
    case .choice(let settings): settings.isEmpty ? "there is nothing to choose from" : nil
    case .real(let low, let high, let isLogarithmic):
      if !(low <= high) || !(high - low).isFinite {
        "the bounds \(low) and \(high) enclose nothing"
      } else {
        isLogarithmic && low <= 0 ? "a logarithmic range begins above 0, not at \(low)" : nil
      }
    case .integer(let low, let high, let isLogarithmic):
      if low > high {
        "the bounds \(low) and \(high) enclose nothing"
      } else {
        isLogarithmic && low <= 0 ? "a logarithmic range begins above 0, not at \(low)" : nil
      }
    case .quantized(let low, let high, let step):
      low <= high && (high - low).isFinite && step > 0
        ? nil : "the bounds \(low) and \(high) hold no multiples of \(step)"
    case .branch(let branches):
      branches.isEmpty
        ? "there is nothing to choose from" : branches.lazy.compactMap(\.space.fault).first
    }
  }

  /// Every value there is, for a grid; nil where they cannot be listed.
  func values(under name: String) -> [[Setting.Entry]]? {
    switch self {
    case .choice(let settings): return settings.map { [.init(name, $0)] }
    case .real: return nil
    case .integer(let low, let high, let isLogarithmic):
      guard !isLogarithmic, high - low < Self.longestList else { return nil }
      return (low...high).map { [.init(name, .integer($0))] }
    case .quantized(let low, let high, let step):
      guard (high - low) / step < Double(Self.longestList) else { return nil }
      return (0...Self.steps(low, high, step)).map {
        [.init(name, .real(low + Double($0) * step))]
      }
    case .branch(let branches):
      var all: [[Setting.Entry]] = []
      for branch in branches {
        guard let points = branch.space.grid else { return nil }
        all += points.map { [.init(name, .string(branch.name))] + $0 }
      }
      return all
    }
  }

  /// Draws a value, and what comes with it.
  func draw(under name: String, using random: inout RandomSource) -> [Setting.Entry] {
    switch self {
    case .choice(let settings):
      return [.init(name, settings[random.integer(below: settings.count)])]
    case .real(let low, let high, let isLogarithmic):
      let value =
        isLogarithmic
        ? logarithmic(low, high, using: &random) : random.uniform(in: low...high)
      return [.init(name, .real(value))]
    case .integer(let low, let high, let isLogarithmic):
      // The logarithmic range reaches half an integer further on both sides, so that the ends get
      // their share.
      let value =
        isLogarithmic
        ? Int(logarithmic(Double(low) - 0.5, Double(high) + 0.5, using: &random).rounded())
        : low + random.integer(below: high - low + 1)
      return [.init(name, .integer(min(max(value, low), high)))]
    case .quantized(let low, let high, let step):
      let index = random.integer(below: Self.steps(low, high, step) + 1)
      return [.init(name, .real(low + Double(index) * step))]
    case .branch(let branches):
      let branch = branches[random.integer(below: branches.count)]
      return [.init(name, .string(branch.name))] + branch.space.draw(using: &random)
    }
  }

  private static let longestList = 1000

  /// Steps between the bounds; the last may reach the upper one but for rounding.
  private static func steps(_ low: Double, _ high: Double, _ step: Double) -> Int {
    Int((high - low) / step + 1e-9)
  }
}

/// The parameters of a search in order, with where each is drawn from.
public struct TrialSpace: Sendable, Hashable {
  /// In the order of trials' parameters.
  public var dimensions: [Dimension]

  /// One parameter.
  public struct Dimension: Sendable, Hashable {
    /// The parameter's name.
    public var name: String
    /// Where it is drawn from.
    public var distribution: Distribution

    /// A parameter of that name.
    public init(_ name: String, _ distribution: Distribution) {
      self.name = name
      self.distribution = distribution
    }
  }

  /// A space of these parameters.
  public init(_ dimensions: [Dimension]) { self.dimensions = dimensions }

  /// One sentence that says what is wrong with it; nil for a sound one.
  public var fault: String? {
    dimensions.lazy.compactMap { dimension in
      dimension.distribution.fault.map { "`\(dimension.name)`: \($0)" }
    }.first
  }

  /// How many combinations of values there are; nil where they cannot be listed.
  public var combinations: Int? { grid?.count }

  /// All combinations, the last parameter changing fastest; nil where they cannot be listed.
  var grid: [[Setting.Entry]]? {
    var points: [[Setting.Entry]] = [[]]
    for dimension in dimensions {
      guard let values = dimension.distribution.values(under: dimension.name) else { return nil }
      points = points.flatMap { point in values.map { point + $0 } }
    }
    return points
  }

  func draw(using random: inout RandomSource) -> [Setting.Entry] {
    dimensions.flatMap { $0.distribution.draw(under: $0.name, using: &random) }
  }
}
