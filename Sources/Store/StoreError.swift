#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What can go wrong while something is kept or fetched: the facts. The wording is below.
package enum StoreError: Error, Equatable {
  /// No room for `path`, by the disk, a quota or a limit on a file's size. What stood there before
  /// is whole.
  case diskFull(path: String)
  /// The system refused: `verb` is what was tried, such as `written`, and `code` its `errno`.
  case file(path: String, verb: String, code: Int32)
  /// A folder, a device or a pipe stands where a file should be written.
  case notAFile(path: String)
  /// Others have been writing to the store for as long as one waits.
  case busy(path: String)
  /// The store can be neither read nor mended.
  case notAStore(path: String)
  /// The store was written by a later version of the program.
  case newer(path: String)
  /// Anything else SQLite says.
  case database(path: String, message: String)
  /// Nothing of that kind, such as `feedback`, has this number or name.
  case missing(kind: String, name: String)
  /// The feedback has been taken back before.
  case alreadyRetracted(Int)
  /// `previous` is the checkpoint that this one replaced, where it is there and sound.
  case damagedCheckpoint(path: String, reason: String, previous: String?)
  /// A sound file, but without the checksum that every checkpoint has.
  case notACheckpoint(path: String)
}

extension StoreError: CustomStringConvertible {
  /// One sentence without a full stop, fit to be shown to a user.
  package var description: String {
    switch self {
    case .diskFull(let path): "the disk is full: \(path) could not be written"
    case .file(let path, let verb, let code):
      "\(path) cannot be \(verb): \(String(cString: strerror(code)))"
    case .notAFile(let path): "\(path) is not a plain file, and is left as it is"
    case .busy(let path): "\(path) is in use by another program that does not let go of it"
    case .notAStore(let path): "\(path) is damaged, or no store of this program"
    case .newer(let path): "\(path) was written by a later version of this program"
    case .database(let path, let message): "\(path) cannot be used: \(message)"
    case .missing(let kind, let name): "there is no \(kind) \(name)"
    case .alreadyRetracted(let id): "feedback \(id) has already been taken back"
    case .damagedCheckpoint(let path, let reason, let previous):
      "checkpoint \(path) is damaged: \(reason)"
        + (previous.map { "; the one before is \($0)" } ?? "")
    case .notACheckpoint(let path): "\(path) is no checkpoint of this program: it has no checksum"
    }
  }

  /// What to do about it, where that is known.
  package var hint: String? {
    switch self {
    case .diskFull: "make room and try again; what was kept before is whole"
    case .file(_, _, EACCES), .file(_, _, EPERM), .file(_, _, EROFS):
      "check the permissions, or choose another folder"
    case .file(_, _, ENOENT): "check the path; it is relative to the working folder"
    case .file, .database, .missing, .alreadyRetracted: nil
    case .notAFile: "give another path"
    case .busy: "end the other program and try again"
    case .notAStore: "move it away, with the files beside it, and a new one is begun"
    case .newer: "use that version, or another project folder"
    case .damagedCheckpoint(let path, _, let previous):
      previous.map { "load \($0) in its place" } ?? "load another checkpoint than \(path)"
    case .notACheckpoint: nil
    }
  }

  /// A call of the system that failed just now.
  static func system(_ path: String, _ verb: String, code: Int32 = errno) -> StoreError {
    switch code {
    case ENOSPC, EDQUOT, EFBIG: .diskFull(path: path)
    default: .file(path: path, verb: verb, code: code)
    }
  }
}
