import Schema

/// Demonstrations that DQN goes on learning from beside its own steps.
///
/// Sources: Hester et al., "Deep Q-learning from Demonstrations", 2018; Reddy et al., "SQIL:
/// Imitation Learning via Reinforcement Learning with Sparse Rewards", 2020.
struct DemonstrationLearning: FeedbackModel {
  private let settings: Settings
  private let rule: DemonstrationReplay.Rule
  /// Gradient steps on the demonstrations alone at each learning.
  private let pretraining: Int

  init(_ settings: Settings, rule: DemonstrationReplay.Rule) {
    self.settings = settings
    self.rule = rule
    pretraining = settings["pretrain"]?.integer ?? 0
  }

  mutating func learn(_ lessons: Lessons, with pupil: inout Pupil) throws(CoreError) {
    reinstall(lessons, with: &pupil)
    guard pretraining > 0 else { return }
    guard var algorithm = pupil.algorithm as? DQN else {
      preconditionFailure("demonstrations for an algorithm other than dqn")
    }
    try algorithm.pretrain(
      updates: pretraining, using: pupil.random.split("demonstrations", pupil.learnings))
    pupil.algorithm = algorithm
  }

  mutating func reinstall(_ lessons: Lessons, with pupil: inout Pupil) {
    let fragments = lessons.all.flatMap { one -> [Fragment] in
      if case .demonstration(let demonstration) = one { [demonstration.fragment] } else { [] }
    }
    let replay = DemonstrationReplay(
      fragments, rule: rule, horizon: settings["n_step"]?.integer ?? 1,
      gamma: Float(pupil.algorithm.settings.real("gamma")),
      observationSize: pupil.environment.observationSpace.size)
    pupil.teach { $0.demonstrations = fragments.isEmpty ? nil : replay }
  }

  /// The margin loss on the demonstrated steps.
  mutating func loss(_ feedback: [Feedback], pupil: inout Pupil) -> Double {
    var lesson = ActionLesson()
    for case .demonstration(let demonstration) in feedback {
      let fragment = demonstration.fragment
      for step in 0..<fragment.length {
        lesson.append(fragment.observation(step), fragment.action(step), weight: 1)
      }
    }
    var gradient: [Float] = []
    return lesson.count == 0 ? 0 : pupil.teach { $0.lessonLoss(lesson, gradient: &gradient) }
  }
}

extension FeedbackMethodKind {
  static let dqfd = FeedbackMethodKind(
    declaration: Declaration(
      name: "dqfd",
      summary: "Deep Q-learning from demonstrations: a margin, n-step returns, never forgotten.",
      parameters: [
        Parameter(
          "share", .real(0...1), default: .setting(0.25),
          "Share of each batch that is demonstrated."),
        Parameter(
          "n_step", .integer(1...1000), default: .setting(10), "Steps of a demonstrated return."),
        Parameter(
          "margin", .real(from: 0), default: .setting(0.8),
          "What a demonstrated action's value is to exceed the others' by."),
        Parameter(
          "margin_weight", .real(from: 0), default: .setting(1.0), "Weight of the margin loss."),
        Parameter(
          "decay", .real(from: 0), default: .setting(1e-5), "Weight of the weights' square."),
        Parameter(
          "pretrain", .integer(from: 0), default: .setting(1000),
          "Gradient steps on the demonstrations alone at each learning."),
      ],
      examples: [Example("coach a method=dqfd n_step=5")],
      details: """
        J1 + Jn + margin_weight [max (Q + margin of other actions) - Q of the demonstrated one] + \
        decay L2. The margin holds on demonstrations only, which are never evicted; their rewards \
        are the environment's.
        """,
      source: "Hester et al. 2018"),
    algorithms: ["dqn"], kinds: [.demonstration], rule: .accumulates,
    make: { settings, _, _ in
      DemonstrationLearning(
        settings,
        rule: .margin(
          share: settings.real("share"), margin: Float(settings.real("margin")),
          marginWeight: Float(settings.real("margin_weight")),
          decay: Float(settings.real("decay"))))
    })
}
