import Language
import RLCore

/// The frames of an episode, or of two side by side (one above the other where the terminal is
/// narrow).
struct Movie {
  private struct Part {
    let handle: EpisodeHandle
    /// The states that are shown, and what the steps before each brought together.
    let states: ClosedRange<Int>
    let returns: [Double]

    init(_ handle: EpisodeHandle, _ states: ClosedRange<Int>) {
      self.handle = handle
      self.states = states
      var sum = 0.0
      returns =
        [0]
        + handle.episode.rewards.map { reward in
          sum += reward
          return sum
        }
    }
  }

  private let parts: [Part]
  /// A name for each part where there are two.
  private static let sides = ["left", "right"]
  private static let narrowest = 24
  private static let gap = " │ "
  /// Steps shown before one that is asked about.
  private static let lead = 25

  /// A whole episode.
  init(_ episode: EpisodeHandle) {
    parts = [Part(episode, 0...episode.episode.length)]
  }

  /// What an inquiry is about: whole episodes, what a step led to, or what led to a step; nil where
  /// there is nothing to see.
  init?(_ inquiry: Inquiry) {
    guard !inquiry.subjects.isEmpty else { return nil }
    parts = inquiry.subjects.map { subject in
      guard let step = subject.step else {
        return Part(subject.episode, 0...subject.episode.episode.length)
      }
      if case .correction = inquiry {
        return Part(subject.episode, max(0, step - Self.lead)...step)
      }
      return Part(subject.episode, (step + 1)...(step + 1))
    }
  }

  /// Frames; the shorter of two stands still at its end.
  var count: Int { parts.map(\.states.count).max() ?? 0 }

  /// One frame as lines.
  func frame(_ index: Int, _ appearance: Appearance) -> [String] {
    guard parts.count > 1 else { return lines(of: parts[0], index, "", appearance) }
    let width = (appearance.columns - 1 - displayWidth(of: Self.gap)) / 2
    var narrow = appearance
    // Escapes for colour would count as width where lines are put side by side.
    narrow.color = false
    if width < Self.narrowest {
      narrow.rows = (appearance.rows - 2) / 2
      return zip(parts, Self.sides).flatMap { lines(of: $0, index, $1 + "  ", narrow) }
    }
    narrow.columns = width + 1
    let sides = zip(parts, Self.sides).map { lines(of: $0, index, $1 + "  ", narrow) }
    return (0..<max(sides[0].count, sides[1].count)).map { line in
      let left = line < sides[0].count ? sides[0][line] : ""
      let right = line < sides[1].count ? sides[1][line] : ""
      return padded(truncated(left, to: width), to: width) + Self.gap + truncated(right, to: width)
    }
  }

  private func lines(
    of part: Part, _ index: Int, _ name: String, _ appearance: Appearance
  ) -> [String] {
    let state = min(part.states.lowerBound + index, part.states.upperBound)
    let episode = part.handle.episode
    // After a step that is asked about its action is shown, else the one that comes.
    let isOneStep = part.states.count == 1
    let shown = isOneStep ? state - 1 : state
    let action = episode.actions.indices.contains(shown) ? episode.actions[shown] : nil
    let words = action.map { "  action " + self.words($0, part.handle) } ?? ""
    return EpisodePlayer.frame(
      part.handle.environment.instance, state: episode.states[state], action: action,
      caption: "\(name)\(isOneStep ? "after " : "")step \(isOneStep ? shown : state)  "
        + "return \(significant(part.returns[state]))\(words)",
      appearance: appearance)
  }

  private func words(_ action: Action, _ handle: EpisodeHandle) -> String {
    let names = handle.environment.instance.environment.actionNames
    return switch action {
    case .discrete(let choice): names.indices.contains(choice) ? names[choice] : "\(choice)"
    case .continuous(let values): values.map { significant($0) }.joined(separator: " ")
    }
  }
}

extension Player {
  /// Shows all frames of a movie, at its usual speed.
  func play(_ movie: Movie, hint: String = "", onKey: (Key) -> KeyUse = { _ in .ignored }) -> End {
    var index = 0
    return play(framesPerSecond: EpisodePlayer.framesPerSecond, hint: hint, onKey: onKey) {
      guard index < movie.count else { return nil }
      defer { index += 1 }
      return movie.frame(index, appearance)
    }
  }
}
