import Schema

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A space laid out flat for the samplers that compute: every parameter there can be is an axis,
/// and a trial is a point with a coordinate on each.
///
/// A range's coordinate lies in [0, 1], logarithmic ones by magnitude; a choice's is the index of
/// what is chosen; nan says that the axis does not exist because another branch was chosen.
struct UnitSpace: Sendable {
  /// Parents before what lies under them, in the order of a trial's parameters.
  let axes: [Axis]

  struct Axis: Sendable {
    let name: String
    let kind: Kind
    /// The choice under which it exists; nil for one that always does.
    let parent: Parent?
  }

  enum Kind: Sendable {
    case choice([Setting])
    case range(UnitRange)
  }

  struct Parent: Sendable, Hashable {
    let axis: Int
    let choice: Int
  }

  init(_ space: TrialSpace) {
    var axes: [Axis] = []
    Self.lay(space, under: nil, into: &axes)
    self.axes = axes
  }

  private static func lay(_ space: TrialSpace, under parent: Parent?, into axes: inout [Axis]) {
    for dimension in space.dimensions {
      if case .branch(let branches) = dimension.distribution {
        let index = axes.count
        let names = branches.map { Setting.string($0.name) }
        axes.append(Axis(name: dimension.name, kind: .choice(names), parent: parent))
        for (choice, branch) in branches.enumerated() {
          lay(branch.space, under: Parent(axis: index, choice: choice), into: &axes)
        }
      } else {
        axes.append(
          Axis(name: dimension.name, kind: Kind(dimension.distribution), parent: parent))
      }
    }
  }

  /// Whether the axis exists at a point whose coordinates before it are set.
  func exists(_ axis: Int, at point: [Double]) -> Bool {
    guard let parent = axes[axis].parent else { return true }
    return point[parent.axis] == Double(parent.choice) && exists(parent.axis, at: point)
  }

  /// The axes that exist or not together, in order: they are modelled jointly.
  var groups: [(parent: Parent?, axes: [Int])] {
    var groups: [(parent: Parent?, axes: [Int])] = []
    for (index, axis) in axes.enumerated() {
      if let group = groups.firstIndex(where: { $0.parent == axis.parent }) {
        groups[group].axes.append(index)
      } else {
        groups.append((axis.parent, [index]))
      }
    }
    return groups
  }

  /// The point of a trial; nil where its parameters are not of this space.
  func point(of parameters: [Setting.Entry]) -> [Double]? {
    var point: [Double] = []
    point.reserveCapacity(axes.count)
    var next = 0
    // Samplers do this for every trial: looked at where they lie, axes and entries are not counted.
    return axes.withUnsafeBufferPointer { axes in
      parameters.withUnsafeBufferPointer { parameters in
        for index in axes.indices {
          guard axes[index].parent == nil || exists(index, at: point) else {
            point.append(.nan)
            continue
          }
          guard next < parameters.count, parameters[next].key == axes[index].name,
            let coordinate = axes[index].kind.coordinate(of: parameters[next].value)
          else { return nil }
          point.append(coordinate)
          next += 1
        }
        return next == parameters.count ? point : nil
      }
    }
  }

  /// The parameters at a point; its coordinates where nothing exists do not matter.
  func parameters(at point: [Double]) -> [Setting.Entry] {
    var entries: [Setting.Entry] = []
    var settled: [Double] = []
    settled.reserveCapacity(axes.count)
    for (index, axis) in axes.enumerated() {
      guard exists(index, at: settled) else {
        settled.append(.nan)
        continue
      }
      settled.append(point[index])
      entries.append(.init(axis.name, axis.kind.setting(at: point[index])))
    }
    return entries
  }

  /// The point of the cube [0, 1]^n turned into one of the space: choices by equal shares, grids to
  /// their nearest value, nan where an axis does not exist.
  func point(inCube cube: [Double]) -> [Double] {
    var point: [Double] = []
    point.reserveCapacity(axes.count)
    for (index, axis) in axes.enumerated() {
      guard exists(index, at: point) else {
        point.append(.nan)
        continue
      }
      switch axis.kind {
      case .choice(let settings):
        let count = settings.count
        point.append(Double(min(count - 1, max(0, Int(cube[index] * Double(count))))))
      case .range(let range): point.append(range.nearest(to: cube[index]))
      }
    }
    return point
  }
}

