import Schema

/// Feedback as the advantage: a rating says by how much the latest actions were better than what the
/// policy does, so that the policy goes up h times the trace of grad log p(a | s).
///
/// Source: MacGlashan et al., "Interactive Learning from Policy-Dependent Human Feedback", 2017; the
/// windows, ratios and entropy of `deep`: Arumugam et al., "Deep Reinforcement Learning from
/// Policy-Dependent Human Feedback", 2019.
struct COACH: FeedbackModel {
  private let settings: Settings
  private let isDeep: Bool

  init(_ settings: Settings, isDeep: Bool) {
    self.settings = settings
    self.isDeep = isDeep
  }

  /// The steps that a rating is credited to, weighted by the trace: lambda to the power of the steps
  /// since.
  private func lesson(_ rating: Rating) -> ActionLesson {
    let fragment = rating.fragment
    let lambda = settings.real("lambda")
    var lesson = ActionLesson(entropy: isDeep ? Float(settings.real("ent_coef")) : 0)
    guard let focus = rating.focus else {
      for step in 0..<fragment.length {
        lesson.append(
          fragment.observation(step), fragment.action(step), weight: Float(rating.value))
      }
      return lesson
    }
    let delay = rating.stamps == nil ? 0 : settings.integer("delay")
    var trace = 1.0
    for step in stride(from: max(0, focus - delay), through: 0, by: -1) where trace > 1e-3 {
      lesson.append(
        fragment.observation(step), fragment.action(step), weight: Float(trace * rating.value))
      trace *= lambda
    }
    return lesson
  }

  mutating func learn(_ lessons: Lessons, with pupil: inout Pupil) throws(CoreError) {
    if isDeep {
      try replay(lessons.all.compactMap(\.asRating).map(lesson), with: &pupil)
    } else {
      try follow(lessons.new.compactMap(\.asRating), with: &pupil)
    }
  }

  /// One step of plain gradient ascent for each rating, in the order of giving: the sum along the
  /// trace of a step, the mean over the steps of an episode.
  private func follow(_ ratings: [Rating], with pupil: inout Pupil) throws(CoreError) {
    let rate = Float(settings.real("learning_rate"))
    try pupil.teach { (algorithm: inout any Teachable) throws(CoreError) in
      var gradient: [Float] = []
      for rating in ratings {
        let lesson = lesson(rating)
        let scale = rating.focus == nil ? 1 : Float(lesson.count)
        try ascend(&algorithm, lesson, rate: rate * scale, gradient: &gradient)
      }
      algorithm.actingWeightsChanged()
    }
  }

  /// Windows of all ratings again and again; an action counts by how much likelier it has become,
  /// within bounds.
  private func replay(_ lessons: [ActionLesson], with pupil: inout Pupil) throws(CoreError) {
    guard !lessons.isEmpty else { return }
    var random = pupil.random.split("coach", pupil.learnings)
    let rate = Float(settings.real("learning_rate"))
    let updates = settings.integer("updates")
    let size = settings.integer("batch_size")
    try pupil.teach { (algorithm: inout any Teachable) throws(CoreError) in
      let old = lessons.map { algorithm.logProbabilities($0) }
      var gradient: [Float] = []
      for _ in 0..<updates {
        var batch = ActionLesson(entropy: lessons[0].entropy)
        var before: [Float] = []
        for _ in 0..<size {
          let index = random.integer(below: lessons.count)
          let step = random.integer(below: lessons[index].count)
          let row = lessons[index].rows([step])
          batch.append(row.observations[...], row.actions[...], weight: row.weights[0])
          before.append(old[index][step])
        }
        let now = algorithm.logProbabilities(batch)
        var ratios = now.indices.map { now[$0] - before[$0] }
        VectorMath.exp(&ratios)
        for row in ratios.indices {
          // What is as likely as it was wanted to become moves the policy no further.
          let clipped = min(max(ratios[row], 0.2), 5)
          let isDone = batch.weights[row] > 0 ? ratios[row] > 5 : ratios[row] < 0.2
          batch.weights[row] *= isDone ? 0 : clipped
        }
        try ascend(&algorithm, batch, rate: rate, gradient: &gradient)
      }
      algorithm.actingWeightsChanged()
    }
  }

  private func ascend(
    _ algorithm: inout any Teachable, _ lesson: ActionLesson, rate: Float, gradient: inout [Float]
  ) throws(CoreError) {
    _ = algorithm.lessonLoss(lesson, gradient: &gradient)
    let norm = VectorMath.norm(gradient)
    guard norm.isFinite else { throw .notFinite(quantity: "gradient", update: 0) }
    let step = rate * min(1, 10 / max(norm, 1e-6))
    var weights = algorithm.actingWeights
    for index in weights.indices { weights[index] -= step * gradient[index] }
    algorithm.actingWeights = weights
  }

  /// -h log p(a), averaged over what was rated.
  mutating func loss(_ feedback: [Feedback], pupil: inout Pupil) -> Double {
    let lessons = feedback.compactMap(\.asRating).map(lesson)
    if lessons.isEmpty { return 0 }
    var gradient: [Float] = []
    return mean(
      lessons.map { lesson in pupil.teach { $0.lessonLoss(lesson, gradient: &gradient) } })
  }
}

extension FeedbackMethodKind {
  static let coach = FeedbackMethodKind(
    declaration: Declaration(
      name: "coach",
      summary: "Take ratings as advantages: step the policy up its trace times the rating.",
      parameters: [
        Parameter(
          "learning_rate", .positiveReal, default: .setting(0.05), "Length of a step."),
        Parameter(
          "lambda", .real(0...1), default: .setting(0.95),
          "What credit is multiplied by for each step before the rated one."),
        Parameter(
          "delay", .integer(0...Rating.longestReach), default: .setting(6),
          "Steps that an answer is late, where feedback is given while it plays."),
      ],
      examples: [Example("a = agent ppo\ncoach a method=coach learning_rate=0.1")],
      details: """
        e = lambda e + grad log p(a | s); weights go up learning_rate h e for each rating h, once. \
        A rating depends on what the policy does at that time, so old ones are not learned again.
        """,
      source: "MacGlashan et al. 2017"),
    algorithms: ["ppo", "a2c"], kinds: [.rating, .question], rule: .accumulates,
    make: { settings, _, _ in COACH(settings, isDeep: false) })
}
