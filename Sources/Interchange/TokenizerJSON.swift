import RLCore
import Schema

/// `tokenizer.json` of the library tokenizers: byte-level byte-pair encoding, and what a tokenizer
/// of characters is written as (a word for each character).
enum TokenizerJSON {
  /// What cuts a text into characters, for the library.
  private static let anyCharacter = #"[\s\S]"#

  // MARK: - Reading

  static func read(_ json: Setting) throws(InterchangeError) -> Tokenizer {
    guard let model = json["model"], let type = model["type"]?.string ?? implied(model) else {
      throw fault("it describes no model")
    }
    if let normalizer = json["normalizer"], normalizer != .null {
      throw fault(
        "its normalizer \(quote(normalizer["type"]?.string ?? "without a type")) is not known here")
    }
    switch type {
    case "BPE": return try bytePair(json, model)
    case "WordLevel": return try characters(json, model)
    default: throw fault("its model \(quote(type)) is not known here, only BPE and WordLevel")
    }
  }

  /// Older files do not name the model's type.
  private static func implied(_ model: Setting) -> String? {
    model["merges"] == nil ? nil : "BPE"
  }

  private static func fault(_ reason: String) -> InterchangeError {
    .transformers(name: "tokenizer.json", reason: reason)
  }

  private static func bytePair(
    _ json: Setting, _ model: Setting
  ) throws(InterchangeError) -> Tokenizer {
    let before = json["pre_tokenizer"] ?? .null
    guard before["type"]?.string == "ByteLevel", before["use_regex"]?.boolean ?? true,
      before["add_prefix_space"]?.boolean == false
    else {
      throw fault(
        "its pre_tokenizer is not GPT-2's (ByteLevel, without a space before the text): another "
          + "is not known here")
    }
    for key in ["byte_fallback", "ignore_merges"] where model[key]?.boolean == true {
      throw fault("its \(key) is not known here")
    }
    let specials = try self.specials(json)
    var pieces = try vocabulary(model, specials) { text in
      ByteAlphabet.bytes(text)
    }
    for (text, token) in specials { pieces[Int(token)] = Array(text.utf8) }
    var tokens: [[UInt8]: Int32] = [:]
    for (token, piece) in pieces.enumerated() { tokens[piece] = Int32(token) }
    let merges = try merges(model, tokens)
    return try tokenizer(.bytePair, pieces, merges, specials)
  }

  private static func characters(
    _ json: Setting, _ model: Setting
  ) throws(InterchangeError) -> Tokenizer {
    let before = json["pre_tokenizer"] ?? .null
    guard before["type"]?.string == "Split",
      before["pattern"]?["Regex"]?.string == anyCharacter
    else { throw fault("its words are not characters: that is not known here") }
    let specials = try self.specials(json)
    let pieces = try vocabulary(model, specials) { Array($0.utf8) }
    return try tokenizer(.character, pieces, [], specials)
  }

  private static func tokenizer(
    _ kind: Tokenizer.Kind, _ pieces: [[UInt8]], _ merges: [Tokenizer.Merge],
    _ specials: [(String, Int32)]
  ) throws(InterchangeError) -> Tokenizer {
    let ends = ["<|endoftext|>", "</s>", "<|end_of_text|>"]
    do {
      return try Tokenizer(
        kind: kind, pieces: pieces, merges: merges, specials: specials.map(\.1),
        endToken: specials.first { ends.contains($0.0) }?.1)
    } catch {
      throw fault(error.description)
    }
  }

  private static func specials(_ json: Setting) throws(InterchangeError) -> [(String, Int32)] {
    var found: [(String, Int32)] = []
    for token in json["added_tokens"]?.list ?? [] {
      guard let text = token["content"]?.string, let id = token["id"]?.integer, !text.isEmpty,
        (0..<1 << 24).contains(id)
      else { throw fault("one of its added_tokens has no content and id") }
      found.append((text, Int32(id)))
    }
    return found
  }

  /// What each token stands for. Every number from 0 up must be taken once.
  private static func vocabulary(
    _ model: Setting, _ specials: [(String, Int32)], bytes: (String) -> [UInt8]?
  ) throws(InterchangeError) -> [[UInt8]] {
    guard case .map(let entries)? = model["vocab"] else { throw fault("it has no vocabulary") }
    let names = Set(specials.map(\.0))
    var pieces: [Int: [UInt8]] = [:]
    for entry in entries {
      guard let token = entry.value.integer, (0..<1 << 24).contains(token) else {
        throw fault("its token \(quote(entry.key)) has no number")
      }
      guard let piece = names.contains(entry.key) ? Array(entry.key.utf8) : bytes(entry.key) else {
        throw fault("its token \(quote(entry.key)) is not made of bytes")
      }
      guard pieces.updateValue(piece, forKey: token) == nil else {
        throw fault("two of its tokens have the number \(token)")
      }
    }
    for (text, token) in specials where pieces[Int(token)] == nil {
      pieces[Int(token)] = Array(text.utf8)
    }
    var list: [[UInt8]] = []
    for token in 0..<pieces.count {
      guard let piece = pieces[token] else { throw fault("no token has the number \(token)") }
      list.append(piece)
    }
    return list
  }

