import Foundation

/// A folder of its own for a store that is not to stay.
package struct TemporaryFolder {
  /// Absolute.
  package let path: String

  /// Makes it where temporary files lie.
  package init() throws(StoreError) {
    path = NSTemporaryDirectory() + "/rlhs-\(UUID().uuidString)"
    try AtomicFile.makeFolder(path)
  }

  /// Removes it with all that is in it.
  package func remove() { try? FileManager.default.removeItem(atPath: path) }
}
