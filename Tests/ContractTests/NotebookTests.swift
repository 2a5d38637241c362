import Foundation
import Testing

/// Commands on what a project keeps: runs are listed, sorted, compared and removed.
@Suite(.enabled(if: Subject.binary != nil)) struct NotebookTests {
  private static let trained = """
    env CartPole-v1 seed=1
    a = agent dqn
    for i in 1..3 { train a steps=300 }

    """

  private func run(_ code: String) throws -> (result: Subject.Result, checkpoints: [String]) {
    let subject = try Subject()
    defer { subject.remove() }
    let result = try subject.run(code: Self.trained + code)
    let folder = subject.folder.appending(path: ".rlhs/checkpoints").path
    return (result, try FileManager.default.contentsOfDirectory(atPath: folder).sorted())
  }

  @Test func `a run that is named goes with its metrics and checkpoints`() throws {
    let (result, checkpoints) = try run(
      "rm 2\nprint map(runs(), fn(r) => r.id)\nexport m.csv\n"
        + "print count(read_csv(\"m.csv\"), fn(row) => row.run == 2)")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasSuffix("removed run 2\n[1, 3]\nwrote m.csv\n0\n"))
    #expect(!checkpoints.isEmpty && !checkpoints.contains { $0.hasPrefix("run-2.") })
  }

  @Test func `several runs need a word`() throws {
    let (refused, kept) = try run("rm 1..2")
    #expect(refused.status == 1)
    #expect(refused.errors.contains("2 runs of 600 steps in all are to be removed"))
    #expect(refused.errors.contains("`sure=true`"))
    #expect(kept.contains { $0.hasPrefix("run-1.") })
    let (result, checkpoints) = try run(
      "runs | where fn(r) => r.id != 3 | rm sure=true\nrm 1..9\nprint len(runs())")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasSuffix("removed 2 runs\nremoved run 3\n0\n"))
    #expect(checkpoints.isEmpty)
  }

  @Test func `a run that there is not is told, and feedback stays`() throws {
    let (missing, _) = try run("rm 9")
    #expect(missing.status == 1)
    #expect(missing.errors.contains("there is no run 9"))
    let (result, _) = try run(
      "ep = rollout a\nfeedback ep 1\nrm 1..3 sure=true\nprint len(ledger())")
    #expect(result.output.hasSuffix("\n1\n"), "\(result.errors)")
  }

  @Test func `runs are filtered, sorted and shown as a table`() throws {
    let (result, _) = try run(
      """
      runs | where fn(r) => r.id > 1 | sort by=fn(r) => -r.id | table columns=["id", "agent"]
      """)
    #expect(
      result.output.hasSuffix("id  agent\n──  ─────\n 3  a\n 2  a\n"), "\(result.errors)")
  }

  @Test func `runs of several seeds are compared by what their agents reach`() throws {
    let (result, _) = try run(
      """
      b = agent ppo
      c = compare (train a steps=300 seeds=2) (train b steps=300 seeds=2) episodes=3
      print len(c.scores[0]) len(c.scores[1]) c.first c.second
      """)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasSuffix("2 2 a b\n"))
    let (wrong, _) = try run("compare a (train a steps=10)")
    #expect(wrong.status == 1)
    #expect(wrong.errors.contains("an agent is compared with an agent"))
  }

  @Test func `a plot of several seeds is named after the agent they were trained for`() throws {
    let (result, _) = try run("plot (train a steps=500 seeds=2) height=8")
    #expect(result.output.contains("\na over 2 seeds\n"), "\(result.output)")
  }
}
