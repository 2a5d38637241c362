#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The processor's seconds that one call takes: the least of 50 rounds of `count` calls each.
func secondsEach(of count: Int, _ body: () -> Void) -> Double {
  let rounds = (0..<50).map { _ in
    let start = processorSeconds()
    for _ in 0..<count { body() }
    return processorSeconds() - start
  }
  return rounds.min()! / Double(count)
}

/// Seconds of the processor that this process has used: other programs' work does not count.
func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Seconds of a clock that runs on whatever this process does.
func wallSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// With spaces before it up to `width` characters, at least one.
func pad(_ text: String, to width: Int) -> String {
  String(repeating: " ", count: max(1, width - text.count)) + text
}

func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
