import CKernels

extension LanguageModel {
  /// The memory of a pass over a batch: what `forward` leaves for its caller and for `backward`.
  ///
  /// It grows to the largest batch and serves models of any shape. It is used by one caller at a
  /// time.
  public final class Workspace {
    /// For each row of the batch the log-probability of its target, in nats; 0 without one.
    public internal(set) var logProbabilities: [Float] = []
    /// For each row the entropy of the whole distribution, in nats.
    public internal(set) var entropies: [Float] = []
    /// For each row the value head's answer; empty without one.
    public internal(set) var values: [Float] = []

    /// The batch of the last `forward`.
    var batch: TokenBatch?
    var shape: LanguageModelShape?
    var dropout: Dropout?
    var logitScale: Float = 1
    var computesLogits = true

    private var capacity = (rows: 0, panelsEach: 0, workers: 0)
    private var activations = AlignedBuffer(count: 0)
    private var gradients: AlignedBuffer?
    private var scratch = AlignedBuffer(count: 0)
    private(set) var places = Places()
    private var scratchEach = 0

    /// An empty workspace: the first pass makes room.
    public init() {}

    /// Makes room for `batch`, and for gradients only once they are asked for.
    func prepare(for model: LanguageModel, _ batch: TokenBatch, workers: Int, gradients: Bool) {
      let panelsEach = batch.rowsEach / Int(rlhs_panel)
      let isLarger =
        batch.rows > capacity.rows || panelsEach > capacity.panelsEach
        || workers > capacity.workers
      if shape != model.shape || isLarger {
        if shape != model.shape { capacity = (0, 0, 0) }
        capacity = (
          max(batch.rows, capacity.rows), max(panelsEach, capacity.panelsEach),
          max(workers, capacity.workers)
        )
        shape = model.shape
        places = Places(model.shape, rows: capacity.rows)
        activations = AlignedBuffer(count: places.activationCount)
        self.gradients = nil
        scratchEach = Places.scratchCount(
          model.shape, rows: capacity.rows, panelsEach: capacity.panelsEach)
        scratch = AlignedBuffer(count: scratchEach * capacity.workers)
      }
      if gradients, self.gradients == nil {
        self.gradients = AlignedBuffer(count: places.gradientCount)
      }
    }

    var base: UnsafeMutablePointer<Float> { activations.base }
    var gradientBase: UnsafeMutablePointer<Float> { gradients!.base }

    func scratch(_ worker: Int) -> UnsafeMutablePointer<Float> {
      scratch.base + worker * scratchEach
    }
  }

  /// Where panels of a whole batch begin in a workspace: activations in one buffer, gradients in
  /// another. Each is `[panels][stride][16]`, the strides as said.
  struct Places {
    struct Block {
      /// Stride `width`; what the block reads.
      var input = 0
      /// `[panels][2][16]`.
      var attentionStatistics = 0
      /// Stride `width + 1`.
      var attentionNormed = 0
      /// Stride `projectedWidth + 1`.
      var projected = 0
      /// `[panels][heads][2][16]`.
      var softmaxStatistics = 0
      /// Stride `attendedWidth + 1`.
      var attended = 0
      /// Stride `width`; the residual stream between attention and feed-forward block.
      var middle = 0
      var feedStatistics = 0
      /// Stride `width + 1`.
      var feedNormed = 0
      /// Stride `feedWidth + 1`.
      var inner = 0
      /// Stride `innerWidth + 1`.
      var fed = 0
      // Gradients, without ones.
      var dProjected = 0
      var dAttentionOutput = 0
      var dInner = 0
      var dFeedOutput = 0
    }

