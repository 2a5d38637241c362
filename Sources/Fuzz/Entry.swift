// Coverage-guided fuzzing of all that reads what a person writes. The compiler's fuzzer has the main
// program: it changes the inputs of a corpus, keeps those that reach new code, and writes down one
// that crashes, hangs or takes too much memory. `scripts/soak fuzz` builds and runs this.

/// Called once, before the first input.
@_cdecl("LLVMFuzzerInitialize")
public func start(_ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?) -> CInt
{
  Watchdog.start()
  return 0
}

/// Called with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func tryInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  Trial(bytes: UnsafeBufferPointer(start: start, count: count)).run()
  return 0
}
