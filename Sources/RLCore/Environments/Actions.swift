import CKernels

/// What each of several copies of an environment does in one step.
public struct Actions: Sendable, Hashable {
  /// The choices of a discrete space, one a copy; empty for other spaces.
  public var choices: [Int32]
  /// The numbers of another space, `[copies, width]` in row-major order; empty for a discrete one.
  public var values: [Double]
  /// How many numbers an action has.
  public let width: Int

  /// Zeros for so many copies.
  public init(in space: Space, count: Int) {
    width = space.size
    let isDiscrete = if case .discrete = space { true } else { false }
    choices = isDiscrete ? Array(repeating: 0, count: count) : []
    values = isDiscrete ? [] : Array(repeating: 0, count: count * width)
  }

  /// The action of one copy.
  public subscript(copy: Int) -> Action {
    get {
      choices.isEmpty
        ? .continuous(Array(values[copy * width..<(copy + 1) * width]))
        : .discrete(Int(choices[copy]))
    }
    set {
      switch newValue {
      case .discrete(let choice): choices[copy] = Int32(choice)
      case .continuous(let numbers):
        precondition(numbers.count == width, "\(numbers.count) numbers for \(width)")
        values.replaceSubrange(copy * width..<(copy + 1) * width, with: numbers)
      }
    }
  }
}

extension Actions {
  /// Lets the copies do what they do in `other`, which has the same shape, except where `isKept` says
  /// otherwise.
  mutating func set(as other: Actions, except isKept: [Bool]) {
    if !choices.isEmpty { choices.set(as: other.choices, except: isKept) }
    for copy in isKept.indices where !values.isEmpty && !isKept[copy] {
      let row = copy * width..<(copy + 1) * width
      for index in row { values[index] = other.values[index] }
    }
  }
}

extension [Int32] {
  fileprivate mutating func set(as other: [Int32], except isKept: [Bool]) {
    precondition(other.count == count && isKept.count == count, "actions for other copies")
    withUnsafeMutableBufferPointer { own in
      other.withUnsafeBufferPointer { other in
        isKept.withUnsafeBufferPointer { isKept in
          for copy in own.indices { own[copy] = isKept[copy] ? own[copy] : other[copy] }
        }
      }
    }
  }
}

/// Random actions for several copies: copy i has a stream of its own, and gets from it what
/// `Space.sample` would draw.
public struct ActionSampler: Sendable {
  private let space: Space
  private let count: Int
  private var streams: Streams

  /// Where a kernel draws, the words of all streams stand side by side.
  private enum Streams {
    case words([UInt64])
    case sources([RandomSource])
  }

  /// - Parameter stream: copy i draws from its split `actions`, i.
  public init(in space: Space, count: Int, stream: RandomSource) {
    self.space = space
    self.count = count
    let sources = (0..<count).map { stream.split("actions", $0) }
    streams =
      space.hasKernel
      ? .words((1...4).flatMap { word in sources.map { $0.state[word] } }) : .sources(sources)
  }

  /// Draws an action for each copy.
  ///
  /// - Precondition: `actions` were made for this space and count.
  public mutating func draw(into actions: inout Actions) {
    switch streams {
    case .words(var words):
      // Nobody else holds them meanwhile, so that they are changed in place.
      streams = .sources([])
      draw(from: &words, into: &actions)
      streams = .words(words)
    case .sources(var sources):
      for copy in 0..<count { actions[copy] = space.sample(using: &sources[copy]) }
      streams = .sources(sources)
    }
  }

  private func draw(from words: inout [UInt64], into actions: inout Actions) {
    let kernels = rlhs_kernels_in_use()!
    switch space {
    case .discrete(let bound):
      precondition(actions.choices.count == count, "actions for \(actions.choices.count) copies")
      kernels.pointee.draw_choices(count, &words, Int32(bound), &actions.choices)
    case .box(let box):
      let width = box.low.count
      precondition(actions.values.count == count * width, "actions of another space")
      actions.values.withUnsafeMutableBufferPointer { values in
        for index in 0..<width {
          kernels.pointee.draw_uniforms(
            count, &words, box.low[index], box.high[index], width, values.baseAddress! + index)
        }
      }
    default: preconditionFailure("no kernel draws from \(space)")
    }
  }
}

extension Space {
  /// Whether a kernel draws members of it.
  fileprivate var hasKernel: Bool {
    switch self {
    case .discrete(let bound): bound <= Int32.max
    case .box(let box): box.low.indices.allSatisfy { (box.high[$0] - box.low[$0]).isFinite }
    default: false
    }
  }
}
