import CKernels

/// The gradient of a loss by what a pass gives for each row; what is empty counts as zeros.
/// Rows beyond a sequence's end should have zeros.
public struct TokenGradients: Sendable {
  /// By the log-probability of each row's target; not read where a row has none.
  public var logProbabilities: [Float]
  /// By each row's entropy.
  public var entropies: [Float]
  /// By each row's value.
  public var values: [Float]

  /// Gradients of as many rows as the batch has, or empty.
  public init(logProbabilities: [Float] = [], entropies: [Float] = [], values: [Float] = []) {
    self.logProbabilities = logProbabilities
    self.entropies = entropies
    self.values = values
  }

  /// That of the mean cross-entropy over all targets of `batch`.
  public static func crossEntropy(_ batch: TokenBatch) -> TokenGradients {
    let share = -1 / Float(max(batch.targetCount, 1))
    return TokenGradients(
      logProbabilities: (0..<batch.rows).map { batch.hasTarget($0) ? share : 0 })
  }
}

extension LanguageModel {
  /// Computes the gradient of a loss by the weights, from its gradient by the results of the last
  /// `forward` with this workspace and these weights.
  ///
  /// - Parameters:
  ///   - gradient: takes the gradient, laid out as the weights.
  ///   - accumulating: adds to `gradient` instead of replacing it. A batch in pieces then gives the
  ///     same products as the whole.
  public func backward(
    _ gradients: TokenGradients, in workspace: Workspace, gradient: inout [Float],
    accumulating: Bool = false, pool: ThreadPool? = nil
  ) {
    guard let batch = workspace.batch, workspace.shape == shape else {
      preconditionFailure("backward without a forward")
    }
    precondition(gradient.count == layout.count, "\(gradient.count) gradients")
    let given = [gradients.logProbabilities, gradients.entropies, gradients.values]
    precondition(
      given.allSatisfy { $0.isEmpty || $0.count == batch.rows },
      "gradients of \(given.map(\.count)) rows for \(batch.rows)")
    precondition(
      gradients.values.isEmpty || shape.hasValueHead, "gradients by values without a value head")
    precondition(
      workspace.computesLogits || (gradients.logProbabilities + gradients.entropies).isEmpty,
      "gradients by log-probabilities that were not computed")
    workspace.prepare(for: self, batch, workers: pool?.threads ?? 1, gradients: true)
    weights.withUnsafeBufferPointer { weights in
      rotations.withUnsafeBufferPointer { rotations in
        gradient.withUnsafeMutableBufferPointer { gradient in
          let pass = SequencePass(
            model: self, weights: weights.baseAddress!, rotations: rotations.baseAddress,
            workspace: workspace, batch: batch)
          let backward = BackwardPass(
            pass: pass, gradients: workspace.gradientBase,
            hasLogits: !(gradients.logProbabilities.isEmpty && gradients.entropies.isEmpty),
            hasValues: !gradients.values.isEmpty)
          backward.begin(gradients)
          run(batch.sequences, on: pool) { sequence, worker in
            backward.backward(sequence, scratch: workspace.scratch(worker))
          }
          let sums = WeightGradients(
            pass: pass, gradients: workspace.gradientBase, backward: backward,
            target: gradient.baseAddress!, isAccumulating: accumulating)
          let parts = sums.parts
          run(parts.count, on: pool) { part, worker in
            sums.compute(parts[part], scratch: workspace.scratch(worker))
          }
        }
      }
    }
  }
}

/// The way back through one sequence after the other, down to the embeddings. What the weights'
/// gradients need is left for afterwards, when they are summed over all sequences in order.
struct BackwardPass {
  let pass: SequencePass
  let gradients: UnsafeMutablePointer<Float>
  let hasLogits: Bool
  let hasValues: Bool

  private var shape: LanguageModelShape { pass.shape }
  private var normCount: Int { 2 * shape.layers + 1 }

  func at(_ place: Int, _ sequence: Int, stride: Int) -> UnsafeMutablePointer<Float> {
    gradients + place + sequence * pass.rows * stride
  }

  /// A sequence's share of the gradient by norm `index`, counted in the order of the forward pass.
  func normShare(_ sequence: Int, _ index: Int) -> UnsafeMutablePointer<Float> {
    gradients + pass.places.dNorms + (sequence * normCount + index) * 2 * shape.width
  }

  /// Takes in the given gradients; where a row has no target, none by its log-probability.
  func begin(_ given: TokenGradients) {
    let (batch, places) = (pass.batch, pass.places)
    for row in 0..<batch.rows {
      let counts = batch.hasTarget(row) && !given.logProbabilities.isEmpty
      gradients[places.dLogProbabilities + row] = counts ? given.logProbabilities[row] : 0
      gradients[places.dEntropies + row] = given.entropies.isEmpty ? 0 : given.entropies[row]
    }
    for (row, value) in given.values.enumerated() { gradients[places.dValues + row] = value }
  }

