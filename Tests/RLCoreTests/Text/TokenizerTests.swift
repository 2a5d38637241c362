import Testing

@testable import RLCore

struct TokenizerTests {
  static let text = "the cat and the hat, naïve 日本語 🙂 n\u{303} ñ\r\n\tthe end 123 it's\u{0}"

  @Test("characters of any script come back, and look-alikes stay apart")
  func characters() throws {
    let tokenizer = try Tokenizer(characters: Self.text)
    let tokens = try tokenizer.encode(Self.text)
    #expect(tokenizer.decode(tokens).unicodeScalars.elementsEqual(Self.text.unicodeScalars))
    #expect(tokens.count == Self.text.unicodeScalars.count)
    #expect(tokenizer.vocabulary == Set(Self.text.unicodeScalars).count)
    let composed = try tokenizer.encode("ñ")
    let decomposed = try tokenizer.encode("n\u{303}")
    #expect(composed.count == 1 && decomposed.count == 2)
  }

  @Test("a character that is not in the vocabulary is named")
  func unknownCharacter() throws {
    let tokenizer = try Tokenizer(characters: "abc")
    let error = #expect(throws: CoreError.self) { try tokenizer.encode("abcé") }
    #expect(error?.description.contains("é") == true)
    #expect(throws: CoreError.self) { try Tokenizer(characters: "") }
  }

  @Test("learned pairs shorten what they were learned from, and every text comes back")
  func bytePairs() throws {
    let text = String(repeating: "the cat sees the dog. ", count: 50)
    let tokenizer = try Tokenizer(learningFrom: text, vocabulary: 280)
    // Thirteen merges make the four words whole.
    #expect(tokenizer.vocabulary == 270)
    let tokens = try tokenizer.encode(text)
    // Every word is one token, and the spaces go with the words.
    #expect(tokens.count <= 50 * 6 + 1)
    for other in [Self.text, text, "", "<|endoftext|>x"] {
      let decoded = tokenizer.decode(try tokenizer.encode(other))
      #expect(decoded.unicodeScalars.elementsEqual(other.unicodeScalars))
    }
    let again = try Tokenizer(learningFrom: text, vocabulary: 280)
    #expect(again == tokenizer)
    #expect(throws: CoreError.self) { try Tokenizer(learningFrom: text, vocabulary: 256) }
  }

  @Test("the first merges are the commonest pairs")
  func firstMerges() throws {
    let tokenizer = try Tokenizer(learningFrom: "aaab aab ab zz", vocabulary: 259)
    // "ab" stands three times, "aa" too; " a" twice. Of equals the smaller tokens go first.
    #expect(tokenizer.merges.map { tokenizer.pieces[Int($0.result)] } == [[97, 97], [97, 98]])
  }

  @Test("words are cut as GPT-2 cuts them")
  func words() {
    func words(_ text: String) -> [String] {
      Array(WordSplitter(text[...])).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(words("I'll go  now") == ["I", "'ll", " go", " ", " now"])
    #expect(words("a\n\n b ") == ["a", "\n\n", " b", " "])
    #expect(words("x = 12½ é!? 'q'") == ["x", " =", " 12½", " é", "!?", " '", "q", "'"])
    #expect(words("a\u{A0}b") == ["a", "\u{A0}", "b"])
  }

  @Test("a character is given out once all its bytes are there")
  func stream() throws {
    let tokenizer = try Tokenizer(learningFrom: "ab", vocabulary: 257)
    var stream = TextStream(tokenizer)
    let tokens = try tokenizer.encode("é🙂x")
    #expect(tokens.map { stream.append($0) } == ["", "é", "", "", "", "🙂", "x"])
    _ = stream.append(tokens[0])
    #expect(stream.finish() == "\u{FFFD}")
  }

  @Test("a tokenizer comes back from a checkpoint, and a damaged one is refused")
  func archive() throws {
    for tokenizer in [
      try Tokenizer(characters: Self.text),
      try Tokenizer(learningFrom: Self.text + Self.text, vocabulary: 270),
    ] {
      var archive = StateArchive()
      tokenizer.save(to: &archive)
      let back = try Tokenizer(from: archive)
      #expect(back == tokenizer)
      archive.tensors.removeAll { $0.name == "tokenizer/lengths" }
      archive.add("tokenizer/lengths", [1 << 40, -1])
      #expect(throws: CoreError.self) { try Tokenizer(from: archive) }
    }
  }

  @Test("a corpus holds its end out, and says what is too short")
  func corpus() throws {
    let text = String(repeating: "abcdefghij", count: 10) + "\n"
    let corpus = try Corpus(text, tokenizer: Tokenizer(characters: text), holdout: 0.2)
    #expect(corpus.training.count == 81 && corpus.heldOut.count == 20)
    #expect(corpus.lines == 1 && corpus.characters == 101 && corpus.distinctTokens == 11)
    #expect(corpus.obstacle(context: 80) == nil)
    #expect(corpus.obstacle(context: 81)?.description.contains("82") == true)
    var source = RandomSource(seed: 1)
    let batch = corpus.batch(of: 3, length: 8, using: &source)
    #expect(batch.sequences == 3 && batch.targetCount == 24)
    let windows = corpus.heldOutWindows(length: 8)
    #expect(windows.map(\.count) == [9, 9, 4])
    #expect(windows[0].last == windows[1].first)
    #expect(corpus.heldOutWindows(length: 8, limit: 2).count == 2)
    #expect(throws: CoreError.self) {
      try Corpus(text, tokenizer: Tokenizer(characters: text), holdout: 1)
    }
  }
}
