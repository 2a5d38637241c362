#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif
import Interchange
import RLCore

/// Checkpoints: safetensors files that are replaced as a whole and carry a checksum of everything
/// in them.
package enum CheckpointStore {
  private static let checksumKey = "sha256"

  /// Writes `archive` to `path` and returns its digest, when it is on the disk. If that fails, what
  /// stood there is whole. With `keepingPrevious` the file it replaces stays beside it.
  @discardableResult
  package static func write(
    _ archive: StateArchive, to path: String, keepingPrevious: Bool = false
  ) throws(StoreError) -> String {
    precondition(archive.metadata[checksumKey] == nil, "a checkpoint's \(checksumKey) is its own")
    let checksum = digest(of: archive)
    var archive = archive
    archive.metadata[checksumKey] = checksum
    try AtomicFile.replace(
      path, with: [Safetensors.header(of: archive)] + archive.tensors.map(\.bytes),
      keeping: keepingPrevious ? previous(of: path) : nil)
    return checksum
  }

  /// The checkpoint at `path`, exactly as it was written.
  package static func load(_ path: String) throws(StoreError) -> StateArchive {
    do {
      return try verified(path)
    } catch .damagedCheckpoint(let path, let reason, _) {
      let previous = previous(of: path)
      let isSound = (try? verified(previous)) != nil
      throw .damagedCheckpoint(path: path, reason: reason, previous: isSound ? previous : nil)
    }
  }

  /// Where the checkpoint that the one at `path` replaced is kept: `a.safetensors` leaves
  /// `a.previous.safetensors`.
  package static func previous(of path: String) -> String {
    let ending = ".safetensors"
    return path.hasSuffix(ending)
      ? path.dropLast(ending.count) + ".previous" + ending : path + ".previous"
  }

  private static func verified(_ path: String) throws(StoreError) -> StateArchive {
    var archive: StateArchive
    do {
      archive = try Safetensors.read(path)
    } catch {
      switch error {
      case .file(let path, let verb, let code):
        throw .file(path: path, verb: verb, code: code)
      case .notAFile(let path): throw .notACheckpoint(path: path)
      case .safetensors(_, let reason), .json(_, let reason),
        .transformers(_, let reason), .zip(_, let reason), .pickle(_, let reason),
        .stableBaselines(_, let reason), .notExportable(_, let reason):
        throw .damagedCheckpoint(path: path, reason: reason, previous: nil)
      }
    }
    guard let checksum = archive.metadata.removeValue(forKey: checksumKey) else {
      throw .notACheckpoint(path: path)
    }
    guard digest(of: archive) == checksum else {
      throw .damagedCheckpoint(
        path: path, reason: "its contents do not match its checksum", previous: nil)
    }
    return archive
  }
}
