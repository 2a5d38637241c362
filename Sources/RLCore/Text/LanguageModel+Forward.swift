import CKernels

extension LanguageModel {
  /// What lies in the way of a pass over `batch`, or nil.
  ///
  /// A token outside the vocabulary and a sequence longer than the context are a caller's mistakes;
  /// those who get sequences from a user ask here first.
  public func obstacle(to batch: TokenBatch) -> CoreError? {
    if let longest = batch.lengths.max(), longest > shape.context {
      return .incompatible(
        "a sequence of \(longest) tokens is longer than the context of \(shape.context)")
    }
    if let token = batch.tokens.first(where: { !(0..<Int32(shape.vocabulary)).contains($0) }) {
      return .incompatible("token \(token) is not in the vocabulary of \(shape.vocabulary)")
    }
    return nil
  }

  /// Computes log-probabilities, entropies and values of a batch, and leaves in the workspace what
  /// `backward` needs.
  ///
  /// - Parameters:
  ///   - temperature: what logits are divided by before anything is made of them.
  ///   - dropout: zeroes random elements, the same ones on the way back.
  ///   - logits: without it neither logits nor log-probabilities nor entropies are computed: for
  ///     models that are asked for values alone.
  /// - Precondition: `obstacle(to: batch)` is nil, and the batch is not empty.
  public func forward(
    _ batch: TokenBatch, temperature: Double = 1, dropout: Dropout? = nil, logits: Bool = true,
    in workspace: Workspace, pool: ThreadPool? = nil
  ) {
    precondition(batch.sequences > 0 && temperature > 0, "an empty batch, or no temperature")
    precondition(obstacle(to: batch) == nil, "a batch that does not fit the model")
    precondition(weights.count == layout.count, "\(weights.count) weights, not \(layout.count)")
    workspace.prepare(for: self, batch, workers: pool?.threads ?? 1, gradients: false)
    workspace.batch = batch
    workspace.dropout = dropout.flatMap { $0.rate > 0 ? $0 : nil }
    workspace.logitScale = Float(1 / temperature)
    workspace.computesLogits = logits
    weights.withUnsafeBufferPointer { weights in
      rotations.withUnsafeBufferPointer { rotations in
        let pass = SequencePass(
          model: self, weights: weights.baseAddress!, rotations: rotations.baseAddress,
          workspace: workspace, batch: batch)
        run(batch.sequences, on: pool) { sequence, worker in
          pass.forward(sequence, scratch: workspace.scratch(worker))
        }
        pass.readResults(into: workspace)
      }
    }
  }

  /// The logits of the last `forward`, `[rows of the sequence, vocabulary]`, undivided by any
  /// temperature.
  public func logits(ofSequence sequence: Int, in workspace: Workspace) -> [[Float]] {
    guard let batch = workspace.batch, workspace.computesLogits else {
      preconditionFailure("logits without a forward")
    }
    let panel = Int(rlhs_panel)
    let base =
      workspace.base + workspace.places.logits + sequence * batch.rowsEach * shape.vocabulary
    return (0..<batch.lengths[sequence]).map { row in
      let from = base + row / panel * shape.vocabulary * panel + row % panel
      return (0..<shape.vocabulary).map { from[$0 * panel] }
    }
  }

  func run(_ count: Int, on pool: ThreadPool?, _ body: (Int, Int) -> Void) {
    if let pool {
      pool.run(count, body)
    } else {
      for index in 0..<count { body(index, 0) }
    }
  }
}

/// A pass over one sequence of a batch after the other, each independent of all others.
struct SequencePass {
  let shape: LanguageModelShape
  let layout: LanguageModelLayout
  let weights: UnsafePointer<Float>
  let rotations: UnsafePointer<Float>?
  let places: LanguageModel.Places
  let base: UnsafeMutablePointer<Float>
  let batch: TokenBatch
  let dropout: Dropout?
  let logitScale: Float
  let computesLogits: Bool
  let kernels = rlhs_kernels_in_use().pointee

