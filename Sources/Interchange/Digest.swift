import RLCore

/// The SHA-256, in hexadecimal, of everything in `archive`: names, types, shapes and bytes of the
/// tensors in their order, then the metadata by key.
///
/// Every part goes in with its length before it, so that no two different archives are the same
/// stream of bytes.
package func digest(of archive: StateArchive) -> String {
  var hash = SHA256()

  func add(_ number: Int) {
    withUnsafeBytes(of: UInt64(number).littleEndian) { hash.update($0) }
  }
  func add(_ text: String) {
    add(text.utf8.count)
    hash.update(Array(text.utf8))
  }

  add(archive.tensors.count)
  for tensor in archive.tensors {
    add(tensor.name)
    add(tensor.elementType.rawValue)
    add(tensor.shape.count)
    for extent in tensor.shape { add(extent) }
    add(tensor.bytes.count)
    hash.update(tensor.bytes)
  }
  add(archive.metadata.count)
  for (key, value) in archive.metadata.sorted(by: { $0.key < $1.key }) {
    add(key)
    add(value)
  }
  return hash.finish()
}
