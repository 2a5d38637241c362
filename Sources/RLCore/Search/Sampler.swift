import Schema

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Proposes what to try next. A suggestion is a function of the trial's number, the sampler's
/// stream and the history: asking in another order or again changes nothing.
public protocol Sampler: Sendable {
  /// Whether suggestions depend on results; where not, trials need not wait for each other and the
  /// history is empty.
  var learns: Bool { get }

  /// - Returns: the parameters of trial `number`; nil when there is nothing left to try.
  func suggest(_ number: Int, given history: History) -> [Setting.Entry]?
}

/// A nameable sampler: its declaration and how it is made.
public struct SamplerKind: Sendable {
  /// Its name, options and documentation.
  public let declaration: Declaration
  private let build: @Sendable (Settings, TrialSpace, RandomSource) throws(CoreError) -> any Sampler

  init(
    _ declaration: Declaration,
    build: @escaping @Sendable (Settings, TrialSpace, RandomSource) throws(CoreError) -> any Sampler
  ) {
    self.declaration = declaration
    self.build = build
  }

  /// Makes one for a space.
  ///
  /// - Throws: `unknownSetting`, `invalidSetting`, and `incompatible` for a space that is unsound
  ///   or that this sampler cannot cover.
  public func make(
    _ settings: Settings = [:], over space: TrialSpace, seed: Int
  ) throws(CoreError) -> any Sampler {
    if let fault = space.fault { throw .incompatible(fault) }
    return try build(
      declaration.resolve(settings), space, RandomSource(seed: seed).split("search"))
  }
}

/// The built-in samplers.
public enum Samplers {
  /// What its members are called.
  public static let family = Family("sampler")

  /// All of them, in the order in which they are shown. A new one is a new file and a line here.
  public static let all: [SamplerKind] = [.grid, .random, .tpe, .gp, .cmaes]

  /// The one of that name.
  public static func named(_ name: String) throws(CoreError) -> SamplerKind {
    if let kind = all.first(where: { $0.declaration.name == name }) { return kind }
    throw .unknownName(
      family: family.name, name: name,
      suggestion: nearest(to: name, among: all.map(\.declaration.name)))
  }
}

/// Every combination once, in order.
struct GridSampler: Sampler {
  let points: [[Setting.Entry]]
  let learns = false

  func suggest(_ number: Int, given history: History) -> [Setting.Entry]? {
    points.indices.contains(number) ? points[number] : nil
  }
}

/// Each trial drawn anew from the whole space.
struct RandomSampler: Sampler {
  let space: TrialSpace
  let random: RandomSource
  let learns = false

  func suggest(_ number: Int, given history: History) -> [Setting.Entry]? {
    var stream = random.split("trial", number)
    return space.draw(using: &stream)
  }
}

extension SamplerKind {
  static let grid = SamplerKind(
    Declaration(
      name: "grid", summary: "Every combination once.",
      examples: [Example("s = search grid steps=20k over={learning_rate: [1e-4, 1e-3]}")])
  ) { (_, space, _) throws(CoreError) in
    guard let points = space.grid else {
      throw .incompatible("a grid takes lists: a range has no end of values")
    }
    return GridSampler(points: points)
  }

  static let random = SamplerKind(
    Declaration(
      name: "random", summary: "Each trial drawn anew.",
      examples: [
        Example("s = search random trials=20 over={learning_rate: loguniform(1e-5, 1e-2)}")
      ],
      source: "Bergstra and Bengio 2012")
  ) { (_, space, stream) throws(CoreError) in RandomSampler(space: space, random: stream) }
}

/// A draw whose logarithm is uniform.
func logarithmic(_ low: Double, _ high: Double, using random: inout RandomSource) -> Double {
  min(max(exp(random.uniform(in: log(low)...log(high))), low), high)
}
