import Language

extension Session {
  /// Whether the work at hand is to stop at its next safe point: Ctrl-C for what a person waits for,
  /// `stop` for what goes on behind the prompt.
  var isInterrupted: Bool { job?.isStopping ?? InterruptFlag.shared.isSet }

  /// Tells that long work begins, which reads no more of the session that a job came from.
  func willWork() { job?.detach() }

  /// Shows how the work stands: on the line of whoever waits, or in the job's status.
  func show(_ progress: @autoclosure () -> Progress, on line: ProgressLine) {
    if let job { job.report(progress()) } else { line.update(progress()) }
  }

  /// Starts a call behind the prompt.
  func startJob(
    _ call: CommandCall, of command: any SessionCommand.Type
  ) throws -> BackgroundJob {
    let own = Session(
      output: Output(isJSON: output.isJSON, destination: .heldBack), project: project,
      isPrompt: false)
    own.environment = environment
    own.corpus = corpus
    own.currentSource = currentSource
    // Without an agent the current one is meant now, not whenever the job looks.
    let agents = call.agents.isEmpty ? [current].compactMap { $0 } : call.agents
    if let agent = agents.first { own.adopt(agent) }
    let label = ([command.declaration.name] + agents.map(\.name)).joined(separator: " ")
    let job = BackgroundJob(number: jobs.count + 1, label: label, session: own)
    jobs.append(job)
    for agent in agents {
      agent.lend()
      agent.job = job
    }
    let announce = announce
    job.start(call, of: command) { job in
      announce?("job \(job.number) \(job.state): `wait \(job.number)` shows what it printed")
    }
    return job
  }

  /// Waits for a job and shows what it printed, once. Ctrl-C stops the waiting, not the job.
  ///
  /// - Throws: what ended the job.
  func wait(for job: BackgroundJob) throws -> Value {
    let line = ProgressLine()
    defer { line.clear() }
    while !job.waitForEnd(milliseconds: 50) {
      if InterruptFlag.shared.isSet { throw RunError.interrupted }
      if let progress = job.progress { line.update(progress) }
    }
    line.clear()
    guard let outcome = job.outcome else { return .null }
    if collectedJobs.insert(job.number).inserted {
      output.adopt(outcome.output, items: outcome.items)
      if let error = outcome.error, !error.isInterrupt { throw error }
    }
    return outcome.value
  }

  /// Ends every job at a safe point, for a session that ends.
  func stopJobs() {
    for job in jobs where !job.hasEnded { job.stop() }
    for job in jobs { while !job.waitForEnd(milliseconds: 1000) {} }
  }
}

extension CommandCall {
  /// The agents that the call is about.
  var agents: [any SessionAgent] {
    var agents: [any SessionAgent] = []
    for value in values {
      if let agent = value.handle as? any SessionAgent { agents.append(agent) }
      for element in value.elements ?? [] {
        if let agent = element.handle as? any SessionAgent { agents.append(agent) }
      }
    }
    return agents
  }
}
