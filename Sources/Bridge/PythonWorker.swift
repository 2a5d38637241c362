#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A Python process that runs `WorkerScript`, and the messages to and fro.
///
/// The two are joined by a socket, which is number 3 in the worker. Either side sends messages: 4
/// bytes with the length of the body (little-endian, as all numbers), then the body. The worker
/// answers each request with one message, in their order:
///
///     request  "M" JSON            make the environment
///     answer   JSON                its spaces, names and limit, or {"error": …}
///     request  "X" commands        carry them out, one after the other
///     answer   an outcome for each reset and step
///
///     command  0, seat: 4 bytes, seed: 8 bytes             reset
///              1, seat: 4 bytes, action: a double a number step
///              2, seat: 4 bytes                            put away; no outcome
///     outcome  flags: 1 byte (1 terminated, 2 truncated, 128 raised), reward: a double,
///              length of a text: 4 bytes, the text: info as JSON, or the exception,
///              observation: a float a number, unless it raised
///
/// A seat is one copy of the environment; a seat never seen is made by its first reset. When the
/// socket closes, for whatever reason, the worker ends: nothing outlives this program. What the
/// environment prints goes to a file without a name, whose last line explains a sudden end.
final class PythonWorker {
  private let process: pid_t
  private let socket: Int32
  private let log: Int32
  private let patience: Patience
  private var hasAnswered = false
  private var hasEnded = false

  /// Which interpreter runs workers: `RLHS_PYTHON`, or else `python3`.
  static var interpreter: String {
    getenv("RLHS_PYTHON").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "python3"
  }

  /// How long each answer is waited for: an environment that hangs is not to hold up who asks.
  struct Patience: Sendable {
    /// In seconds; nil for as long as it takes. The first answer comes after Python has loaded its
    /// packages, and has a minute at least.
    var limit: Double?
    /// Whether nobody wants the answer any more; asked some times a second.
    var isAbandoned: @Sendable () -> Bool = { false }
  }

  /// Why the worker is no more.
  struct Ended: Error {
    enum Cause {
      /// By itself, such as `ended with status 1`.
      case byItself(how: String)
      /// It was stopped, as an answer took longer than so many seconds.
      case tooSlow(limit: Double)
      /// It was stopped, as nobody wanted its answer any more.
      case abandoned
    }
    var cause: Cause
    /// The last line that it wrote.
    var log: String?
  }

  /// Starts a process.
  ///
  /// - Throws: `pythonMissing`.
  init(patience: Patience) throws(BridgeError) {
    self.patience = patience
    func failure(_ code: Int32) -> BridgeError {
      .pythonMissing(program: Self.interpreter, code: code)
    }
    var ends: [Int32] = [-1, -1]
    #if canImport(Darwin)
      let kind = SOCK_STREAM
    #else
      let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    #endif
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw failure(errno) }
    defer { close(ends[1]) }
    // Other children are to inherit neither end: a worker whose socket stays open never ends.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    Self.setWaits(of: ends[0])
    let log = Self.namelessFile()

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, log, 1)
    posix_spawn_file_actions_adddup2(&actions, log, 2)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 3)
    // A group of its own: Ctrl-C at the terminal is for this program, which lets workers end.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))

    let arguments = [Self.interpreter, "-u", "-c", WorkerScript.source]
    var pointers = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var process: pid_t = 0
    let code = posix_spawnp(&process, Self.interpreter, &actions, &attributes, &pointers, environ)
    guard code == 0 else {
      close(ends[0])
      close(log)
      throw failure(code)
    }
    self.process = process
    socket = ends[0]
    self.log = log
  }

  deinit {
    close(socket)
    close(log)
    if !hasEnded { awaitEnd() }
  }

  /// Gives the worker a moment to close its environments, then ends it.
  private func awaitEnd() {
    for _ in 0..<200 {
      if waitpid(process, nil, WNOHANG) != 0 { return }
      usleep(5000)
    }
    kill(process, SIGKILL)
    while waitpid(process, nil, 0) < 0 && errno == EINTR {}
  }

  private static func namelessFile() -> Int32 {
    var name = Array("/tmp/rlhs-worker-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { return open("/dev/null", O_RDWR | O_CLOEXEC) }
    unlink(name)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
  }

  // MARK: Messages

  /// A call waits for a moment at most, then patience is asked.
  private static func setWaits(of socket: Int32) {
    var moment = timeval(tv_sec: 0, tv_usec: 50_000)
    let size = socklen_t(MemoryLayout<timeval>.size)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(socket, SOL_SOCKET, option, &moment, size)
    }
  }

  func send(_ body: [UInt8]) throws(Ended) {
    let message = withUnsafeBytes(of: UInt32(body.count).littleEndian, Array.init) + body
    let start = ContinuousClock.now
    var sent = 0
    while sent < message.count {
      let count = message.withUnsafeBytes { bytes in
        #if canImport(Darwin)
          Darwin.send(socket, bytes.baseAddress! + sent, bytes.count - sent, 0)
        #else
          Glibc.send(
            socket, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
        #endif
      }
      if count < 0 {
        try checkPatience(since: start, errno)
        continue
      }
      sent += count
    }
  }

  func receive() throws(Ended) -> [UInt8] {
    let header = try read(4)
    let length = header.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self)) }
    let body = try read(Int(length))
    hasAnswered = true
    return body
  }

  private func read(_ length: Int) throws(Ended) -> [UInt8] {
    let start = ContinuousClock.now
    var bytes = [UInt8](repeating: 0, count: length)
    var filled = 0
    while filled < length {
      let count = bytes.withUnsafeMutableBytes {
        recv(socket, $0.baseAddress! + filled, length - filled, 0)
      }
      if count == 0 { throw end() }
      if count < 0 {
        try checkPatience(since: start, errno)
        continue
      }
      filled += count
    }
    return bytes
  }

  /// After a call that did nothing for that reason: whether to make it again.
  private func checkPatience(since start: ContinuousClock.Instant, _ reason: Int32) throws(Ended) {
    guard [EINTR, EAGAIN, EWOULDBLOCK].contains(reason) else { throw end() }
    if patience.isAbandoned() { throw stop(.abandoned) }
    let limit = patience.limit.map { hasAnswered ? $0 : max($0, 60) }
    if let limit, ContinuousClock.now - start >= .seconds(limit) {
      throw stop(.tooSlow(limit: limit))
    }
  }

  /// Ends the process, which can do nothing about it.
  private func stop(_ cause: Ended.Cause) -> Ended {
    _ = awaitKilled()
    return Ended(cause: cause, log: lastLine())
  }

  /// How the process ended that no longer answers.
  private func end() -> Ended {
    let status = awaitKilled()
    let signal = status & 0x7f
    let how =
      signal == 0
      ? "ended with status \(status >> 8 & 0xff)"
      : "was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
    return Ended(cause: .byItself(how: how), log: lastLine())
  }

  /// Gives the status with which the process ended, now at the latest.
  private func awaitKilled() -> Int32 {
    kill(process, SIGKILL)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    hasEnded = true
    return status
  }

  private func lastLine() -> String? {
    let size = lseek(log, 0, SEEK_END)
    guard size > 0 else { return nil }
    let length = min(Int(size), 2000)
    var bytes = [UInt8](repeating: 0, count: length)
    let count = pread(log, &bytes, length, size - off_t(length))
    let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).last.map(String.init)
  }
}
