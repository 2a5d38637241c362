#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Seconds that one call takes: the least of 25 rounds of `count` calls each.
func secondsEach(of count: Int, _ body: () -> Void) -> Double {
  let clock = ContinuousClock()
  return (0..<25).map { _ in seconds(clock.measure { for _ in 0..<count { body() } }) }.min()!
    / Double(count)
}

/// Seconds of the processor that this process has used: other programs' work does not count.
func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

private func seconds(_ time: Duration) -> Double {
  Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
}

/// With spaces before it up to `width` characters, at least one.
func pad(_ text: String, to width: Int) -> String {
  String(repeating: " ", count: max(1, width - text.count)) + text
}

func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
