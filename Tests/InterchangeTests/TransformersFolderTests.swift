import Foundation
import Testing

@testable import Interchange
@testable import RLCore
@testable import Schema

/// Tiny models made with transformers, and what that library computes with them.
struct TransformersFolderTests {
  static let families = ["gpt2", "llama"]

  static func folder(_ family: String) -> String {
    Bundle.module.resourcePath! + "/Fixtures/" + family
  }

  struct Expected {
    let sequences: [[Int32]]
    let logits: [Float]
    let loss: Double
    let gradientNorm: Double
    let greedy: [Int32]

    init(_ family: String) throws {
      let folder = TransformersFolderTests.folder(family)
      let json = try JSON.read(
        Array(try Data(contentsOf: URL(filePath: folder + "/expected.json"))))
      func tokens(_ list: Setting?) -> [Int32] {
        (list?.list ?? []).compactMap(\.integer).map(Int32.init)
      }
      sequences = (json["input_ids"]?.list ?? []).map { tokens($0) }
      loss = json["loss"]?.real ?? .nan
      gradientNorm = json["grad_norm"]?.real ?? .nan
      greedy = tokens(json["greedy_from_first4"])
      let bytes = try Data(contentsOf: URL(filePath: folder + "/expected_logits.f32"))
      logits = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }
  }

