/// Pieces of an agent's latest training, from which the pairs that people compare are drawn.
///
/// Pieces begin where an episode's steps are a multiple of their length, so that which there are
/// depends on the training alone and not on when anyone looked.
struct ClipPool: Sendable {
  /// Steps of a piece; 0 where none are wanted.
  private(set) var length = 0
  /// Pieces kept.
  private(set) var capacity = 0
  /// The latest, in the order of ending.
  private(set) var clips: [Episode] = []
  /// Of each environment trained in, the piece that is going on.
  private var open: [Episode?] = []

  /// Keeps pieces of that length from here on; other ones are forgotten.
  mutating func collect(length: Int, capacity: Int) {
    guard (length, capacity) != (self.length, self.capacity) else { return }
    self = ClipPool()
    (self.length, self.capacity) = (length, capacity)
  }

  /// Whether steps are to be told at all.
  var isTaking: Bool { length > 0 || !open.isEmpty }

  /// To be called before a step of training is made in an environment.
  mutating func willStep(_ instance: EnvironmentInstance, lane: Int) {
    guard length > 0, instance.elapsedSteps.isMultiple(of: length) else { return }
    while open.count <= lane { open.append(nil) }
    open[lane] = Episode(startingIn: instance)
  }

  /// To be called after it.
  mutating func didStep(
    _ transition: borrowing Transition, _ instance: EnvironmentInstance, lane: Int
  ) {
    guard open.indices.contains(lane), open[lane] != nil else { return }
    open[lane]!.append(
      transition.action, reward: transition.reward, terminated: transition.terminated,
      truncated: transition.truncated, in: instance)
    guard open[lane]!.length == length || instance.needsReset else { return }
    // A short last piece would be judged by its length.
    if open[lane]!.length == length {
      if clips.count == capacity { clips.removeFirst() }
      clips.append(open[lane]!)
    }
    open[lane] = nil
  }

  func save(to archive: inout StateArchive) {
    guard length > 0 else { return }
    var writer = FeedbackWriter()
    for number in [length, capacity, clips.count, open.count] { writer.write(number) }
    for clip in clips { writer.write(clip) }
    for clip in open {
      // One that is going on has no step yet right after it was begun, or some.
      writer.write(clip == nil || clip!.length == 0 ? 0 : 1)
      if let clip, clip.length > 0 { writer.write(clip) }
    }
    writer.save(to: &archive, name: "clips")
  }

  mutating func restore(
    from archive: StateArchive, in instance: EnvironmentInstance
  ) throws(CoreError) {
    guard archive.contains("clips/integers") else { return }
    var reader = try FeedbackReader(archive, name: "clips", environment: instance)
    length = try reader.integer(in: 1..<1_000_000)
    capacity = try reader.integer(in: 1..<1_000_000)
    let count = try reader.integer(in: 0..<(capacity + 1))
    let lanes = try reader.integer(in: 0..<100_000)
    for _ in 0..<count { clips.append(try reader.episode()) }
    for _ in 0..<lanes {
      let isOpen = try reader.integer(in: 0..<2) == 1
      open.append(isOpen ? try reader.episode() : nil)
    }
  }
}