  func backward(_ sequence: Int, scratch: UnsafeMutablePointer<Float>) {
    let (places, width, panels) = (pass.places, shape.width, pass.panels)
    let scratchPlaces = LanguageModel.ScratchPlaces(shape, panelsEach: panels)
    let branch = scratch + scratchPlaces.branch
    let residual = scratch + scratchPlaces.residual
    let size = width * pass.rows
    normShare(sequence, 0).update(repeating: 0, count: normCount * 2 * width)
    // The gradient by what the heads read, in `residual` for now.
    residual.update(repeating: 0, count: size)
    if hasValues, let head = pass.layout.valueHead {
      pass.kernels.input_gradient(
        at(places.dValues, sequence, stride: 1), pass.rows, width, 1, pass.weights + head.offset,
        rlhs_linear, pass.at(places.hiddenWithOnes, sequence, stride: width + 1), residual)
    }
    if hasLogits {
      pass.targets(sequence) { targets in
        pass.kernels.log_probability_gradient(
          pass.at(places.logits, sequence, stride: shape.vocabulary), panels, shape.vocabulary,
          pass.logitScale, targets, pass.at(places.normalizers, sequence, stride: 1),
          pass.at(places.entropies, sequence, stride: 1),
          at(places.dLogProbabilities, sequence, stride: 1),
          at(places.dEntropies, sequence, stride: 1),
          at(places.dLogits, sequence, stride: shape.vocabulary + 1))
      }
      // The head's last row is zero, and takes the place of a bias.
      pass.kernels.forward(
        at(places.dLogits, sequence, stride: shape.vocabulary + 1), pass.rows, shape.vocabulary,
        width, pass.weights + pass.layout.head.offset, rlhs_linear, branch)
      pass.kernels.add_branch(
        residual, branch, width + 1, panels, width, rlhs_dropout(), 0, residual)
    }
    branch.update(from: residual, count: size)
    residual.update(repeating: 0, count: size)
    pass.kernels.norm_gradient(
      pass.norm(pass.layout.finalNorm), pass.at(places.output, sequence, stride: width), panels,
      pass.at(places.finalStatistics, sequence, stride: 2), branch, width, residual,
      normShare(sequence, normCount - 1))
    for block in (0..<shape.layers).reversed() {
      feedBackward(block, of: sequence, scratch: scratch, scratchPlaces)
      attentionBackward(block, of: sequence, scratch: scratch, scratchPlaces)
    }
    pass.kernels.add_branch(
      nil, residual, width, panels, width, pass.embeddingDropout, sequence * panels,
      at(places.dEmbedded, sequence, stride: width))
  }

  private func feedBackward(
    _ index: Int, of sequence: Int, scratch: UnsafeMutablePointer<Float>,
    _ scratchPlaces: LanguageModel.ScratchPlaces
  ) {
    let (block, place) = (pass.layout.blocks[index], pass.places.blocks[index])
    let (width, panels, kernels) = (shape.width, pass.panels, pass.kernels)
    let residual = scratch + scratchPlaces.residual
    let dOutput = at(place.dFeedOutput, sequence, stride: width)
    let dInner = at(place.dInner, sequence, stride: shape.feedWidth)
    let dFed = scratch + scratchPlaces.wide
    let dNormed = scratch + scratchPlaces.branch
    kernels.add_branch(
      nil, residual, width, panels, width, pass.dropout(index, .feedOutput), sequence * panels,
      dOutput)
    back(
      block.feedOutput, dOutput, pass.at(place.fed, sequence, stride: shape.innerWidth + 1), dFed)
    kernels.feed_gradient(
      pass.feedKind, pass.at(place.inner, sequence, stride: shape.feedWidth + 1), panels,
      shape.innerWidth, dFed, dInner)
    back(
      block.feedInput, dInner, pass.at(place.feedNormed, sequence, stride: width + 1), dNormed)
    kernels.norm_gradient(
      pass.norm(block.feedNorm), pass.at(place.middle, sequence, stride: width), panels,
      pass.at(place.feedStatistics, sequence, stride: 2), dNormed, width, residual,
      normShare(sequence, 2 * index + 1))
  }

  private func attentionBackward(
    _ index: Int, of sequence: Int, scratch: UnsafeMutablePointer<Float>,
    _ scratchPlaces: LanguageModel.ScratchPlaces
  ) {
    let (block, place) = (pass.layout.blocks[index], pass.places.blocks[index])
    let (width, panels, kernels) = (shape.width, pass.panels, pass.kernels)
    let residual = scratch + scratchPlaces.residual
    let dOutput = at(place.dAttentionOutput, sequence, stride: width)
    let dProjected = at(place.dProjected, sequence, stride: shape.projectedWidth)
    let attended = pass.at(place.attended, sequence, stride: shape.attendedWidth + 1)
    let dAttended = scratch + scratchPlaces.wide
    let dNormed = scratch + scratchPlaces.branch
    kernels.add_branch(
      nil, residual, width, panels, width, pass.dropout(index, .attentionOutput),
      sequence * panels, dOutput)
    back(block.attentionOutput, dOutput, attended, dAttended)
    var settings = pass.attention(sequence, index)
    kernels.attention_gradient(
      &settings, pass.at(place.projected, sequence, stride: shape.projectedWidth + 1),
      pass.at(place.softmaxStatistics, sequence, stride: 2 * shape.heads), attended, dAttended,
      scratch + scratchPlaces.scores, dProjected)
    if let rotations = pass.rotations {
      kernels.rotate(
        dProjected, shape.projectedWidth, panels, shape.heads + shape.keyValueHeads,
        shape.headWidth, rotations, -1)
    }
    back(
      block.projection, dProjected, pass.at(place.attentionNormed, sequence, stride: width + 1),
      dNormed)
    kernels.norm_gradient(
      pass.norm(block.attentionNorm), pass.at(place.input, sequence, stride: width), panels,
      pass.at(place.attentionStatistics, sequence, stride: 2), dNormed, width, residual,
      normShare(sequence, 2 * index))
  }

