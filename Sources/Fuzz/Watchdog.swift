import Language
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Stops programs that run too long or hold too much, as Ctrl-C would.
enum Watchdog {
  static let interrupt = Interrupt()

  private static let deadline = Atomic<UInt64>(.max)
  /// What a program may take: milliseconds, and pages of memory (1 GiB).
  private static let mostTime: UInt64 = 40
  private static let mostPages = 1 << 18

  static func start() {
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { _ in
        while true {
          usleep(1_000)
          if Watchdog.now >= Watchdog.deadline.load(ordering: .relaxed)
            || Watchdog.pages > Watchdog.mostPages
          {
            Watchdog.interrupt.request()
          }
        }
      }, nil)
  }

  static func begin() { deadline.store(now + mostTime, ordering: .relaxed) }

  static func end() {
    deadline.store(.max, ordering: .relaxed)
    interrupt.clear()
  }

  private static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
  }

  /// How much of the process lies in memory.
  private static var pages: Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, CInt(line.count), file) != nil else { return 0 }
    let words = line.prefix { $0 != 0 }.split(separator: 32)
    return words.count > 1 ? words[1].reduce(0) { $0 * 10 + Int($1) - 48 } : 0
  }
}
