import RLCore

/// An episode to be watched in a report: what each step looked like.
package struct Film {
  package var title: String
  /// One line a frame.
  package var captions: [String]
  package var frames: Frames

  package enum Frames {
    case scenes([Scene])
    /// Lines of text.
    case text([[String]])
  }

  /// Longer episodes lose their end, which the title says.
  private static let mostFrames = 1_500

  /// The episode as the environment draws it.
  init(_ handle: EpisodeHandle) {
    let episode = handle.episode
    let instance = handle.environment.instance
    let states = episode.states.prefix(Self.mostFrames)
    title = "\(instance.name): \(handle.text)"
    if states.count < episode.states.count { title += " (the first \(states.count) steps)" }
    var sum = 0.0
    captions = states.indices.map { step in
      if step > 0 { sum += episode.rewards[step - 1] }
      return "step \(step)  return \(significant(sum))"
    }
    let actions = episode.actions
    let scenes = states.enumerated().compactMap { step, state in
      Scene.of(instance, state: state, action: step < actions.count ? actions[step] : nil)
    }
    if scenes.count == states.count, !scenes.isEmpty {
      frames = .scenes(scenes)
    } else {
      let plain = Appearance(columns: 100, rows: 40)
      frames = .text(
        states.map {
          Array(
            EpisodePlayer.frame(
              instance, state: $0, action: nil, caption: "", appearance: plain
            ).dropFirst())
        })
    }
  }
}