  init(
    model: LanguageModel, weights: UnsafePointer<Float>, rotations: UnsafePointer<Float>?,
    workspace: LanguageModel.Workspace, batch: TokenBatch
  ) {
    shape = model.shape
    layout = model.layout
    self.weights = weights
    // An empty array too has an address.
    self.rotations = model.rotations.isEmpty ? nil : rotations
    places = workspace.places
    base = workspace.base
    self.batch = batch
    dropout = workspace.dropout
    logitScale = workspace.logitScale
    computesLogits = workspace.computesLogits
  }

  /// Panels of each sequence.
  var panels: Int { batch.rowsEach / Int(rlhs_panel) }
  /// Rows of each sequence.
  var rows: Int { batch.rowsEach }

  /// Where the panels of a sequence begin in a block of panels of the whole batch.
  func at(_ place: Int, _ sequence: Int, stride: Int) -> UnsafeMutablePointer<Float> {
    base + place + sequence * rows * stride
  }

  /// The targets of a sequence's rows.
  func targets(_ sequence: Int, _ body: (UnsafePointer<Int32>) -> Void) {
    batch.targets.withUnsafeBufferPointer { body($0.baseAddress! + sequence * rows) }
  }

  /// Dropout's places: 0 for the embedding, then three for each block.
  enum DropoutSite: Int { case attentionWeights = 1, attentionOutput, feedOutput }

  func dropout(_ block: Int, _ site: DropoutSite) -> rlhs_dropout {
    dropout?.code(site: 3 * block + site.rawValue) ?? rlhs_dropout()
  }

  var embeddingDropout: rlhs_dropout { dropout?.code(site: 0) ?? rlhs_dropout() }

  func norm(_ offset: Int) -> rlhs_norm {
    rlhs_norm(
      width: shape.width, gain: weights + offset, bias: weights + offset + shape.width,
      epsilon: Float(shape.normEpsilon), is_centred: shape.family == .gpt2 ? 1 : 0)
  }

  func attention(_ sequence: Int, _ block: Int) -> rlhs_attention {
    rlhs_attention(
      heads: shape.heads, key_value_heads: shape.keyValueHeads, head_width: shape.headWidth,
      panels: panels, first_panel: sequence * panels,
      scale: 1 / Float(shape.headWidth).squareRoot(),
      dropout: dropout(block, .attentionWeights))
  }

  var feedKind: rlhs_feed { shape.family == .gpt2 ? rlhs_gelu : rlhs_gate }

  func forward(_ sequence: Int, scratch: UnsafeMutablePointer<Float>) {
    let width = shape.width
    let first = sequence * panels
    batch.tokens.withUnsafeBufferPointer {
      kernels.embed(
        $0.baseAddress! + sequence * rows, panels, width, weights + layout.embedding.offset,
        shape.family == .gpt2 ? weights + layout.positions.lowerBound : nil, shape.context,
        embeddingDropout, first, at(places.blocks[0].input, sequence, stride: width))
    }
    for block in 0..<shape.layers { forward(block, of: sequence, scratch: scratch) }
    let hidden = at(places.hidden, sequence, stride: width)
    kernels.norm(
      norm(layout.finalNorm), at(places.output, sequence, stride: width), panels,
      at(places.finalStatistics, sequence, stride: 2), width, hidden)
    if computesLogits {
      // x w^T for a head [vocabulary, width] is what takes a gradient back through a layer.
      let logits = at(places.logits, sequence, stride: shape.vocabulary)
      kernels.input_gradient(
        hidden, rows, shape.vocabulary, width, weights + layout.head.offset, rlhs_linear, logits,
        logits)
      targets(sequence) { targets in
        kernels.log_probability(
          logits, panels, shape.vocabulary, logitScale, targets,
          at(places.normalizers, sequence, stride: 1),
          at(places.logProbabilities, sequence, stride: 1),
          at(places.entropies, sequence, stride: 1))
      }
    }
    if let valueHead = layout.valueHead {
      let copy = at(places.hiddenWithOnes, sequence, stride: width + 1)
      addOnes(hidden, to: copy)
      kernels.forward(
        copy, rows, width, 1, weights + valueHead.offset, rlhs_linear,
        at(places.values, sequence, stride: 2))
    }
  }

