import Glibc

/// Cells entered before, oldest first, kept in a file that several prompts may append to at once.
///
/// A line of the file is a cell, its line breaks written `\n` and its backslashes `\\`. Each cell is
/// one write to a file opened for appending, so two prompts never mix their lines. A crash can leave
/// the last line without its end: the next writer ends it with CAN ("what went before is in error"),
/// and such a line is passed over.
package final class History {
  package private(set) var entries: [String] = []
  private let path: String?

  /// How much of a long file's end is read, in bytes, and how many cells are kept of it.
  private static let byteLimit = 8 << 20
  private static let entryLimit = 10_000

  /// A history in `path`, made with its first cell; with nil, of this session only.
  package init(path: String?) {
    self.path = path
    if let path { entries = Self.load(path) }
  }

  /// Remembers a cell, unless it is empty or the last one again. A file that cannot be written costs
  /// nothing but its memory: the prompt goes on.
  package func append(_ cell: String) {
    guard cell.contains(where: { !$0.isWhitespace }), cell != entries.last else { return }
    entries.append(cell)
    guard let path else { return }
    guard let file = openForAppending(path) else { return }
    defer { close(file) }
    var record = lastLineIsTorn(file) ? [cancel, newline] : []
    record += Self.encode(cell)
    record.append(newline)
    _ = record.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
  }

  /// The nearest entry before `index` that begins with `prefix` and is not `text`.
  package func previous(before index: Int, prefix: String, unlike text: String) -> Int? {
    entries[..<min(index, entries.count)].lastIndex { matches($0, prefix, text) }
  }

  /// The nearest entry after `index` that begins with `prefix` and is not `text`.
  package func next(after index: Int, prefix: String, unlike text: String) -> Int? {
    guard index + 1 < entries.count else { return nil }
    return entries[(index + 1)...].firstIndex { matches($0, prefix, text) }
  }

  /// Where `part` lies in `entry` for Ctrl-R, by UTF-8 offsets, the last place first. While `part`
  /// has no capitals, the case of ASCII letters does not count; other scripts match as they are.
  static func place(of part: String, in entry: String) -> Range<Int>? {
    let wanted = Array(part.utf8)
    let text = Array(entry.utf8)
    guard !wanted.isEmpty, wanted.count <= text.count else { return nil }
    let folds = !wanted.contains { (65...90).contains($0) }
    func folded(_ byte: UInt8) -> UInt8 { folds && (65...90).contains(byte) ? byte + 32 : byte }
    for start in stride(from: text.count - wanted.count, through: 0, by: -1)
    where wanted.indices.allSatisfy({ folded(text[start + $0]) == wanted[$0] }) {
      return start..<(start + wanted.count)
    }
    return nil
  }

  private func matches(_ entry: String, _ prefix: String, _ text: String) -> Bool {
    entry.utf8.starts(with: prefix.utf8) && entry != text
  }

  /// The file, and at need the folder that it is to lie in.
  private func openForAppending(_ path: String) -> Int32? {
    let flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC
    var file = open(path, flags, 0o600)
    if file < 0, errno == ENOENT, let slash = path.lastIndex(of: "/") {
      mkdir(String(path[..<slash]), 0o755)
      file = open(path, flags, 0o600)
    }
    return file < 0 ? nil : file
  }

  private func lastLineIsTorn(_ file: Int32) -> Bool {
    let size = lseek(file, 0, SEEK_END)
    var last = newline
    return size > 0 && pread(file, &last, 1, size - 1) == 1 && last != newline
  }

  private static func load(_ path: String) -> [String] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    let size = Int(lseek(file, 0, SEEK_END))
    let start = max(size - byteLimit, 0)
    guard size > start else { return [] }
    let bytes = [UInt8](unsafeUninitializedCapacity: size - start) { buffer, count in
      while count < size - start {
        let got = pread(file, buffer.baseAddress! + count, size - start - count, start + count)
        if got <= 0 { break }
        count += got
      }
    }
    var lines = bytes.split(separator: newline)
    if bytes.last != newline { _ = lines.popLast() }
    if start > 0 { lines.removeFirst() }
    return lines.suffix(entryLimit).filter { $0.last != cancel }.map(decode)
  }

  static func encode(_ cell: String) -> [UInt8] {
    var result: [UInt8] = []
    for byte in cell.utf8 {
      switch byte {
      case newline: result += Array(#"\n"#.utf8)
      case backslash: result += Array(#"\\"#.utf8)
      default: result.append(byte)
      }
    }
    return result
  }

  static func decode(_ line: ArraySlice<UInt8>) -> String {
    guard line.contains(backslash) else { return String(decoding: line, as: UTF8.self) }
    var result: [UInt8] = []
    var escaped = false
    for byte in line {
      if escaped {
        result.append(byte == UInt8(ascii: "n") ? newline : byte)
        escaped = false
      } else if byte == backslash {
        escaped = true
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

private let newline = UInt8(ascii: "\n")
private let backslash = UInt8(ascii: "\\")
private let cancel: UInt8 = 0x18
