/// Runs the benchmark named first on the command line, with what follows as its arguments.
let benchmarks: [(name: String, run: ([String]) -> Void)] = [
  ("kernels", { _ in benchmarkKernels() }),
  ("dqn-cartpole", { benchmarkDQNPreset(seeds: $0.first.flatMap { Int($0) } ?? 10) }),
  ("learning", benchmarkLearning),
  ("feedback", benchmarkFeedback),
  ("training-speed", benchmarkTrainingSpeed),
  ("stepping", benchmarkStepping),
  ("hashes", { _ in printHashes() }),
  ("dqn-sb3-settings", { _ in benchmarkDQNSpeed() }),
  ("text-speed", { _ in benchmarkTextSpeed() }),
  ("text-threads", { _ in benchmarkTextThreads() }),
  ("text-learning", benchmarkTextLearning),
  ("text-feedback", benchmarkTextFeedback),
  ("search-values", { _ in printSearchValues() }),
  (
    "search",
    {
      benchmarkSearch(seeds: $0.first.flatMap { Int($0) } ?? 30, samplers: Array($0.dropFirst()))
    }
  ),
]

let arguments = CommandLine.arguments.dropFirst()
if let benchmark = benchmarks.first(where: { $0.name == arguments.first }) {
  benchmark.run(Array(arguments.dropFirst()))
} else {
  print("benchmarks: " + benchmarks.map(\.name).joined(separator: ", "))
}
