/// Writes feedback as three rows of numbers, one of each type, in the order of asking.
struct FeedbackWriter {
  private(set) var integers: [Int] = []
  private(set) var reals: [Double] = []
  private(set) var numbers: [Float] = []

  mutating func write(_ value: Int) { integers.append(value) }
  mutating func write(_ value: Double) { reals.append(value) }

  mutating func write(_ values: [Double]) {
    write(values.count)
    reals += values
  }

  mutating func write(_ values: [Float]) {
    write(values.count)
    numbers += values
  }

  mutating func write(_ text: String) {
    write(text.utf8.count)
    integers += text.utf8.map(Int.init)
  }

  mutating func write(_ fragment: Fragment) {
    write(fragment.observations)
    write(fragment.actions)
    write(fragment.rewards)
    write((fragment.terminated ? 1 : 0) + (fragment.truncated ? 2 : 0))
  }

  mutating func write(_ feedback: Feedback) {
    write(FeedbackKind.allCases.firstIndex(of: feedback.kind) ?? 0)
    write(feedback.id)
    switch feedback {
    case .rating(let rating):
      write(rating.value)
      write(rating.focus ?? -1)
      write(rating.fragment)
      write(rating.stamps.map { [$0.given] + $0.steps } ?? [])
    case .comparison(let comparison):
      write(Preference.allCases.firstIndex(of: comparison.choice) ?? 0)
      write(comparison.repeats ?? -1)
      write(comparison.left)
      write(comparison.right)
    case .correction(let correction):
      write(correction.fragment)
      write(correction.preferred)
    case .demonstration(let demonstration):
      write(demonstration.fragment)
    case .question(let answer):
      write(answer.question)
      write(answer.options.count)
      for option in answer.options { write(option) }
      write(answer.choice)
      write(answer.fragment == nil ? 0 : 1)
      if let fragment = answer.fragment { write(fragment) }
    }
  }

  /// A piece of an episode with the environment's states, for showing it.
  mutating func write(_ episode: Episode) {
    write(Fragment(episode))
    write(Array(episode.states.joined()))
    write(episode.seed)
  }

  func save(to archive: inout StateArchive, name: String) {
    archive.add("\(name)/integers", integers)
    archive.add("\(name)/reals", reals)
    archive.add("\(name)/numbers", numbers)
  }
}

/// Reads what `FeedbackWriter` wrote; whatever a damaged file holds, it gives feedback that fits
/// the environment, or throws.
struct FeedbackReader {
  private let environment: EnvironmentInstance
  private var integers: ArraySlice<Int>
  private var reals: ArraySlice<Double>
  private var numbers: ArraySlice<Float>

  init(
    _ archive: StateArchive, name: String, environment: EnvironmentInstance
  ) throws(CoreError) {
    self.environment = environment
    integers = try archive.integers("\(name)/integers")[...]
    reals = try archive.doubles("\(name)/reals")[...]
    numbers = try archive.floats("\(name)/numbers")[...]
  }

  private func damaged() -> CoreError { .damagedArchive(reason: "the feedback in it is cut short") }

  mutating func integer() throws(CoreError) -> Int {
    guard let value = integers.popFirst() else { throw damaged() }
    return value
  }

  mutating func integer(in range: Range<Int>) throws(CoreError) -> Int {
    let value = try integer()
    guard range.contains(value) else {
      throw .damagedArchive(reason: "a number of the feedback is out of range")
    }
    return value
  }

  mutating func real() throws(CoreError) -> Double {
    guard let value = reals.popFirst() else { throw damaged() }
    return value
  }

  private mutating func realList() throws(CoreError) -> [Double] {
    let count = try integer(in: 0..<(reals.count + 1))
    defer { reals = reals.dropFirst(count) }
    return Array(reals.prefix(count))
  }

  private mutating func numberList() throws(CoreError) -> [Float] {
    let count = try integer(in: 0..<(numbers.count + 1))
    defer { numbers = numbers.dropFirst(count) }
    return Array(numbers.prefix(count))
  }

