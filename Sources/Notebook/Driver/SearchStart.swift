import Language
import RLCore
import Schema
import Store

/// A search that is about to run, or to run on: what it needs beside its plan.
struct SearchStart {
  var plan: SearchPlan
  /// As the session calls it, and as its record is called.
  var name: String
  var recordName: String
  /// Whether something of it is on record.
  var isRecorded: Bool
  /// Workers; nil for one a core.
  var jobs: Int?
  var isShown: Bool

  /// Runs it to its end.
  ///
  /// - Parameters:
  ///   - function: the objective, where it is one.
  ///   - asker: who rates, where ratings are the objective.
  func run(
    objective function: FrozenFunction?, asker: Asker?, in session: Session
  ) throws -> SearchHandle {
    let search = try SearchHandle(name: name, recordName: recordName, plan: plan, in: session)
    if plan.isTold {
      if isRecorded { _ = try SearchRecord(of: search, in: session).restore() }
      return search
    }
    let work: any TrialWork
    if let learner = plan.learner {
      let trial = TrainingTrial(
        algorithm: learner.algorithm, settings: learner.settings,
        environment: try learner.instance(in: session), steps: plan.steps,
        episodes: plan.episodes)
      try announce(trial, in: session)
      work = trial
    } else if let function {
      work = FunctionTrial(function: function)
    } else {
      throw RunError(
        .command, "search `\(recordName)` needs its objective, which only its own session has",
        hint: "write the `search` again, with `name=\(recordName)`")
    }
    var driver = try SearchDriver(
      search, work: work, jobs: jobs, isRecorded: isRecorded, isShown: isShown, in: session,
      judge: asker.map { asker in
        { job, seed in try rating(of: job, seed, of: search, by: asker, in: session) }
      })
    try driver.run()
    return search
  }

  /// Says what will be done and about how long it takes.
  private func announce(_ trial: TrainingTrial, in session: Session) throws {
    let workers = Cores.workers(wanted: jobs)
    var text = "search \(name): "
    if let trials = plan.trials ?? plan.gridCount {
      let runs = trials * plan.seeds
      let rate = try trial.measuredRate()
      let seconds = Double(runs) * Double(plan.steps) / rate / Double(min(workers, runs))
      text += "\(trials) trials"
      if plan.seeds > 1 { text += " of \(plan.seeds) seeds" }
      text += " and \(compact(plan.steps)) steps, on \(workers) core\(workers == 1 ? "" : "s"): "
      text += (plan.pruner == "none" ? "about " : "at most ") + duration(seconds: seconds)
    }
    session.output.note(text)
  }

  /// Shows an episode of a trial's agent and asks how good it is.
  private func rating(
    of job: Job, _ seed: Int, of search: SearchHandle, by asker: Asker, in session: Session
  ) throws -> Double? {
    let path = search.checkpoint(job.trial, seed: seed, steps: job.steps.upperBound)
    let agent = try session.restoredAgent(
      from: CheckpointStore.load(path), path: path, named: "\(name)-\(job.trial)")
    var rollout = try Rollout(agent.core, seed: agent.core.seed(for: "score", 0), epsilon: 0)
    while try !rollout.advance(steps: 256) {
      if InterruptFlag.shared.isSet { throw RunError.interrupted }
    }
    let episode = EpisodeHandle(rollout.episode, environment: agent.environment, agent: agent)
    if session.canAsk { try EpisodePlayer.play(episode, in: session) }
    let inquiry = Inquiry.rating(FeedbackSubject(episode, in: session))
    guard let answer = try asker.answer(to: inquiry) else { return nil }
    return try session.take(answer, to: inquiry).value.real
  }
}

extension SearchPlan.Learner {
  /// The environment its agents learn in.
  func instance(in session: Session) throws -> EnvironmentInstance {
    let known = try session.instance(named: environment, settings: environmentSettings)
    let instance =
      try known ?? EnvironmentInstance(named: environment, settings: environmentSettings)
    guard hasOwnReward == (instance.rewardFunction != nil) else {
      throw RunError(
        .command,
        "the search was made with \(hasOwnReward ? "a" : "no") reward function on `\(environment)`",
        hint: "make that environment the current one first, as it was")
    }
    return instance
  }
}

extension TrainingTrial {
  /// Steps a second of one worker, by a moment of training; nothing is kept of it.
  func measuredRate() throws -> Double {
    let agent = try training(with: []).agent(seed: 0)
    var trainer = Trainer(agent, steps: agent.totalSteps)
    let start = monotonicSeconds()
    var (halfAt, halfSteps) = (start, 0)
    while monotonicSeconds() - start < Self.measuredSeconds {
      if case .finished = try trainer.advance() { break }
      // Before it learns, an agent is much faster: the second half says more.
      if monotonicSeconds() - start < Self.measuredSeconds / 2 {
        (halfAt, halfSteps) = (monotonicSeconds(), trainer.steps)
      }
    }
    return max(1, Double(trainer.steps - halfSteps))
      / max(1e-6, monotonicSeconds() - halfAt)
  }

  private static let measuredSeconds = 0.06
}