  @Test(
    "logits, loss and gradient of a model from transformers are the ones it computes",
    arguments: families)
  func numbers(family: String) throws {
    let expected = try Expected(family)
    let model = try TransformersFolder.readModel(Self.folder(family))
    let batch = TokenBatch(expected.sequences)
    let workspace = LanguageModel.Workspace()
    model.forward(batch, in: workspace)
    let logits = expected.sequences.indices.flatMap {
      model.logits(ofSequence: $0, in: workspace).flatMap { $0 }
    }
    #expect(logits.count == expected.logits.count)
    let worst = zip(logits, expected.logits).map { abs($0 - $1) }.max()!
    #expect(worst < 1e-4, "logits differ by \(worst)")
    let loss = -Double(workspace.logProbabilities.reduce(0, +)) / Double(batch.targetCount)
    #expect(abs(loss - expected.loss) < 1e-4, "loss \(loss), not \(expected.loss)")
    var gradient = [Float](repeating: 0, count: model.weights.count)
    model.backward(.crossEntropy(batch), in: workspace, gradient: &gradient)
    let norm = Double(VectorMath.norm(gradient))
    #expect(
      abs(norm / expected.gradientNorm - 1) < 1e-3,
      "gradient of length \(norm), not \(expected.gradientNorm)")
  }

  @Test("texts become the tokens that the library tokenizers makes of them, and texts again")
  func tokenizer() throws {
    let folder = Self.folder("gpt2")
    let cases = try JSON.read(
      Array(try Data(contentsOf: URL(filePath: folder + "/tokenizer_cases.json"))))
    let tokenizer = try TransformersFolder.read(folder).tokenizer
    #expect(cases.list?.count == 6)
    for item in cases.list ?? [] {
      let text = try #require(item["text"]?.string)
      let tokens = try tokenizer.encode(text)
      #expect(tokens.map(Int.init) == item["ids"]?.list?.compactMap(\.integer), "\(text)")
      #expect(tokenizer.decode(tokens) == item["decoded"]?.string)
    }
    let ended = try tokenizer.encode("a<|endoftext|>b")
    #expect(ended.contains(0))
    #expect(tokenizer.endToken == 0)
  }

  @Test("greedy tokens are the ones that transformers writes", arguments: families)
  func greedy(family: String) throws {
    let expected = try Expected(family)
    let model = try TransformersFolder.readModel(Self.folder(family))
    let tokenizer = try Tokenizer(
      kind: .bytePair, pieces: (0..<model.shape.vocabulary).map { [UInt8($0 % 256)] })
    let prompt = Array(expected.greedy.prefix(4))
    let generator = Generator(
      model, tokenizer: tokenizer, prompts: [prompt],
      sampling: try Sampling(temperature: 0, tokens: 20), streams: [RandomSource(seed: 1)])
    #expect(prompt + generator.finish()[0].tokens == expected.greedy)
  }

  @Test("a folder that was written is read back the same, whatever the tokenizer")
  func roundTrip() throws {
    let bytePair = try TransformersFolder.read(Self.folder("gpt2"))
    let characters = try Tokenizer(characters: "abc dé\n🙂日\"")
    var source = RandomSource(seed: 1)
    let biased = try LanguageModelShape(
      family: .llama, vocabulary: 20, layers: 2, heads: 4, keyValueHeads: 1, headWidth: 6,
      width: 10, context: 12, ropeTheta: 500, isTied: true, hasAttentionBias: true)
    var biasedModel = LanguageModel(biased, using: &source)
    for place in biasedModel.layout.blocks[1].projection.biasPlaces {
      biasedModel.weights[place] = Float(place)
    }
    let models = [
      (bytePair.model, bytePair.tokenizer),
      (try TransformersFolder.readModel(Self.folder("llama")), characters),
      (biasedModel, characters),
    ]
    for (model, tokenizer) in models {
      try withTemporaryFolder { folder in
        try Self.write(model, tokenizer, to: folder)
        let back = try TransformersFolder.read(folder)
        #expect(back.model.shape == model.shape && back.model.weights == model.weights)
        #expect(back.tokenizer == tokenizer)
      }
    }
  }

  @Test("numbers of 16 bits are widened exactly, and a value head is left out")
  func halves() throws {
    func floats(_ type: StateArchive.ElementType, _ words: [UInt16]) -> [Float]? {
      StateArchive.Tensor(
        name: "x", elementType: type, shape: [words.count],
        bytes: words.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
      ).floats
    }
    #expect(floats(.bfloat16, [0x3F80, 0xC040, 0]) == [1, -3, 0])
    let halves: [UInt16] = [0x3C00, 0xC200, 0x0001, 0x8000, 0x7BFF, 0x03FF]
    #expect(floats(.float16, halves) == [1, -3, 0x1p-24, -0.0, 65504, 0x3FFp-24])
    #expect(floats(.float16, [0x7C00, 0xFC00]) == [.infinity, -.infinity])
    var source = RandomSource(seed: 1)
    let model = try TransformersFolder.readModel(Self.folder("gpt2"))
    let valued = model.addingValueHead(using: &source)
    #expect(TransformersWeights.archive(of: valued) == TransformersWeights.archive(of: model))
  }

  @Test("weights in pieces are put together, with or without a prefix, and masks are left aside")
  func pieces() throws {
    let model = try TransformersFolder.readModel(Self.folder("gpt2"))
    var archive = TransformersWeights.archive(of: model)
    for index in archive.tensors.indices { archive.tensors[index].name.removeFirst(12) }
    archive.tensors.append(
      .init(name: "h.0.attn.bias", elementType: .uint8, shape: [1], bytes: [1]))
    try withTemporaryFolder { folder in
      try Self.copy(["config.json", "tokenizer.json"], to: folder)
      var (first, second, map) = (StateArchive(), StateArchive(), [Setting.Entry]())
      for (index, tensor) in archive.tensors.enumerated() {
        if index % 2 == 0 { first.tensors.append(tensor) } else { second.tensors.append(tensor) }
        map.append(.init(tensor.name, index % 2 == 0 ? "a.safetensors" : "b.safetensors"))
      }
      try Self.put(Safetensors.encode(first), folder + "/a.safetensors")
      try Self.put(Safetensors.encode(second), folder + "/b.safetensors")
      let index = JSON.write(.map([.init("weight_map", .map(map))]))
      try Self.put(Array(index.utf8), folder + "/model.safetensors.index.json")
      #expect(try TransformersFolder.read(folder).model.weights == model.weights)
      let escape = JSON.write(
        .map([.init("weight_map", .map([.init("x", "../../etc/passwd")]))]))
      try Self.put(Array(escape.utf8), folder + "/model.safetensors.index.json")
      #expect(throws: InterchangeError.self) { try TransformersFolder.read(folder) }
    }
  }

  private static let hasTransformers = Python.has("torch, transformers")

  @Test(
    "transformers opens what is written here, with the same logits and tokens",
    .enabled(if: hasTransformers, "python3 has no packages torch and transformers"),
    arguments: families)
  func opensInTransformers(family: String) throws {
    let bytePair = try TransformersFolder.read(Self.folder("gpt2")).tokenizer
    let text = "the happy dog sees Ä\n 日本 x."
    let tokenizer = family == "gpt2" ? bytePair : try Tokenizer(characters: text)
    let model = try TransformersFolder.readModel(Self.folder(family))
    let tokens: [Int32] = [1, 5, 300, 2, 77, 12]
    let workspace = LanguageModel.Workspace()
    model.forward(TokenBatch([tokens]), in: workspace)
    let logits = model.logits(ofSequence: 0, in: workspace).flatMap { $0 }
    try withTemporaryFolder { folder in
      try Self.write(model, tokenizer, to: folder)
      let output = try Python.run(
        """
        import sys, torch, transformers
        folder, text = sys.argv[1:3]
        model = transformers.AutoModelForCausalLM.from_pretrained(folder)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        with torch.no_grad(): logits = model(torch.tensor([[1, 5, 300, 2, 77, 12]])).logits[0]
        ids = tokenizer(text)["input_ids"]
        print(*ids)
        print(tokenizer.decode(ids) == text)
        for row in logits: print(*(f"{x:.9g}" for x in row.tolist()))
        """, folder, text)
      let lines = output.split(separator: "\n")
      let encoded = try tokenizer.encode(text)
      #expect(lines[0].split(separator: " ").compactMap { Int32($0) } == encoded)
      #expect(lines[1] == "True")
      let theirs = lines.dropFirst(2).joined(separator: " ").split(separator: " ")
        .compactMap { Float($0) }
      #expect(theirs.count == 6 * 384)
      #expect(zip(logits, theirs).allSatisfy { abs($0 - $1) < 1e-4 })
    }
  }

  /// A change to a file of a sound folder, and words of the error that it must cause.
  struct Damage: Sendable, CustomTestStringConvertible {
    let file: String
    let from: String
    let to: String
    let words: String
    var testDescription: String { "\(file): \(from) to \(to)" }
  }

  @Test(
    "a folder that lies is refused with the reason",
    arguments: [
      Damage(
        file: "config.json", from: "\"gpt2\"", to: "\"mamba\"", words: "only gpt2 and llama"),
      Damage(file: "config.json", from: "\"n_embd\": 64", to: "\"n_embd\": 60", words: "shape"),
      Damage(file: "config.json", from: "\"n_embd\": 64", to: "\"n_embd\": -1", words: "n_embd"),
      Damage(file: "config.json", from: "\"n_head\": 4", to: "\"n_head\": 5", words: "divisor"),
      Damage(file: "config.json", from: "\"n_layer\": 3", to: "\"n_layer\": 4", words: "lack"),
      Damage(file: "config.json", from: "gelu_new", to: "relu", words: "activation_function"),
      Damage(file: "config.json", from: "{", to: "[", words: "JSON"),
      Damage(
        file: "config.json", from: "\"vocab_size\": 384", to: "\"vocab_size\": 16000000",
        words: "shape"),
      Damage(file: "tokenizer.json", from: "\"BPE\"", to: "\"Unigram\"", words: "Unigram"),
      Damage(file: "tokenizer.json", from: "\"!\": 1,", to: "\"!\": 2,", words: "number 2"),
      Damage(
        file: "tokenizer.json", from: "\"normalizer\": null",
        to: "\"normalizer\": {\"type\": \"NFC\"}", words: "NFC"),
      Damage(file: "tokenizer.json", from: "\"Ġhap\":", to: "\"Ġhax\":", words: "merge"),
    ])
  func lies(damage: Damage) throws {
    try withTemporaryFolder { folder in
      try Self.copy(["config.json", "tokenizer.json", "model.safetensors"], to: folder)
      let path = folder + "/" + damage.file
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let range = try #require(text.range(of: damage.from))
      try Self.put(Array(text.replacingCharacters(in: range, with: damage.to).utf8), path)
      let error = #expect(throws: InterchangeError.self) { try TransformersFolder.read(folder) }
      #expect(error?.description.contains(damage.words) == true, "\(error?.description ?? "")")
    }
  }

  @Test("weights cut short and a tokenizer of another model are refused")
  func strangers() throws {
    try withTemporaryFolder { folder in
      try Self.copy(["config.json", "tokenizer.json", "model.safetensors"], to: folder)
      let weights = try Data(contentsOf: URL(filePath: folder + "/model.safetensors"))
      try Self.put(Array(weights.dropLast(100)), folder + "/model.safetensors")
      #expect(throws: InterchangeError.self) { try TransformersFolder.read(folder) }

      let model = try TransformersFolder.readModel(Self.folder("gpt2"))
      let many = String(
        String.UnicodeScalarView((0x4E00..<0x4E00 + 400).map { Unicode.Scalar($0)! }))
      try Self.write(model, Tokenizer(characters: many), to: folder)
      let error = #expect(throws: InterchangeError.self) { try TransformersFolder.read(folder) }
      #expect(error?.description.contains("belong together") == true)
    }
  }

  static func write(_ model: LanguageModel, _ tokenizer: Tokenizer, to folder: String) throws {
    for file in TransformersFolder.files(model, tokenizer) {
      try put(file.pieces.flatMap { $0 }, folder + "/" + file.name)
    }
  }

  private static func put(_ bytes: [UInt8], _ path: String) throws {
    try Data(bytes).write(to: URL(filePath: path))
  }

  /// Files of the GPT-2 fixture.
  private static func copy(_ names: [String], to folder: String) throws {
    for name in names {
      try put(
        Array(try Data(contentsOf: URL(filePath: Self.folder("gpt2") + "/" + name))),
        folder + "/" + name)
    }
  }
}