  private func forward(
    _ index: Int, of sequence: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    let (block, place) = (layout.blocks[index], places.blocks[index])
    let (width, first) = (shape.width, sequence * panels)
    let scratchPlaces = LanguageModel.ScratchPlaces(shape, panelsEach: panels)
    let branch = scratch + scratchPlaces.branch
    let input = at(place.input, sequence, stride: width)
    let normed = at(place.attentionNormed, sequence, stride: width + 1)
    let projected = at(place.projected, sequence, stride: shape.projectedWidth + 1)
    let attended = at(place.attended, sequence, stride: shape.attendedWidth + 1)
    let middle = at(place.middle, sequence, stride: width)
    kernels.norm(
      norm(block.attentionNorm), input, panels,
      at(place.attentionStatistics, sequence, stride: 2), width + 1, normed)
    layer(block.projection, normed, projected)
    if let rotations {
      kernels.rotate(
        projected, shape.projectedWidth + 1, panels, shape.heads + shape.keyValueHeads,
        shape.headWidth, rotations, 1)
    }
    var settings = attention(sequence, index)
    kernels.attention(
      &settings, projected, scratch + scratchPlaces.scores,
      at(place.softmaxStatistics, sequence, stride: 2 * shape.heads), attended)
    layer(block.attentionOutput, attended, branch)
    kernels.add_branch(
      input, branch, width + 1, panels, width, dropout(index, .attentionOutput), first, middle)

    let feedNormed = at(place.feedNormed, sequence, stride: width + 1)
    let inner = at(place.inner, sequence, stride: shape.feedWidth + 1)
    let fed = at(place.fed, sequence, stride: shape.innerWidth + 1)
    let next = index + 1 < shape.layers ? places.blocks[index + 1].input : places.output
    kernels.norm(
      norm(block.feedNorm), middle, panels, at(place.feedStatistics, sequence, stride: 2),
      width + 1, feedNormed)
    layer(block.feedInput, feedNormed, inner)
    kernels.feed(feedKind, inner, panels, shape.innerWidth, fed)
    layer(block.feedOutput, fed, branch)
    kernels.add_branch(
      middle, branch, width + 1, panels, width, dropout(index, .feedOutput), first,
      at(next, sequence, stride: width))
  }

  private func layer(
    _ matrix: LanguageModelLayout.Matrix, _ x: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>
  ) {
    kernels.forward(
      x, rows, matrix.inputs, matrix.outputs, weights + matrix.offset, rlhs_linear, y)
  }

  /// Panels without a row of ones copied to panels with one.
  private func addOnes(_ from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>) {
    let (panel, width) = (Int(rlhs_panel), shape.width)
    for index in 0..<panels {
      let target = to + index * (width + 1) * panel
      target.update(from: from + index * width * panel, count: width * panel)
      (target + width * panel).update(repeating: 1, count: panel)
    }
  }

  /// From the panels of all sequences to a number for each row.
  func readResults(into workspace: LanguageModel.Workspace) {
    let rows = computesLogits ? batch.rows : 0
    func results(_ place: Int) -> [Float] {
      Array(UnsafeBufferPointer(start: base + place, count: rows))
    }
    workspace.logProbabilities = results(places.logProbabilities)
    workspace.entropies = results(places.entropies)
    let panel = Int(rlhs_panel)
    workspace.values = (0..<(shape.hasValueHead ? batch.rows : 0)).map {
      base[places.values + $0 / panel * 2 * panel + $0 % panel]
    }
  }
}
