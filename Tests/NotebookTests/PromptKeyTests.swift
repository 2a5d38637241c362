import Testing

@testable import Notebook

/// The keys that a run of bytes stands for; what is left waiting is taken as timed out.
private func keys(_ bytes: String) -> [Key] {
  var decoder = KeyDecoder()
  var keys = bytes.utf8.compactMap { decoder.feed($0) }
  if decoder.isWaiting, let last = decoder.timeOut() { keys.append(last) }
  return keys
}

@Suite struct PromptKeyTests {
  @Test(arguments: [
    ("a", Key.character("a")), ("é", .character("é")), ("本", .character("本")),
    ("👍", .character("👍")), ("\r", .enter), ("\n", .enter), ("\t", .tab), ("\u{7F}", .backspace),
    ("\u{3}", .control("c")), ("\u{1F}", .control("_")), ("\u{1B}", .escape),
    ("\u{1B}\r", .lineBreak), ("\u{1B}f", .meta("f")), ("\u{1B}\u{3}", .control("c")),
    ("\u{1B}[A", .up), ("\u{1B}OB", .down), ("\u{1B}[1;5C", .wordRight), ("\u{1B}[3~", .delete),
    ("\u{1B}[H", .home), ("\u{1B}[4~", .end), ("\u{1B}[Z", .backTab), ("\u{1B}[13;2u", .lineBreak),
    ("\u{1B}[99~", .unknown),
  ])
  func `a key is decoded from the bytes that terminals send for it`(_ bytes: String, _ key: Key) {
    #expect(keys(bytes) == [key])
  }

  @Test func `keys that come without a pause stay apart`() {
    #expect(keys("a\u{1B}[Ab\u{1B}") == [.character("a"), .up, .character("b"), .escape])
    #expect(keys("\u{1B}\u{1B}[A\u{1B}\u{1B}") == [.escape, .up, .escape, .escape])
  }

  @Test func `a paste is one key whatever is in it`() {
    let paste = "\u{1B}[200~fn f() {\r\n\tx\u{1B}[A\u{7}\r}\u{1B}[201~!"
    #expect(keys(paste) == [.paste("fn f() {\n\tx[A\n}"), .character("!")])
  }

  @Test(arguments: [[0xFF], [0xC3], [0xE6, 0x9C], [0xF0, 0x9F, 0x91]] as [[UInt8]])
  func `a character broken off is dropped and what follows is read`(broken: [UInt8]) {
    var decoder = KeyDecoder()
    let found = (broken + [0x61]).compactMap { decoder.feed($0) }
    #expect(found == [.character("a")])
  }

  @Test func `a decoder waits only while a key is begun`() {
    var decoder = KeyDecoder()
    #expect(!decoder.isWaiting)
    #expect(decoder.feed(27) == nil)
    #expect(decoder.isWaiting)
    #expect(decoder.feed(UInt8(ascii: "[")) == nil)
    #expect(decoder.feed(UInt8(ascii: "D")) == .left)
    #expect(!decoder.isWaiting)
  }
}