  mutating func text() throws(CoreError) -> String {
    let count = try integer(in: 0..<(integers.count + 1))
    defer { integers = integers.dropFirst(count) }
    return String(
      decoding: integers.prefix(count).map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
  }

  private mutating func fragment() throws(CoreError) -> Fragment {
    let (observations, actions) = (try numberList(), try numberList())
    let rewards = try realList()
    let end = try integer(in: 0..<4)
    let fragment = Fragment(
      observations: observations, actions: actions, rewards: rewards, terminated: end & 1 == 1,
      truncated: end & 2 == 2)
    guard fragment.fits(environment) else {
      throw .damagedArchive(reason: "feedback is about what there is not")
    }
    return fragment
  }

  mutating func feedback() throws(CoreError) -> Feedback {
    let kind = FeedbackKind.allCases[try integer(in: FeedbackKind.allCases.indices)]
    let id = try integer()
    let feedback: Feedback
    switch kind {
    case .rating: feedback = .rating(try rating(id))
    case .comparison:
      let choice = Preference.allCases[try integer(in: Preference.allCases.indices)]
      let repeats = try integer()
      feedback = .comparison(
        FragmentComparison(
          id: id, left: try fragment(), right: try fragment(), choice: choice,
          repeats: repeats < 0 ? nil : repeats))
    case .correction:
      feedback = .correction(
        Correction(id: id, fragment: try fragment(), preferred: try numberList()))
    case .demonstration:
      feedback = .demonstration(Demonstration(id: id, fragment: try fragment()))
    case .question: feedback = .question(try answer(id))
    }
    guard feedback.fits(environment) else {
      throw .damagedArchive(reason: "feedback is about what there is not")
    }
    return feedback
  }

  private mutating func rating(_ id: Int) throws(CoreError) -> Rating {
    let value = try real()
    let focus = try integer()
    let fragment = try fragment()
    let times = try realList()
    guard focus < fragment.length, times.isEmpty || times.count == fragment.length + 2,
      zip(times.dropFirst(), times.dropFirst(2)).allSatisfy({ $0 <= $1 })
    else { throw .damagedArchive(reason: "a rating is about a step that there is not") }
    return Rating(
      id: id, value: value, fragment: fragment, focus: focus < 0 ? nil : focus,
      stamps: times.first.map { Rating.Stamps(given: $0, steps: Array(times.dropFirst())) })
  }

  private mutating func answer(_ id: Int) throws(CoreError) -> QuestionAnswer {
    let question = try text()
    let count = try integer(in: 1..<(integers.count + 1))
    var options: [String] = []
    for _ in 0..<count { options.append(try text()) }
    let choice = try integer(in: 0..<count)
    let hasFragment = try integer(in: 0..<2) == 1
    return QuestionAnswer(
      id: id, question: question, options: options, choice: choice,
      fragment: hasFragment ? try fragment() : nil)
  }

  /// A piece of an episode, as `write(_: Episode)` wrote it.
  mutating func episode() throws(CoreError) -> Episode {
    let fragment = try fragment()
    let states = try realList()
    let seed = try integer()
    let points = fragment.length + 1
    guard states.count.isMultiple(of: points) else {
      throw .damagedArchive(reason: "an episode lacks states")
    }
    var episode = Episode(startingIn: environment)
    let width = states.count / points
    episode.observations = (0..<points).map { Array(fragment.observation($0)) }
    episode.states = (0..<points).map { Array(states[($0 * width)..<(($0 + 1) * width)]) }
    episode.actions = (0..<fragment.length).map {
      Action(Array(fragment.action($0)), in: environment.actionSpace)
    }
    episode.rewards = fragment.rewards
    (episode.terminated, episode.truncated) = (fragment.terminated, fragment.truncated)
    episode.seed = seed
    return episode
  }
}
