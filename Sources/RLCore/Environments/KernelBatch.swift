/// Copies of a task of classic control whose states a kernel moves many at a time: number k of copy
/// i's state stands at `states[k * count + i]`. The bits are those of one at a time.
struct KernelBatch: EnvironmentBatch {
  /// Moves all copies. As a kernel it writes states, rewards and ends.
  typealias Step =
    @Sendable (
      _ actions: Actions, _ states: UnsafeMutablePointer<Double>,
      _ rewards: UnsafeMutablePointer<Double>, _ terminated: UnsafeMutablePointer<Bool>
    ) -> Void
  /// Writes what is seen of so many states.
  typealias Observe =
    @convention(c) (
      _ count: Int, _ states: UnsafePointer<Double>?, _ observations: UnsafeMutablePointer<Float>?
    ) -> Void

  private let count: Int
  private let starts: [ClosedRange<Double>?]
  private let observationSize: Int
  private let observe: Observe
  private let step: Step
  private var states: [Double]
  /// Scratch: one state.
  private var state: [Double]

  /// - Parameter starts: for each number of a state, from where its start is drawn; nil for 0.
  init(
    count: Int, starts: [ClosedRange<Double>?], observationSize: Int, observe: @escaping Observe,
    step: @escaping Step
  ) {
    self.count = count
    self.starts = starts
    self.observationSize = observationSize
    self.observe = observe
    self.step = step
    states = Array(repeating: 0, count: count * starts.count)
    state = Array(repeating: 0, count: starts.count)
  }

  mutating func reset(_ copy: Int, using random: inout RandomSource) {
    for number in starts.indices {
      states[number * count + copy] = random.start(in: starts[number])
    }
  }

  mutating func step(
    _ actions: Actions, streams: inout [RandomSource], rewards: inout [Double],
    terminated: inout [Bool], observations: inout [Float]
  ) {
    step(actions, &states, &rewards, &terminated)
    observe(count, states, &observations)
  }

  mutating func observe(_ copy: Int, into observations: inout [Float]) {
    for number in starts.indices { state[number] = states[number * count + copy] }
    observations.withUnsafeMutableBufferPointer { all in
      observe(1, state, all.baseAddress! + copy * observationSize)
    }
  }
}

extension RandomSource {
  /// Where a number of a state starts: drawn from a range, or 0 without a draw.
  mutating func start(in range: ClosedRange<Double>?) -> Double {
    range.map { uniform(in: $0) } ?? 0
  }
}
