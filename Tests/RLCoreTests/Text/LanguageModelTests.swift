import CKernels
import Testing

@testable import RLCore

/// Small models of both families, with everything that can be there.
enum TinyModel: String, CaseIterable, CustomTestStringConvertible {
  case gpt2, llama, valued, biased

  var testDescription: String { rawValue }

  var shape: LanguageModelShape {
    get throws {
      switch self {
      case .gpt2:
        try LanguageModelShape(vocabulary: 11, layers: 2, heads: 2, width: 8, context: 40)
      case .llama:
        try LanguageModelShape(
          family: .llama, vocabulary: 13, layers: 2, heads: 4, keyValueHeads: 2, width: 16,
          innerWidth: 12, context: 40)
      case .valued:
        try LanguageModelShape(
          vocabulary: 11, layers: 1, heads: 1, width: 6, context: 40, isTied: false,
          hasValueHead: true)
      case .biased:
        try LanguageModelShape(
          family: .llama, vocabulary: 9, layers: 1, heads: 3, keyValueHeads: 1, headWidth: 4,
          width: 10, innerWidth: 7, context: 40, isTied: true, hasAttentionBias: true)
      }
    }
  }

  /// With weights of which every one matters.
  var model: LanguageModel {
    get throws {
      var source = RandomSource(seed: 3)
      var model = LanguageModel(try shape, using: &source)
      let layout = model.layout
      var frozen = Set([layout.embedding, layout.head].flatMap { Array($0.biasPlaces) })
      for matrix in layout.blockMatrices where !matrix.hasBias {
        frozen.formUnion(matrix.biasPlaces)
      }
      if try shape.family == .llama {
        for norm in layout.norms {
          frozen.formUnion(norm + model.shape.width..<norm + 2 * model.shape.width)
        }
      }
      for index in model.weights.indices where !frozen.contains(index) {
        model.weights[index] += Float(source.normal() * 0.3)
      }
      return model
    }
  }

  /// Sequences of several lengths, some across panels.
  func batch(_ lengths: [Int] = [5, 19, 33], firstTargets: [Int]? = nil) throws -> TokenBatch {
    var source = RandomSource(seed: 5)
    let vocabulary = try shape.vocabulary
    return TokenBatch(
      lengths.map { (0..<$0).map { _ in Int32(source.integer(below: vocabulary)) } },
      firstTargets: firstTargets)
  }
}

struct LanguageModelTests {
  @Test(
    "the gradient is that of the loss, by finite differences, for every kind of weight",
    arguments: TinyModel.allCases, [0, 0.2])
  func gradients(kind: TinyModel, dropout: Double) throws {
    var model = try kind.model
    let batch = try kind.batch(firstTargets: [2, 1, 20])
    let workspace = LanguageModel.Workspace()
    let drop = dropout > 0 ? Dropout(rate: dropout, seed: 9) : nil
    // Any weights of log-probabilities, entropies and values, targets or not.
    var source = RandomSource(seed: 7)
    func coefficients() -> [Float] { (0..<batch.rows).map { _ in Float(source.normal()) } }
    var given = TokenGradients(logProbabilities: coefficients(), entropies: coefficients())
    for row in 0..<batch.rows where row % batch.rowsEach >= batch.lengths[row / batch.rowsEach] {
      given.entropies[row] = 0
    }
    if model.shape.hasValueHead { given.values = coefficients() }
    func loss() -> Double {
      model.forward(batch, temperature: 1.3, dropout: drop, in: workspace)
      func dot(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
      return dot(given.logProbabilities, workspace.logProbabilities)
        + dot(given.entropies, workspace.entropies) + dot(given.values, workspace.values)
    }
    _ = loss()
    var gradient = [Float](repeating: 0, count: model.weights.count)
    model.backward(given, in: workspace, gradient: &gradient)

    // Along random directions within each tensor, so that each one is tried whole.
    let layout = model.layout
    var tensors: [(String, [Int])] = [
      ("embedding", Array(layout.embedding.places)), ("positions", Array(layout.positions)),
      ("head", Array(layout.head.places)),
    ]
    for (index, matrix) in layout.blockMatrices.enumerated() {
      tensors.append(("matrix \(index)", Array(matrix.places)))
      if matrix.hasBias { tensors.append(("bias \(index)", Array(matrix.biasPlaces))) }
    }
    let normWidth = model.shape.width * (model.shape.family == .gpt2 ? 2 : 1)
    for norm in layout.norms { tensors.append(("norm", Array(norm..<norm + normWidth))) }
    if let head = layout.valueHead {
      tensors.append(("value head", Array(head.offset..<head.offset + head.count)))
    }
    for (name, places) in tensors where !places.isEmpty {
      let direction = places.map { _ in Float(source.bernoulli(0.5) ? 1 : -1) }
      let length = Double(places.count).squareRoot()
      let step = Float(4e-3 / length)
      let start = model.weights
      func moved(_ sign: Float) -> Double {
        for (place, side) in zip(places, direction) {
          model.weights[place] = start[place] + sign * step * side
        }
        defer { model.weights = start }
        return loss()
      }
      let measured = (moved(1) - moved(-1)) / (2 * Double(step))
      let expected = zip(places, direction).reduce(0.0) {
        $0 + Double(gradient[$1.0]) * Double($1.1)
      }
      let scale = places.reduce(0.0) { $0 + Double(gradient[$1] * gradient[$1]) }.squareRoot()
      #expect(
        abs(measured - expected) < 0.02 * scale * length.squareRoot() + 0.05,
        "\(name): \(measured), not \(expected) (\(scale))")
    }
  }

