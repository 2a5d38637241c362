#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A plain file open for reading, closed with the value.
struct InputFile: ~Copyable {
  let path: String
  let size: Int
  private let descriptor: Int32

  init(_ path: String) throws(InterchangeError) {
    // A pipe without a writer would keep `open` waiting.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .file(path: path, verb: "read", code: errno) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .notAFile(path: path)
    }
    self.path = path
    self.size = Int(facts.st_size)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Whether a plain file stands there.
  static func exists(_ path: String) -> Bool { (try? InputFile(path)) != nil }

  /// Whether a folder stands there.
  static func isFolder(_ path: String) -> Bool {
    var facts = stat()
    return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
  }

  func readAll() throws(InterchangeError) -> [UInt8] { try read(0..<size) }

  func read(_ range: Range<Int>) throws(InterchangeError) -> [UInt8] {
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      while count < range.count {
        let target = buffer.baseAddress! + count
        let got = pread(descriptor, target, range.count - count, off_t(range.lowerBound + count))
        if got < 0, errno == EINTR { continue }
        guard got > 0 else {
          code = got < 0 ? errno : EIO
          return
        }
        count += got
      }
    }
    if code != 0 { throw .file(path: path, verb: "read", code: code) }
    return bytes
  }
}
