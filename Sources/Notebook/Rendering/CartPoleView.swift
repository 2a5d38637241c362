import Glibc

/// CartPole seen from the side: the cart on its track, the pole at its angle.
package enum CartPoleView {
  /// The cart's centre may go so far to each side before the episode ends.
  private static let trackHalfWidth = 2.4
  private static let poleLength = 1.0
  private static let cartHalfWidth = 0.25
  private static let cartHeight = 0.2

  /// `height` lines of at most `width` columns.
  ///
  /// `state` is position, velocity, angle (radians, clockwise from upright), angular velocity; only
  /// position and angle show. `caption` goes on the first line; `action` (0 left, 1 right) shows as
  /// an arrow at the cart's side.
  package static func frame(
    state: [Double], caption: String = "", action: Int? = nil, width: Int, height: Int,
    appearance: Appearance
  ) -> [String] {
    precondition(state.count == 4, "CartPole's state has 4 numbers, not \(state.count)")
    let rows = max(height - 2, 2)
    var canvas = DotCanvas(columns: width, rows: rows, appearance: appearance)
    // A character is about twice as high as wide: a Braille dot is square, an ASCII one is not.
    let aspect = appearance.unicode ? 1.0 : 0.5
    let across = Double(canvas.width - 1) / (2 * (trackHalfWidth + cartHalfWidth))
    let scale = min(across, Double(canvas.height - 1) / ((poleLength + cartHeight) * 1.05 * aspect))
    let ground = canvas.height - 1
    let center = Double(canvas.width - 1) / 2 + state[0] * across
    let cartTop = ground - max(Int((cartHeight * scale * aspect).rounded()), 1)

    let half = max(cartHalfWidth * across, 1)
    let left = Int((center - half).rounded())
    let right = Int((center + half).rounded())
    canvas.fill(left...right, cartTop...ground, .first, mark: "#")
    let tip = (
      x: Int((center + sin(state[2]) * poleLength * scale).rounded()),
      y: cartTop - Int((cos(state[2]) * poleLength * scale * aspect).rounded())
    )
    let foot = (x: Int(center.rounded()), y: cartTop)
    canvas.line(foot, tip, .second, mark: poleMark(state[2]))
    // Dots are fine: the pole is two of them thick.
    if appearance.unicode { canvas.line((foot.x - 1, foot.y), (tip.x - 1, tip.y), .second) }

    var lines = [appearance.styled(truncated(caption, to: width), .emphasis)]
    lines += canvas.lines()
    lines.append(appearance.styled(track(width, across, canvas, action, center, appearance), .hint))
    return lines
  }

  private static func poleMark(_ angle: Double) -> Character {
    let steepness = abs(sin(angle))
    if steepness < 0.3 { return "|" }
    if steepness > 0.9 { return "-" }
    return sin(angle) * cos(angle) > 0 ? "/" : "\\"
  }

  /// The ground, with the places where an episode ends and the push of the last action.
  private static func track(
    _ width: Int, _ across: Double, _ canvas: DotCanvas, _ action: Int?, _ center: Double,
    _ appearance: Appearance
  ) -> String {
    var ground = Array(repeating: Character(appearance.unicode ? "─" : "-"), count: canvas.columns)
    let dotsPerColumn = Double(canvas.width) / Double(canvas.columns)
    func column(_ dot: Double) -> Int {
      min(max(Int(dot / dotsPerColumn), 0), canvas.columns - 1)
    }
    let middle = Double(canvas.width - 1) / 2
    for side in [-1.0, 1.0] {
      ground[column(middle + side * trackHalfWidth * across)] = appearance.unicode ? "┴" : "+"
    }
    if let action {
      let arrows: (Character, Character) = appearance.unicode ? ("◀", "▶") : ("<", ">")
      ground[column(center)] = action == 0 ? arrows.0 : arrows.1
    }
    return String(ground)
  }
}