  @Test(
    "weights that are not learned get no gradient", arguments: TinyModel.allCases)
  func frozen(kind: TinyModel) throws {
    let model = try kind.model
    let (batch, workspace) = (try kind.batch(), LanguageModel.Workspace())
    model.forward(batch, in: workspace)
    var gradient = [Float](repeating: .nan, count: model.weights.count)
    model.backward(.crossEntropy(batch), in: workspace, gradient: &gradient)
    var places = Array(model.layout.embedding.biasPlaces) + Array(model.layout.head.biasPlaces)
    for matrix in model.layout.blockMatrices where !matrix.hasBias {
      places += Array(matrix.biasPlaces)
    }
    #expect(places.allSatisfy { gradient[$0] == 0 && model.weights[$0] == 0 })
    #expect(gradient.allSatisfy { $0.isFinite })
    let learned = gradient.count { $0 != 0 }
    #expect(learned <= model.parameterCount)
  }

  /// All that a training step computes, with some number of threads and at some level of kernels.
  private static func step(_ kind: TinyModel, threads: Int) throws -> [Float] {
    let model = try kind.model
    let batch = try kind.batch([5, 19, 33, 16, 7])
    let workspace = LanguageModel.Workspace()
    let pool = threads > 1 ? ThreadPool(threads: threads) : nil
    model.forward(batch, dropout: Dropout(rate: 0.1, seed: 4), in: workspace, pool: pool)
    var gradient = [Float](repeating: 0, count: model.weights.count)
    for accumulating in [false, true] {
      model.backward(
        .crossEntropy(batch), in: workspace, gradient: &gradient, accumulating: accumulating,
        pool: pool)
    }
    return workspace.logProbabilities + workspace.entropies + workspace.values + gradient
  }

  @Test("any number of threads gives the same bits", arguments: TinyModel.allCases)
  func threads(kind: TinyModel) throws {
    let alone = try Self.step(kind, threads: 1).map(\.bitPattern)
    for threads in [2, 3, 8] {
      let shared = try Self.step(kind, threads: threads).map(\.bitPattern)
      #expect(shared == alone)
    }
  }

  // Other tests may run with the level set here: all levels have the same bits.
  @Test("every level of kernels gives the same bits", arguments: TinyModel.allCases)
  func levels(kind: TinyModel) throws {
    let expected = try Self.step(kind, threads: 1).map(\.bitPattern)
    let before = rlhs_level_in_use()
    defer { _ = rlhs_set_level(before) }
    for level in [rlhs_level_plain, rlhs_level_avx2, rlhs_level_avx512]
    where rlhs_set_level(level) == 1 {
      let bits = try Self.step(kind, threads: 1).map(\.bitPattern)
      #expect(bits == expected, "\(level)")
    }
  }

  @Test("what stands beside a sequence, or after it, changes none of its bits")
  func independence() throws {
    for kind in TinyModel.allCases {
      let model = try kind.model
      let workspace = LanguageModel.Workspace()
      let batch = try kind.batch()
      model.forward(batch, in: workspace)
      let together = Array(workspace.logProbabilities[batch.targetRows(1)])
      var source = RandomSource(seed: 5)
      let vocabulary = model.shape.vocabulary
      let sequences = [5, 19].map { length in
        (0..<length).map { _ in Int32(source.integer(below: vocabulary)) }
      }
      let alone = TokenBatch([sequences[1]])
      model.forward(alone, in: workspace)
      #expect(Array(workspace.logProbabilities[alone.targetRows(0)]) == together)
      let cut = TokenBatch([Array(sequences[1].prefix(12))])
      model.forward(cut, in: workspace)
      #expect(Array(workspace.logProbabilities[cut.targetRows(0)]) == Array(together.prefix(11)))
    }
  }

