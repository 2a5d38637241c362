/// Runs the benchmark named first on the command line, with what follows as its arguments.
let benchmarks: [(name: String, run: ([String]) -> Void)] = [
  ("kernels", { _ in benchmarkKernels() }),
  ("updates", { _ in benchmarkUpdates() }),
]

let arguments = CommandLine.arguments.dropFirst()
if let benchmark = benchmarks.first(where: { $0.name == arguments.first }) {
  benchmark.run(Array(arguments.dropFirst()))
} else {
  print("benchmarks: " + benchmarks.map(\.name).joined(separator: ", "))
}
