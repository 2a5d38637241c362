import Glibc
import Language

/// Messages of the Language Server Protocol over a pair of descriptors: a header that gives the
/// length in bytes, an empty line, and an object of JSON.
///
/// Source: Language Server Protocol 3.17, "Base Protocol".
struct MessageStream {
  private let input: Int32
  private let output: Int32
  /// What was read and not taken yet.
  private var buffer: [UInt8] = []

  /// Longer than any program that a person edits; a header that says more is none.
  private static let longest = 1 << 26

  init(input: Int32, output: Int32) {
    self.input = input
    self.output = output
  }

  enum Incoming {
    case message(Value)
    /// What came is no message, for this reason; the next one may be.
    case malformed(String)
    case end
  }

  mutating func next() -> Incoming {
    var length: Int?
    var fault = "a header without a Content-Length"
    while true {
      guard let line = readLine() else { return .end }
      if line.isEmpty {
        if let length { return readContent(length) }
        return .malformed(fault)
      }
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
      guard let value = Int(parts[1].filter { $0 != " " }), 0...Self.longest ~= value else {
        // The rest of this header still belongs to it.
        fault = "the Content-Length `\(parts[1])`"
        continue
      }
      length = value
    }
  }

  private mutating func readContent(_ length: Int) -> Incoming {
    while buffer.count < length { guard fill() else { return .end } }
    let content = Array(buffer[..<length])
    buffer.removeFirst(length)
    guard let text = String(validating: content, as: UTF8.self) else {
      return .malformed("text that is not UTF-8")
    }
    do {
      return .message(try parseJSON(text))
    } catch {
      return .malformed(error.message)
    }
  }

  /// A line of the header without its end; nil where the input has ended.
  private mutating func readLine() -> String? {
    var searched = 0
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        var line = buffer[..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        buffer.removeFirst(end + 1)
        return text
      }
      searched = buffer.count
      guard searched <= Self.longest, fill() else { return nil }
    }
  }

  /// Reads more; false at the end of the input.
  private mutating func fill() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(input, &chunk, chunk.count)
      if count > 0 {
        buffer += chunk[..<count]
        return true
      }
      if count == 0 || errno != EINTR { return false }
    }
  }

  /// Sends one message. An editor that has gone away shows as the end of the input.
  func send(_ message: Value) {
    let content = message.json
    let bytes = Array("Content-Length: \(content.utf8.count)\r\n\r\n\(content)".utf8)
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(output, $0.baseAddress! + offset, bytes.count - offset)
      }
      if count < 0, errno != EINTR { return }
      offset += max(count, 0)
    }
  }
}
