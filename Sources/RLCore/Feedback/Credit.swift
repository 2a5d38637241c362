/// How much each step of a rated fragment has to do with the rating.
///
/// People answer late: where there are stamps, a step's credit is the probability that the answer
/// was to it, the mass of a uniform delay over the time that the step was shown. Turn by turn it is
/// the rated step alone, or a window of steps that ends with it; a rating of all steps is spread
/// evenly.
///
/// Source: Knox and Stone, "Interactively Shaping Agents via Human Reinforcement", 2009.
struct Credit: Sendable {
  /// Steps before the rated one that share the credit, itself included; turn by turn only.
  let window: Int
  /// The shortest and the longest delay of an answer, in seconds.
  let delay: ClosedRange<Double>

  /// Of each step that has any, its place and its share; shares add up to 1.
  func shares(_ rating: Rating) -> [(step: Int, share: Double)] {
    let length = rating.fragment.length
    guard let focus = rating.focus else {
      return (0..<length).map { ($0, 1 / Double(length)) }
    }
    if let stamps = rating.stamps {
      let masses = (0..<length).compactMap { step -> (step: Int, share: Double)? in
        // The answer came `late` seconds after the step's end at least, after its start at most.
        let earliest = stamps.given - stamps.steps[step + 1]
        let latest = stamps.given - stamps.steps[step]
        let mass = min(latest, delay.upperBound) - max(earliest, delay.lowerBound)
        return mass > 0 ? (step, mass) : nil
      }
      let total = masses.reduce(0) { $0 + $1.share }
      if total > 0 { return masses.map { ($0.step, $0.share / total) } }
    }
    let steps = max(0, focus + 1 - window)..<(focus + 1)
    return steps.map { ($0, 1 / Double(steps.count)) }
  }
}
