#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif
import GRDB

/// What a project remembers, in one SQLite file: runs and their metrics, the ledger of feedback,
/// cells, studies and trials.
///
/// Nothing is opened or made before the first use, and nothing is made to answer a question: an
/// absent store is an empty one. One object is one connection, used by one thread; several
/// processes may have the same store open. SQLite's write-ahead log lets them read while one
/// writes, and every change is on the disk when its function returns (`synchronous = FULL`). A
/// single connection (a queue, in GRDB's words) is enough, for the session asks one thing at a
/// time; a pool would open more files and threads for readers that nobody is.
package final class ProjectStore {
  /// The folder `.rlhs` in the project's folder.
  package let storeFolder: String
  /// Where the checkpoints of runs and trials belong; made when the first is written.
  package let checkpointFolder: String
  /// The database's file.
  package let path: String
  /// How long to wait, in seconds, while other processes write.
  private let patience: Double
  private var connection: DatabaseQueue?

  /// The store of the project in `folder`.
  package init(folder: String, patience: Double = 10) {
    storeFolder = folder + "/.rlhs"
    checkpointFolder = storeFolder + "/checkpoints"
    path = storeFolder + "/store.sqlite"
    self.patience = patience
  }

  /// Closes the file; the next use opens it again.
  package func close() throws(StoreError) {
    guard let connection else { return }
    do {
      try connection.close()
    } catch {
      throw storeError(error)
    }
    self.connection = nil
  }

  /// Carries out `change` as a whole or not at all; on return it is on the disk.
  func write<Result>(
    _ change: (Database) throws -> Result
  ) throws(StoreError) -> Result {
    do {
      return try opened().write(change)
    } catch {
      throw storeError(error)
    }
  }

  /// What `question` finds, or `absent` where there is no store yet.
  func read<Result>(
    absent: Result, _ question: (Database) throws -> Result
  ) throws(StoreError) -> Result {
    if connection == nil, access(path, F_OK) != 0, errno == ENOENT { return absent }
    do {
      return try opened().read(question)
    } catch {
      throw storeError(error)
    }
  }

  private func opened() throws -> DatabaseQueue {
    if let connection { return connection }
    try AtomicFile.makeFolder(storeFolder)
    // Two processes must not make the tables at once, nor switch to the write-ahead log, where
    // SQLite does not wait for its turn.
    let queue = try AtomicFile.alone(in: storeFolder) { try open() }
    connection = queue
    return queue
  }

  private func open() throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(patience)
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    if try queue.read(migrations.hasBeenSuperseded) { throw StoreError.newer(path: path) }
    try migrations.migrate(queue)
    // Set last: GRDB goes with a weaker setting for the write-ahead log.
    try queue.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON")
    }
    return queue
  }

  private func storeError(_ error: any Error) -> StoreError {
    if let error = error as? StoreError { return error }
    if error is Fields.Mismatch { return .notAStore(path: path) }
    guard let error = error as? DatabaseError else {
      return .database(path: path, message: "\(error)")
    }
    switch error.resultCode {
    case .SQLITE_FULL: return .diskFull(path: path)
    case .SQLITE_IOERR where isDiskFull: return .diskFull(path: path)
    case .SQLITE_BUSY, .SQLITE_LOCKED: return .busy(path: path)
    case .SQLITE_NOTADB, .SQLITE_CORRUPT: return .notAStore(path: path)
    case .SQLITE_READONLY, .SQLITE_CANTOPEN:
      // SQLite does not say why; the system does. To read, the write-ahead log is written too.
      for place in [storeFolder, path] where access(place, W_OK) != 0 {
        return .file(path: place, verb: "written", code: errno)
      }
      return .database(path: path, message: error.message ?? "\(error.resultCode)")
    default: return .database(path: path, message: error.message ?? "\(error.resultCode)")
    }
  }

  /// Whether there is no room at all: the write-ahead log then fails without saying why.
  private var isDiskFull: Bool {
    var space = statvfs()
    return statvfs(storeFolder, &space) == 0 && space.f_bavail == 0
  }
}
