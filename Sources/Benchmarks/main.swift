/// Runs the benchmarks named on the command line: `Benchmarks kernels`.
let benchmarks: [(name: String, run: () -> Void)] = [
  ("kernels", benchmarkKernels),
  ("updates", benchmarkUpdates),
]

let names = CommandLine.arguments.dropFirst()
if names.isEmpty {
  print("benchmarks: " + benchmarks.map(\.name).joined(separator: ", "))
}
for name in names {
  if let benchmark = benchmarks.first(where: { $0.name == name }) {
    benchmark.run()
  } else {
    print("no benchmark is named \(name): " + benchmarks.map(\.name).joined(separator: ", "))
  }
}