  private func back(
    _ matrix: LanguageModelLayout.Matrix, _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) {
    pass.kernels.input_gradient(
      dy, pass.rows, matrix.inputs, matrix.outputs, pass.weights + matrix.offset, rlhs_linear, x,
      dx)
  }
}

/// The gradients by the weights, summed over all rows of a batch in their order: parts that do not
/// depend on each other.
struct WeightGradients {
  enum Part {
    /// Activations with ones and the gradients that came back to them.
    case matrix(LanguageModelLayout.Matrix, x: UnsafePointer<Float>, dy: UnsafePointer<Float>)
    /// Embeddings of tokens and positions, and a tied head.
    case embedding
    case norms
    /// No gradient came through it.
    case zeros(Range<Int>)
  }

  let pass: SequencePass
  let gradients: UnsafeMutablePointer<Float>
  let backward: BackwardPass
  let target: UnsafeMutablePointer<Float>
  let isAccumulating: Bool

  /// The longest first, so that threads end together.
  var parts: [Part] {
    let (layout, places) = (pass.layout, pass.places)
    var matrices: [(LanguageModelLayout.Matrix, Int, Int)] = []
    for (block, place) in zip(layout.blocks, places.blocks) {
      matrices += [
        (block.projection, place.attentionNormed, place.dProjected),
        (block.attentionOutput, place.attended, place.dAttentionOutput),
        (block.feedInput, place.feedNormed, place.dInner),
        (block.feedOutput, place.fed, place.dFeedOutput),
      ]
    }
    var parts: [Part] = [.embedding]
    if layout.head != layout.embedding { parts.append(headPart) }
    // Of equal length in the order of the weights: sorting is not stable by itself.
    parts += matrices.sorted { ($1.0.count, $0.0.offset) < ($0.0.count, $1.0.offset) }.map {
      .matrix($0.0, x: pass.base + $0.1, dy: gradients + $0.2)
    }
    parts.append(.norms)
    if let head = layout.valueHead {
      parts.append(
        backward.hasValues
          ? .matrix(head, x: pass.base + places.hiddenWithOnes, dy: gradients + places.dValues)
          : .zeros(head.offset..<head.offset + head.count))
    }
    return parts
  }

  /// The logits' gradients take the place of activations, as the head is `[vocabulary, width]`.
  private var headPart: Part {
    let head = pass.layout.head
    return backward.hasLogits
      ? .matrix(
        head, x: gradients + pass.places.dLogits, dy: pass.base + pass.places.hidden)
      : .zeros(head.offset..<head.offset + head.count)
  }

  func compute(_ part: Part, scratch: UnsafeMutablePointer<Float>) {
    switch part {
    case .matrix(let matrix, let x, let dy):
      pass.kernels.weight_gradient(
        x, dy, pass.batch.rows, matrix.inputs, matrix.outputs, isAccumulating ? 1 : 0, scratch,
        target + matrix.offset)
      if !matrix.hasBias { zero(matrix.biasPlaces) }
    case .embedding: embedding(scratch)
    case .norms: norms()
    case .zeros(let places): if !isAccumulating { zero(places) }
    }
  }

  private func zero(_ places: Range<Int>) {
    (target + places.lowerBound).update(repeating: 0, count: places.count)
  }

  private func embedding(_ scratch: UnsafeMutablePointer<Float>) {
    let (layout, places, batch) = (pass.layout, pass.places, pass.batch)
    let embedding = layout.embedding
    if layout.head == embedding {
      compute(headPart, scratch: scratch)
    } else if !isAccumulating {
      zero(embedding.offset..<embedding.offset + embedding.count)
    }
    if !isAccumulating { zero(layout.positions) }
    batch.tokens.withUnsafeBufferPointer { tokens in
      pass.kernels.embed_gradient(
        tokens.baseAddress, batch.sequences * pass.panels, pass.panels, pass.shape.width,
        pass.shape.context,
        gradients + places.dEmbedded, target + embedding.offset,
        layout.positions.isEmpty ? nil : target + layout.positions.lowerBound)
    }
  }

  private func norms() {
    let size = 2 * pass.shape.width
    for (index, offset) in pass.layout.norms.enumerated() {
      if !isAccumulating { zero(offset..<offset + size) }
      for sequence in 0..<pass.batch.sequences {
        let share = backward.normShare(sequence, index)
        for i in 0..<size { target[offset + i] += share[i] }
      }
    }
  }
}
