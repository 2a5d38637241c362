import Language
import RLCore

/// Draws environments in the terminal.
enum EpisodePlayer {
  static let framesPerSecond = 50.0
  private static let frameHeight = 14
  private static let widest = 72

  /// Plays an episode in place, with keys for speed, pause and single steps. Where nothing can be
  /// drawn it is said in a line instead.
  static func play(_ handle: EpisodeHandle, in session: Session) throws {
    session.output.attach(.film(Film(handle)))
    let appearance = session.output.appearance
    guard !session.output.isJSON, appearance.isLive, let reader = KeyReader.open() else {
      session.output.note(handle.text)
      return
    }
    defer { reader.close() }
    session.output.flush()
    handle.wasShown = true
    let player = Player(appearance: appearance) { reader.next(milliseconds: $0) }
    if player.play(Movie(handle)) == .interrupted { throw RunError.interrupted }
  }

  /// One picture of a state: a scene, the environment's own drawing, or its numbers.
  static func frame(
    _ instance: EnvironmentInstance, state: [Double], action: Action?, caption: String,
    appearance: Appearance
  ) -> [String] {
    if let scene = Scene.of(instance, state: state, action: action) {
      let width = max(min(appearance.columns - 1, widest), 1)
      return [appearance.styled(truncated(caption, to: width), .emphasis)]
        + scene.lines(
          width: width, height: min(frameHeight, max(appearance.rows - 3, 5)),
          appearance: appearance)
    }
    var shown = instance.environment
    if (try? shown.restore(state: state)) != nil, !shown.picture.isEmpty {
      return [caption] + shown.picture
    }
    let names = instance.environment.observationNames
    let numbers = state.enumerated().map { index, value in
      (names.count == state.count ? names[index] + " " : "") + significant(value)
    }
    return [caption, "  " + numbers.joined(separator: "   ")].map {
      truncated($0, to: max(appearance.columns - 1, 1))
    }
  }
}
