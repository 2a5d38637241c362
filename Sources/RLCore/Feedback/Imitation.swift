import Schema

/// Supervised learning of what a teacher does: the weights that choose actions go down the distance
/// from the demonstrated ones. Knows no reward, and keeps nothing beside the weights.
struct Imitation: FeedbackModel {
  private let settings: Settings

  init(_ settings: Settings) { self.settings = settings }

  /// All steps that say what to do.
  private func lesson(_ feedback: [Feedback]) -> ActionLesson {
    var lesson = ActionLesson()
    for one in feedback {
      switch one {
      case .demonstration(let demonstration):
        let fragment = demonstration.fragment
        for step in 0..<fragment.length {
          lesson.append(fragment.observation(step), fragment.action(step), weight: 1)
        }
      case .correction(let correction):
        lesson.append(correction.fragment.observation(0), correction.preferred[...], weight: 1)
      default: break
      }
    }
    return lesson
  }

  mutating func learn(_ lessons: Lessons, with pupil: inout Pupil) throws(CoreError) {
    let lesson = lesson(lessons.all)
    guard lesson.count > 0 else { return }
    var random = pupil.random.split("imitation", pupil.learnings)
    let size = settings.integer("batch_size")
    let rate = settings.real("learning_rate")
    let updates = settings.integer("updates")
    try pupil.teach { (algorithm: inout any Teachable) throws(CoreError) in
      var weights = algorithm.actingWeights
      var optimizer = Adam(parameterCount: weights.count)
      var gradient: [Float] = []
      for update in 0..<updates {
        let places = (0..<size).map { _ in random.integer(below: lesson.count) }
        let loss = algorithm.lessonLoss(lesson.rows(places[...]), gradient: &gradient)
        guard loss.isFinite else { throw .notFinite(quantity: "imitation loss", update: update) }
        optimizer.update(&weights, gradient: gradient, learningRate: rate, maximumNorm: 10)
        algorithm.actingWeights = weights
      }
      algorithm.actingWeightsChanged()
    }
  }

  mutating func loss(_ feedback: [Feedback], pupil: inout Pupil) -> Double {
    let lesson = lesson(feedback)
    if lesson.count == 0 { return 0 }
    var gradient: [Float] = []
    return pupil.teach { $0.lessonLoss(lesson, gradient: &gradient) }
  }
}

extension Parameter {
  /// What methods that imitate have.
  static func imitation(updates: Int) -> [Parameter] {
    [
      Parameter("learning_rate", .positiveReal, default: .setting(1e-3), "Step size of Adam."),
      Parameter(
        "updates", .integer(from: 1), default: .setting(.integer(updates)),
        "Gradient steps at each learning."),
      Parameter(
        "batch_size", .integer(1...65_536), default: .setting(64),
        "Demonstrated steps in a gradient step."),
    ]
  }
}
