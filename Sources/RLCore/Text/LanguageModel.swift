import CKernels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A transformer that predicts the next token: GPT-2's or Llama's, with hand-written backward.
///
/// All weights are one flat buffer; gradients and moments share its layout, and a copy of the struct
/// is a frozen reference. Every number is a chain of fused operations in a fixed order: the number
/// of sequences beside each other, the number of threads and the processor change no bit, and what
/// generation computes token by token equals what a pass over the whole sequence computes.
public struct LanguageModel: Sendable {
  /// Family and sizes.
  public private(set) var shape: LanguageModelShape
  /// All weights; see `LanguageModelLayout` for their places.
  public var weights: [Float]
  package private(set) var layout: LanguageModelLayout
  /// Cosines and sines of the rotary angles, `[panels][2][headWidth / 2][16]`; empty for GPT-2.
  let rotations: [Float]

  /// A model with fresh weights: normal with deviation 0.02, those that write to the residual stream
  /// divided by sqrt(2 layers), biases 0, gains 1.
  ///
  /// - Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
  public init(_ shape: LanguageModelShape, using source: inout RandomSource) {
    self.init(shape, weights: nil)
    func fill(_ places: Range<Int>, _ deviation: Double) {
      for index in places { weights[index] = Float(source.normal() * deviation) }
    }
    fill(layout.embedding.places, 0.02)
    fill(layout.positions, 0.02)
    let narrow = 0.02 / Double(2 * shape.layers).squareRoot()
    for block in layout.blocks {
      fill(block.projection.places, 0.02)
      fill(block.attentionOutput.places, narrow)
      fill(block.feedInput.places, 0.02)
      fill(block.feedOutput.places, narrow)
    }
    if !shape.isTied { fill(layout.head.places, 0.02) }
    for norm in layout.norms {
      for index in norm..<norm + shape.width { weights[index] = 1 }
    }
  }

  /// A model with these weights, or with zeros to be filled in.
  ///
  /// - Precondition: as many weights as the shape has.
  package init(_ shape: LanguageModelShape, weights: [Float]?) {
    let layout = LanguageModelLayout(shape)
    precondition(
      weights.map { $0.count == layout.count } ?? true,
      "\(weights?.count ?? 0) weights for a model of \(layout.count)")
    self.shape = shape
    self.layout = layout
    self.weights = weights ?? [Float](repeating: 0, count: layout.count)
    rotations = shape.family == .llama ? Self.rotations(shape) : []
  }

  /// Number of weights that are learned.
  public var parameterCount: Int {
    let unused =
      [layout.embedding, layout.head] + layout.blockMatrices.filter { !$0.hasBias }
    let biases = unused.reduce(0) { $0 + $1.outputs } - (shape.isTied ? shape.width : 0)
    let normBiases = shape.family == .llama ? layout.norms.count * shape.width : 0
    return layout.count - biases - normBiases
  }

  /// The model with a value head: normal with deviation 1 / sqrt(width + 1), bias 0. A model that
  /// has one stays as it is.
  public func addingValueHead(using source: inout RandomSource) -> LanguageModel {
    if shape.hasValueHead { return self }
    var shape = shape
    shape.hasValueHead = true
    let deviation = 1 / Double(shape.width + 1).squareRoot()
    let head = (0..<shape.width).map { _ in Float(source.normal() * deviation) }
    return LanguageModel(shape, weights: weights + head + [0])
  }

  /// The model without its value head.
  public func droppingValueHead() -> LanguageModel {
    guard let head = layout.valueHead else { return self }
    var shape = shape
    shape.hasValueHead = false
    return LanguageModel(shape, weights: Array(weights[..<head.offset]))
  }

  private static func rotations(_ shape: LanguageModelShape) -> [Float] {
    let panel = Int(rlhs_panel)
    let half = shape.headWidth / 2
    let panels = (shape.context + panel - 1) / panel
    var table = [Float](repeating: 0, count: panels * 2 * half * panel)
    for position in 0..<panels * panel {
      let place = position / panel * 2 * half * panel + position % panel
      for i in 0..<half {
        let angle = Double(position) / pow(shape.ropeTheta, Double(i) / Double(half))
        table[place + i * panel] = Float(cos(angle))
        table[place + (half + i) * panel] = Float(sin(angle))
      }
    }
    return table
  }
}

/// Zeroing of random elements while training.
public struct Dropout: Sendable, Equatable {
  /// The share that becomes zero, from 0 up to 1, that excluded.
  public let rate: Double
  /// Fixes which: the same seed drops the same elements.
  public let seed: UInt64

  /// - Precondition: `rate` is in 0..<1.
  public init(rate: Double, seed: UInt64) {
    precondition((0..<1).contains(rate), "a dropout of \(rate)")
    self.rate = rate
    self.seed = seed
  }

  /// For one place in the model.
  func code(site: Int) -> rlhs_dropout {
    let key = RandomSource(seed: seed).split("dropout", site).seed
    return rlhs_dropout(
      key: UInt32(truncatingIfNeeded: key), threshold: UInt32(rate * 0x1p24),
      scale: Float(1 / (1 - rate)))
  }
}