  @Test("log-probabilities and entropies are those of the softmax of the logits")
  func logProbabilities() throws {
    let model = try TinyModel.llama.model
    let batch = try TinyModel.llama.batch([20], firstTargets: [4])
    let workspace = LanguageModel.Workspace()
    model.forward(batch, temperature: 0.7, in: workspace)
    #expect(batch.targetRows(0) == 3..<19 && batch.targetCount == 16 && batch.lastRow(0) == 19)
    #expect(workspace.logProbabilities[..<3].allSatisfy { $0 == 0 })
    let logits = model.logits(ofSequence: 0, in: workspace)
    var source = RandomSource(seed: 5)
    let tokens = (0..<20).map { _ in source.integer(below: 13) }
    for row in batch.targetRows(0) {
      let scaled = logits[row].map { Double($0) / 0.7 }
      let greatest = scaled.max()!
      let exponentials = scaled.map { 2.718281828459045.power($0 - greatest) }
      let sum = exponentials.reduce(0, +)
      let probabilities = exponentials.map { $0 / sum }
      let logarithms = probabilities.map { Double(logarithm(Float($0))) }
      #expect(
        abs(Double(workspace.logProbabilities[row]) - logarithms[tokens[row + 1]]) < 1e-4)
      let entropy = -zip(probabilities, logarithms).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(Double(workspace.entropies[row]) - entropy) < 1e-4)
    }
  }

  private func logarithm(_ value: Float) -> Float {
    var values = [value]
    VectorMath.log(&values)
    return values[0]
  }

  @Test("dropout zeroes its share and keeps the sum, and another seed drops others")
  func dropout() throws {
    let code = Dropout(rate: 0.25, seed: 1).code(site: 0)
    let kernels = rlhs_kernels_in_use().pointee
    let ones = [Float](repeating: 1, count: 16 * 1000)
    func dropped(_ code: rlhs_dropout) -> [Float] {
      var result = ones
      kernels.add_branch(nil, ones, 1000, 1, 1000, code, 0, &result)
      return result
    }
    let first = dropped(code)
    let share = Double(first.count { $0 == 0 }) / Double(first.count)
    #expect(abs(share - 0.25) < 0.015)
    #expect(first.allSatisfy { $0 == 0 || abs($0 - 4 / 3) < 1e-6 })
    #expect(dropped(Dropout(rate: 0.25, seed: 2).code(site: 0)) != first)
    #expect(dropped(Dropout(rate: 0.25, seed: 1).code(site: 1)) != first)
  }

  @Test("a value head comes and goes, and changes nothing else")
  func valueHead() throws {
    let model = try TinyModel.gpt2.model
    var source = RandomSource(seed: 1)
    let valued = model.addingValueHead(using: &source)
    #expect(valued.parameterCount == model.parameterCount + 9)
    let batch = try TinyModel.gpt2.batch()
    let (a, b) = (LanguageModel.Workspace(), LanguageModel.Workspace())
    model.forward(batch, in: a)
    valued.forward(batch, in: b)
    #expect(a.logProbabilities == b.logProbabilities && a.values.isEmpty)
    #expect(Set(b.values).count > 10)
    valued.forward(batch, logits: false, in: a)
    #expect(a.values == b.values && a.logProbabilities.isEmpty)
    #expect(valued.droppingValueHead().weights == model.weights)
  }

  @Test("a batch that does not fit is told with the reason")
  func obstacles() throws {
    let model = try TinyModel.gpt2.model
    let (fitting, long) = (try TinyModel.gpt2.batch([40]), try TinyModel.gpt2.batch([41]))
    #expect(model.obstacle(to: fitting) == nil)
    #expect(model.obstacle(to: long)?.description.contains("40") == true)
    #expect(model.obstacle(to: TokenBatch([[1, 11]]))?.description.contains("11") == true)
    #expect(throws: CoreError.self) {
      try LanguageModelShape(vocabulary: 9, layers: 1, heads: 3, width: 8, context: 4)
    }
  }
}

extension Double {
  /// This number to a real power, from exponentials of small parts.
  fileprivate func power(_ exponent: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    let part = exponent / 64
    for n in 1..<20 {
      term *= part / Double(n)
      sum += term
    }
    return (0..<6).reduce(sum) { value, _ in value * value }
  }
}