    var blocks: [Block] = []
    /// Stride `width`; what comes out of the last block.
    var output = 0
    var finalStatistics = 0
    /// Stride `width`.
    var hidden = 0
    /// Stride `width + 1`, for the value head alone.
    var hiddenWithOnes = 0
    /// Stride `vocabulary`.
    var logits = 0
    /// Stride 1 each: of every row the logarithm of the softmax's normaliser, and the results.
    var normalizers = 0
    var logProbabilities = 0
    var entropies = 0
    /// Stride 2.
    var values = 0
    var activationCount = 0
    /// Stride `vocabulary + 1`, the last row zero.
    var dLogits = 0
    /// Stride 1 each.
    var dLogProbabilities = 0
    var dEntropies = 0
    var dValues = 0
    /// Stride `width`; of what goes into the first block.
    var dEmbedded = 0
    /// `[sequences][norms][2][width]`; a sequence has 16 rows at least.
    var dNorms = 0
    var gradientCount = 0

    init() {}

    init(_ shape: LanguageModelShape, rows: Int) {
      let panel = Int(rlhs_panel)
      var end = 0
      func take(_ stride: Int) -> Int {
        defer { end += (stride * rows + panel - 1) / panel * panel }
        return end
      }
      let valueWidth = shape.hasValueHead ? 1 : 0
      for _ in 0..<shape.layers {
        var block = Block()
        block.input = take(shape.width)
        block.attentionStatistics = take(2)
        block.attentionNormed = take(shape.width + 1)
        block.projected = take(shape.projectedWidth + 1)
        block.softmaxStatistics = take(2 * shape.heads)
        block.attended = take(shape.attendedWidth + 1)
        block.middle = take(shape.width)
        block.feedStatistics = take(2)
        block.feedNormed = take(shape.width + 1)
        block.inner = take(shape.feedWidth + 1)
        block.fed = take(shape.innerWidth + 1)
        blocks.append(block)
      }
      output = take(shape.width)
      finalStatistics = take(2)
      hidden = take(shape.width)
      hiddenWithOnes = take((shape.width + 1) * valueWidth)
      logits = take(shape.vocabulary)
      normalizers = take(1)
      logProbabilities = take(1)
      entropies = take(1)
      values = take(2 * valueWidth)
      activationCount = end
      end = 0
      for index in blocks.indices {
        blocks[index].dProjected = take(shape.projectedWidth)
        blocks[index].dAttentionOutput = take(shape.width)
        blocks[index].dInner = take(shape.feedWidth)
        blocks[index].dFeedOutput = take(shape.width)
      }
      dLogits = take(shape.vocabulary + 1)
      dLogProbabilities = take(1)
      dEntropies = take(1)
      dValues = take(valueWidth)
      dEmbedded = take(shape.width)
      let norms = (2 * shape.layers + 1) * 2 * shape.width
      dNorms = end
      end += (rows + panel - 1) / panel * norms
      gradientCount = end
    }

    /// What one worker needs: three activations of one sequence and attention's scores, or the
    /// strips of a weight gradient.
    static func scratchCount(_ shape: LanguageModelShape, rows: Int, panelsEach: Int) -> Int {
      let panel = Int(rlhs_panel)
      let ofSequence = ScratchPlaces(shape, panelsEach: panelsEach).count
      let widest = max(shape.width, shape.projectedWidth, shape.feedWidth, 1)
      return max(ofSequence, (widest + panel - 1) / panel * panel * rows)
    }
  }

  /// The scratch memory of one sequence.
  struct ScratchPlaces {
    /// Stride `width + 1`: what a layer adds to the residual stream, or a gradient by a norm.
    let branch = 0
    /// Stride `width`: the gradient by the residual stream.
    let residual: Int
    /// The widest gradient inside a block.
    let wide: Int
    /// Scores of attention, and their gradients.
    let scores: Int
    let count: Int

    init(_ shape: LanguageModelShape, panelsEach: Int) {
      let panel = Int(rlhs_panel)
      let rows = panelsEach * panel
      residual = (shape.width + 1) * rows
      wide = residual + shape.width * rows
      scores = wide + max(shape.innerWidth, shape.attendedWidth, shape.width) * rows
      count = scores + 2 * panelsEach * panel * panel
    }
  }
}
