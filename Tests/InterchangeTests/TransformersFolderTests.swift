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
    let model = try TransformersFolder.readModel(Self.folder(family)).1
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
}
