/// Where each tensor of a language model lies in its flat buffer of weights.
///
/// Every matrix is `[inputs + 1, outputs]` in row-major order, the last row the bias; the last row
/// of an embedding or a head, and the bias of a layer without one, are zero and stay so. A norm is
/// `[2, width]`: gain, then bias, zero for Llama. The value head stands last, so that adding or
/// dropping it moves nothing else.
package struct LanguageModelLayout: Sendable, Equatable {
  package struct Matrix: Sendable, Equatable {
    /// Index of its first weight.
    package let offset: Int
    package let inputs: Int
    package let outputs: Int
    /// Whether the last row is learned.
    package let hasBias: Bool

    package var count: Int { (inputs + 1) * outputs }
    /// The matrix without its last row.
    package var places: Range<Int> { offset..<offset + inputs * outputs }
    package var biasPlaces: Range<Int> { offset + inputs * outputs..<offset + count }
  }

  package struct Block: Sendable, Equatable {
    /// Index of the norm before the attention.
    package let attentionNorm: Int
    /// From the residual stream to queries, keys and values, in this order.
    package let projection: Matrix
    package let attentionOutput: Matrix
    /// Index of the norm before the feed-forward block.
    package let feedNorm: Int
    /// With Llama the gate's columns come first.
    package let feedInput: Matrix
    package let feedOutput: Matrix
  }

  /// `[vocabulary + 1, width]`.
  package let embedding: Matrix
  /// `[context, width]`, and no row more.
  package let positions: Range<Int>
  package let blocks: [Block]
  package let finalNorm: Int
  /// The embedding where the two are tied; `[vocabulary + 1, width]` like it.
  package let head: Matrix
  package let valueHead: Matrix?
  package let count: Int

  package init(_ shape: LanguageModelShape) {
    var end = 0
    func take(_ count: Int) -> Int {
      defer { end += count }
      return end
    }
    func matrix(_ inputs: Int, _ outputs: Int, bias: Bool) -> Matrix {
      Matrix(
        offset: take((inputs + 1) * outputs), inputs: inputs, outputs: outputs, hasBias: bias)
    }
    let (width, isGPT2) = (shape.width, shape.family == .gpt2)
    embedding = matrix(shape.vocabulary, width, bias: false)
    let positionCount = isGPT2 ? shape.context * width : 0
    let firstPosition = take(positionCount)
    positions = firstPosition..<firstPosition + positionCount
    blocks = (0..<shape.layers).map { _ in
      Block(
        attentionNorm: take(2 * width),
        projection: matrix(
          width, shape.projectedWidth, bias: isGPT2 || shape.hasAttentionBias),
        attentionOutput: matrix(
          shape.attendedWidth, width, bias: isGPT2 || shape.hasAttentionBias),
        feedNorm: take(2 * width),
        feedInput: matrix(width, shape.feedWidth, bias: isGPT2),
        feedOutput: matrix(shape.innerWidth, width, bias: isGPT2))
    }
    finalNorm = take(2 * width)
    head = shape.isTied ? embedding : matrix(shape.vocabulary, width, bias: false)
    valueHead = shape.hasValueHead ? matrix(width, 1, bias: true) : nil
    count = end
  }

  /// The matrices of all blocks, in the order of their weights.
  package var blockMatrices: [Matrix] {
    blocks.flatMap { [$0.projection, $0.attentionOutput, $0.feedInput, $0.feedOutput] }
  }

  /// Indices of all norms, in the order of the forward pass.
  package var norms: [Int] { blocks.flatMap { [$0.attentionNorm, $0.feedNorm] } + [finalNorm] }

  /// What weight decay shrinks: matrices, and neither biases nor norms.
  package var decayed: [Range<Int>] {
    var places = [embedding.places, positions] + blockMatrices.map(\.places)
    if head != embedding { places.append(head.places) }
    if let valueHead { places.append(valueHead.places) }
    return places
  }
}
