import RLCore
import Schema

/// The safetensors format: 8 bytes with the length of a header (little-endian), the header in JSON,
/// and the numbers of all tensors one after the other.
///
/// The header maps a tensor's name to its type, shape and place in the data, and `__metadata__` to
/// strings. See https://github.com/huggingface/safetensors for the format.
package enum Safetensors {
  static let metadataKey = "__metadata__"
  /// The format's own limit.
  static let longestHeader = 100_000_000

  /// The bytes of a file that holds `archive`.
  package static func encode(_ archive: StateArchive) -> [UInt8] {
    var bytes = header(of: archive)
    bytes.reserveCapacity(bytes.count + archive.tensors.reduce(0) { $0 + $1.bytes.count })
    for tensor in archive.tensors { bytes += tensor.bytes }
    return bytes
  }

  /// What stands in a file before the numbers, which then follow in the order of the tensors. It is
  /// padded with spaces so that they begin at a multiple of 8 bytes.
  package static func header(of archive: StateArchive) -> [UInt8] {
    var entries: [Setting.Entry] = []
    if !archive.metadata.isEmpty {
      let strings = archive.metadata.sorted { $0.key < $1.key }
      let map = strings.map { Setting.Entry($0.key, .string($0.value)) }
      entries.append(.init(metadataKey, .map(map)))
    }
    var names: Set<String> = [metadataKey]
    var end = 0
    for tensor in archive.tensors {
      precondition(names.insert(tensor.name).inserted, "two tensors are named \(tensor.name)")
      let start = end
      end += tensor.bytes.count
      let place: [Setting] = [.integer(start), .integer(end)]
      entries.append(
        .init(
          tensor.name,
          .map([
            .init("dtype", .string(tensor.elementType.rawValue)),
            .init("shape", .list(tensor.shape.map(Setting.integer))),
            .init("data_offsets", .list(place)),
          ])))
    }
    var text = Array(JSON.write(.map(entries)).utf8)
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    return withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init) + text
  }

  /// The archive in `bytes`; `name` is what an error calls them. The tensors come in the order of
  /// their data.
  package static func decode(
    _ bytes: [UInt8], name: String
  ) throws(InterchangeError) -> StateArchive {
    try decode(size: bytes.count, name: name) { Array(bytes[$0]) }
  }

  /// The archive in the file at `path`. Nothing in the file is trusted, and each tensor is read
  /// straight into its place, so that a large file is in memory only once.
  package static func read(_ path: String) throws(InterchangeError) -> StateArchive {
    let file = try InputFile(path)
    return try decode(size: file.size, name: path) { range throws(InterchangeError) in
      try file.read(range)
    }
  }

  private static func decode(
    size: Int, name: String, fetch: (Range<Int>) throws(InterchangeError) -> [UInt8]
  ) throws(InterchangeError) -> StateArchive {
    func fault(_ reason: String) -> InterchangeError { .safetensors(name: name, reason: reason) }

    guard size >= 8 else { throw fault("it has \(size) bytes, fewer than the shortest header") }
    let length = try fetch(0..<8).withUnsafeBytes {
      UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))
    }
    guard length <= longestHeader, length <= size - 8 else {
      throw fault("its header would have \(length) bytes, and \(size - 8) follow")
    }
    let dataStart = 8 + Int(length)
    let header: Setting
    do {
      header = try JSON.read(try fetch(8..<dataStart))
    } catch {
      guard case .json(let offset, let reason) = error else { throw error }
      throw fault("its header is no JSON at byte \(8 + offset): \(reason)")
    }
    let layout: Layout
    do {
      layout = try Layout(header: header, dataSize: size - dataStart)
    } catch {
      throw fault(error.reason)
    }

    var archive = StateArchive()
    archive.metadata = layout.metadata
    for entry in layout.entries {
      let range = dataStart + entry.place.lowerBound..<dataStart + entry.place.upperBound
      archive.tensors.append(
        .init(
          name: entry.name, elementType: entry.elementType, shape: entry.shape,
          bytes: try fetch(range)))
    }
    return archive
  }
}

/// A header whose every statement has been checked against the size of the data.
private struct Layout {
  var metadata: [String: String] = [:]
  /// In the order of their data, which they fill without gap or overlap.
  var entries: [Entry] = []

  struct Entry {
    var name: String
    var elementType: StateArchive.ElementType
    var shape: [Int]
    var place: Range<Int>
  }

  struct Flaw: Error {
    var reason: String
    init(_ reason: String) { self.reason = reason }
  }

  init(header: Setting, dataSize: Int) throws(Flaw) {
    guard case .map(let items) = header else { throw Flaw("its header is no map") }
    for item in items {
      if item.key == Safetensors.metadataKey {
        metadata = try Self.metadata(item.value)
      } else {
        entries.append(try Self.entry(item.key, item.value))
      }
    }
    // Stable, so that tensors without elements stay where the header has them.
    entries = entries.enumerated()
      .sorted {
        ($0.element.place.lowerBound, $0.offset) < ($1.element.place.lowerBound, $1.offset)
      }
      .map(\.element)
    var end = 0
    for entry in entries {
      guard entry.place.lowerBound == end else {
        throw Flaw(
          "tensor \(quote(entry.name)) begins at byte \(entry.place.lowerBound), not \(end)")
      }
      end = entry.place.upperBound
    }
    guard end == dataSize else {
      throw Flaw("its tensors have \(end) bytes, and \(dataSize) follow")
    }
  }

  private static func metadata(_ value: Setting) throws(Flaw) -> [String: String] {
    guard case .map(let items) = value else { throw Flaw("its metadata is no map") }
    var strings: [String: String] = [:]
    for item in items {
      guard let string = item.value.string else {
        throw Flaw("its metadata \(quote(item.key)) is no string")
      }
      strings[item.key] = string
    }
    return strings
  }

  private static func entry(_ name: String, _ value: Setting) throws(Flaw) -> Entry {
    guard let typeName = value["dtype"]?.string, let shape = sizes(value["shape"]),
      let place = sizes(value["data_offsets"]), place.count == 2, place[0] <= place[1]
    else { throw Flaw("tensor \(quote(name)) has no sound type, shape and place") }
    guard let elementType = StateArchive.ElementType(rawValue: typeName) else {
      throw Flaw("tensor \(quote(name)) is of type \(quote(typeName)), which is not known here")
    }
    var bytes = elementType.size
    for extent in shape {
      let (product, overflows) = bytes.multipliedReportingOverflow(by: extent)
      if overflows { throw Flaw("tensor \(quote(name)) is too large") }
      bytes = product
    }
    guard place[1] - place[0] == bytes else {
      throw Flaw(
        "tensor \(quote(name)) of shape \(shape) needs \(bytes) bytes, not \(place[1] - place[0])")
    }
    return Entry(name: name, elementType: elementType, shape: shape, place: place[0]..<place[1])
  }

  /// A list of integers from 0 up.
  private static func sizes(_ value: Setting?) -> [Int]? {
    guard let elements = value?.list else { return nil }
    let numbers = elements.compactMap(\.integer)
    return numbers.count == elements.count && numbers.allSatisfy { $0 >= 0 } ? numbers : nil
  }
}