  /// Pairs, or in older files strings with a space between the two.
  private static func merges(
    _ model: Setting, _ tokens: [[UInt8]: Int32]
  ) throws(InterchangeError) -> [Tokenizer.Merge] {
    var merges: [Tokenizer.Merge] = []
    for (rank, entry) in (model["merges"]?.list ?? []).enumerated() {
      let halves =
        entry.list.map { $0.compactMap(\.string) }
        ?? entry.string?.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        ?? []
      guard halves.count == 2, let left = ByteAlphabet.bytes(halves[0]),
        let right = ByteAlphabet.bytes(halves[1]), let leftToken = tokens[left],
        let rightToken = tokens[right], let result = tokens[left + right]
      else { throw fault("its merge \(rank) does not make a token of two") }
      merges.append(.init(left: leftToken, right: rightToken, result: result))
    }
    return merges
  }

  // MARK: - Writing

  static func write(_ tokenizer: Tokenizer) -> Setting {
    let specials = Set(tokenizer.specials)
    func name(_ token: Int32) -> String {
      let piece = tokenizer.pieces[Int(token)]
      return tokenizer.kind == .character || specials.contains(token)
        ? String(decoding: piece, as: UTF8.self) : ByteAlphabet.text(piece)
    }
    let vocabulary = (0..<Int32(tokenizer.vocabulary)).map {
      Setting.Entry(name($0), .integer(Int($0)))
    }
    let added = tokenizer.specials.map { token in
      Setting.map([
        .init("id", .integer(Int(token))), .init("content", .string(name(token))),
        .init("single_word", false), .init("lstrip", false), .init("rstrip", false),
        .init("normalized", false), .init("special", true),
      ])
    }
    var entries: [Setting.Entry] = [
      .init("version", "1.0"), .init("truncation", nil), .init("padding", nil),
      .init("added_tokens", .list(added)), .init("normalizer", nil),
    ]
    switch tokenizer.kind {
    case .bytePair:
      func byteLevel(_ prefix: Bool) -> Setting {
        .map([
          .init("type", "ByteLevel"), .init("add_prefix_space", .boolean(prefix)),
          .init("trim_offsets", true), .init("use_regex", true),
        ])
      }
      let merges = tokenizer.merges.map {
        Setting.list([.string(name($0.left)), .string(name($0.right))])
      }
      entries += [
        .init("pre_tokenizer", byteLevel(false)), .init("post_processor", nil),
        .init("decoder", byteLevel(true)),
        .init(
          "model",
          .map([
            .init("type", "BPE"), .init("dropout", nil), .init("unk_token", nil),
            .init("continuing_subword_prefix", nil), .init("end_of_word_suffix", nil),
            .init("fuse_unk", false), .init("byte_fallback", false),
            .init("ignore_merges", false), .init("vocab", .map(vocabulary)),
            .init("merges", .list(merges)),
          ])),
      ]
    case .character:
      entries += [
        .init(
          "pre_tokenizer",
          .map([
            .init("type", "Split"),
            .init("pattern", .map([.init("Regex", .string(anyCharacter))])),
            .init("behavior", "Isolated"), .init("invert", false),
          ])),
        .init("post_processor", nil),
        .init("decoder", .map([.init("type", "Fuse")])),
        .init(
          "model",
          .map([
            .init("type", "WordLevel"), .init("vocab", .map(vocabulary)),
            // The library wants a name; no text holds this one.
            .init("unk_token", "<unk>"),
          ])),
      ]
    }
    return .map(entries)
  }

  /// `tokenizer_config.json`.
  static func configuration(_ tokenizer: Tokenizer, context: Int) -> Setting {
    var entries: [Setting.Entry] = [
      .init("tokenizer_class", "PreTrainedTokenizerFast"),
      .init("model_max_length", .integer(context)),
      .init("clean_up_tokenization_spaces", false),
    ]
    if let end = tokenizer.endToken {
      let text = Setting.string(String(decoding: tokenizer.pieces[Int(end)], as: UTF8.self))
      entries += [.init("eos_token", text), .init("bos_token", text)]
    }
    return .map(entries)
  }
}

/// GPT-2's way to write bytes as characters that can be seen: those that can stay, the others become
/// the characters from 256 on, in order.
private enum ByteAlphabet {
  private static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 256
    return (0...255).map { (byte: UInt32) in
      if (33...126).contains(byte) || (161...172).contains(byte) || (174...255).contains(byte) {
        return Unicode.Scalar(byte)!
      }
      defer { next += 1 }
      return Unicode.Scalar(next)!
    }
  }()
  private static let values = Dictionary(
    uniqueKeysWithValues: scalars.enumerated().map { ($0.element, UInt8($0.offset)) })

  static func text(_ bytes: [UInt8]) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalars[Int(byte)]) }
    return String(text)
  }

  /// Nil where a character stands for no byte.
  static func bytes(_ text: String) -> [UInt8]? {
    let bytes = text.unicodeScalars.map { values[$0] }
    return bytes.contains(nil) ? nil : bytes.compactMap { $0 }
  }
}