extension UnitSpace.Kind {
  init(_ distribution: Distribution) {
    switch distribution {
    case .choice(let settings): self = .choice(settings)
    case .real(let low, let high, let isLogarithmic):
      self =
        low == high
        ? .choice([.real(low)])
        : .range(UnitRange(low, high, step: 0, isLogarithmic: isLogarithmic, isInteger: false))
    case .integer(let low, let high, let isLogarithmic):
      self =
        low == high
        ? .choice([.integer(low)])
        : .range(
          UnitRange(
            Double(low), Double(high), step: 1, isLogarithmic: isLogarithmic, isInteger: true))
    case .quantized(let low, let high, let step):
      self = .range(UnitRange(low, high, step: step, isLogarithmic: false, isInteger: false))
    case .branch(let branches): self = .choice(branches.map { .string($0.name) })
    }
  }

  func coordinate(of setting: Setting) -> Double? {
    switch self {
    case .choice(let settings): settings.firstIndex(of: setting).map(Double.init)
    case .range(let range): setting.real.flatMap(range.coordinate)
    }
  }

  func setting(at coordinate: Double) -> Setting {
    switch self {
    case .choice(let settings): settings[Int(coordinate)]
    case .range(let range): range.setting(at: coordinate)
    }
  }
}

/// A range of numbers seen as [0, 1]. A grid's cells reach half a step to both sides of its values,
/// so that the ends get their share.
struct UnitRange: Sendable {
  let low: Double
  let high: Double
  /// Between the grid's values; 0 without a grid.
  let step: Double
  let isLogarithmic: Bool
  let isInteger: Bool
  /// The domain of [0, 1] before it is scaled: half a step wider, logarithms taken.
  private let lower: Double
  private let width: Double

  init(_ low: Double, _ high: Double, step: Double, isLogarithmic: Bool, isInteger: Bool) {
    self.low = low
    self.step = step
    self.isLogarithmic = isLogarithmic
    self.isInteger = isInteger
    self.high = step > 0 ? low + ((high - low) / step + 1e-9).rounded(.down) * step : high
    let (first, last) = (low - step / 2, self.high + step / 2)
    lower = isLogarithmic ? log(first) : first
    width = (isLogarithmic ? log(last) : last) - lower
  }

  /// nil for what is outside the bounds, but for rounding.
  func coordinate(of value: Double) -> Double? {
    let slack = 1e-9 * (high - low)
    guard value >= low - slack, value <= high + slack else { return nil }
    return unclamped(min(max(value, low), high))
  }

  func setting(at coordinate: Double) -> Setting {
    let value = value(at: coordinate)
    return isInteger ? .integer(Int(value)) : .real(value)
  }

  /// The coordinate of the grid's value nearest to this one.
  func nearest(to coordinate: Double) -> Double {
    step > 0 ? unclamped(value(at: coordinate)) : min(max(coordinate, 0), 1)
  }

  /// The coordinates of all its values; nil for more than `most` of them, or without a grid.
  func grid(upTo most: Int) -> [Double]? {
    guard step > 0, (high - low) / step < Double(most) - 0.5 else { return nil }
    let last = Int(((high - low) / step).rounded())
    return (0...last).map { unclamped(min(low + Double($0) * step, high)) }
  }

  /// The coordinates of the grid's values next to this one.
  func neighbours(of coordinate: Double) -> [Double] {
    guard step > 0 else { return [] }
    let value = value(at: coordinate)
    return [value - step, value + step].filter { $0 > low - step / 2 && $0 < high + step / 2 }
      .map { unclamped($0) }
  }

  /// The coordinates that belong to the grid's value here; nil without a grid.
  func cell(around coordinate: Double) -> ClosedRange<Double>? {
    guard step > 0 else { return nil }
    let value = value(at: coordinate)
    return max(0, unclamped(value - step / 2))...min(1, unclamped(value + step / 2))
  }

  private func unclamped(_ value: Double) -> Double {
    ((isLogarithmic ? log(value) : value) - lower) / width
  }

  private func value(at coordinate: Double) -> Double {
    let position = lower + coordinate * width
    let value = isLogarithmic ? exp(position) : position
    guard step > 0 else { return min(max(value, low), high) }
    let index = ((value - low) / step).rounded()
    return min(max(low + index * step, low), high)
  }
}
