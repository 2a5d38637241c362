import RLCore

extension Chart {
  /// A picture has no room for more points than this.
  private static let mostPoints = 500

  /// Returns of episodes, smoothed over as many as a person can still follow, the validations, and
  /// where feedback was given.
  static func learningCurve(
    of history: TrainingHistory, title: String, marks: [Mark] = []
  ) -> Chart {
    let returns = history.returns
    let window = max(1, min(100, returns.count / 20))
    let smooth = smoothed(returns, over: window)
    return Chart(
      title: title, xLabel: "steps",
      series: [
        Series(window > 1 ? "return, mean of \(window)" : "return", thinned(smooth)),
        Series(
          "validation", history.validations.map { Point(Double($0.step), $0.value) }),
      ],
      marks: marks, marksName: "feedback")
  }

  /// Several trainings of the same thing as their mean with a band from the lowest to the highest,
  /// read off at places that all of them reach.
  static func learningBand(of histories: [TrainingHistory], title: String) -> Chart {
    let curves = histories.map { history in
      smoothed(history.returns, over: max(1, min(100, history.returns.count / 20)))
    }.filter { !$0.isEmpty }
    let start = curves.map { $0[0].x }.max() ?? 0
    let end = curves.map { $0[$0.count - 1].x }.min() ?? 0
    let places = 120
    var points: [Point] = []
    guard end > start else { return Chart(title: title, xLabel: "steps", series: []) }
    for place in 0...places {
      let x = start + (end - start) * Double(place) / Double(places)
      let values = curves.map { value(of: $0, at: x) }
      let mean = values.reduce(0, +) / Double(values.count)
      points.append(Point(x, mean, band: values.min()!...values.max()!))
    }
    return Chart(
      title: title, xLabel: "steps",
      series: [Series("return, mean of \(curves.count) seeds, lowest to highest", points)])
  }

  private static func smoothed(
    _ points: [TrainingHistory.Point], over window: Int
  ) -> [Point] {
    smoothed(points.map { Point(Double($0.step), $0.value) }, over: window)
  }

  /// Each point as the mean of so many up to it.
  static func smoothed(_ points: [Point], over window: Int) -> [Point] {
    var sum = 0.0
    return points.enumerated().map { index, point in
      sum += point.y
      if index >= window { sum -= points[index - window].y }
      return Point(point.x, sum / Double(min(index + 1, window)))
    }
  }

  static func thinned(_ points: [Point]) -> [Point] {
    guard points.count > mostPoints else { return points }
    let last = points.count - 1
    return (0..<mostPoints).map { points[$0 * last / (mostPoints - 1)] }
  }

  /// Between two points, on the line through them. The points are in the order of x.
  private static func value(of curve: [Point], at x: Double) -> Double {
    let right = curve.partitioningIndex { $0.x >= x }
    guard right > 0 else { return curve[0].y }
    guard right < curve.count else { return curve[curve.count - 1].y }
    let (a, b) = (curve[right - 1], curve[right])
    return a.y + (b.y - a.y) * (b.x > a.x ? (x - a.x) / (b.x - a.x) : 1)
  }
}

extension Array {
  /// The first index for which the condition holds, where it holds for all after it.
  fileprivate func partitioningIndex(where holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
