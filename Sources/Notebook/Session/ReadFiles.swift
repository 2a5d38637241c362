import Glibc
import Synchronization

/// The files that were read since someone asked, by any thread.
final class ReadFiles: Sendable {
  private let paths = Mutex<Set<String>>([])

  func note(_ path: String) { paths.withLock { _ = $0.insert(path) } }

  /// Gives them, and begins anew.
  func take() -> Set<String> {
    paths.withLock { paths in
      defer { paths = [] }
      return paths
    }
  }
}

/// What tells whether a file is still the one that was read: its length and when it was written. Of a
/// file that is not there there is none.
struct FileStamp: Equatable {
  private let length: Int
  private let seconds: Int
  private let nanoseconds: Int

  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    length = Int(status.st_size)
    (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
  }
}
