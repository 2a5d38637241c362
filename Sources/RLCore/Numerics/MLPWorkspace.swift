import CKernels

extension MLP {
  /// The memory that passes through networks reuse: activations, gradients between layers, results.
  ///
  /// One workspace serves networks of any shape and batches of any size. It grows to the largest
  /// batch and is laid out anew when the shape changes, so networks of two shapes that take turns
  /// better have one each. Copies are independent.
  public struct Workspace: Sendable {
    /// What the last pass computed, `[rows, outputs]` in row-major order from the start; what lies
    /// beyond is left over from larger batches.
    public internal(set) var outputs: [Float] = []
    /// The gradient by the inputs, `[rows, inputs]`, where the last `backward` was asked for it.
    public internal(set) var inputGradient: [Float] = []

    /// Rows of the batch whose activations are held.
    var recordedRows = 0
    private var sizes: [Int] = []
    private var convolution: Convolution?
    private var capacity = 0
    private var buffer = AlignedBuffer(count: 0)
    /// Where in the buffer each layer's activations start; then the two panels of gradients, their
    /// strips, the rows for `predict`, the images that a convolution sees, and three blocks of what is
    /// not zero in wide inputs.
    private var offsets: [Int] = []
    /// How many numbers that are not zero have room.
    private var setLimit = 0
    /// Whether the last `forward` found its inputs to be mostly zero: then they are in `setInputs`,
    /// and nowhere else.
    var hasSetInputs = false

    /// Up to this many rows `predict` goes row by row: a panel of the batch would be mostly empty.
    static let rowsAtOnce = 4
    /// From so many inputs on a first layer looks for zeros, and leaves them out where at most a
    /// quarter is something else.
    static let wideInputs = 64

    /// An empty workspace: the first pass makes room.
    public init() {}

    /// Makes room for a batch of `rows` rows, and sees that no copy of this workspace shares it.
    mutating func prepare(for network: MLP, rows: Int, keepingContents: Bool) {
      if !isLaidOut(for: network) || rows > capacity {
        layOut(for: network, rows: max(rows, isLaidOut(for: network) ? capacity : 0))
      } else if !isKnownUniquelyReferenced(&buffer) {
        buffer =
          keepingContents ? AlignedBuffer(copying: buffer) : AlignedBuffer(count: buffer.count)
      }
    }

    /// Whether it was last used by a network of this shape.
    func isLaidOut(for network: MLP) -> Bool {
      sizes == network.sizes && convolution == network.convolution
    }

    private mutating func layOut(for network: MLP, rows: Int) {
      let sizes = network.sizes
      let panel = Int(rlhs_panel)
      let paddedRows = (rows + panel - 1) / panel * panel
      let widest = sizes.max()!
      let paddedWidth = (widest + panel - 1) / panel * panel
      var blocks = sizes.map { ($0 + 1) * paddedRows }
      blocks += [widest * paddedRows, widest * paddedRows, paddedWidth * paddedRows]
      blocks += [paddedWidth * Self.rowsAtOnce, paddedWidth * Self.rowsAtOnce]
      blocks.append(network.convolution.map { ($0.inputCount + 1) * paddedRows } ?? 0)
      setLimit = network.mayHaveSetInputs ? sizes[0] * paddedRows / 4 : 0
      blocks += [setLimit == 0 ? 0 : paddedRows, setLimit, setLimit]
      offsets = []
      var count = 0
      for block in blocks {
        offsets.append(count)
        // Whole cache lines.
        count += (block + panel - 1) / panel * panel
      }
      buffer = AlignedBuffer(count: count)
      self.sizes = sizes
      convolution = network.convolution
      capacity = paddedRows
      recordedRows = 0
      outputs = [Float](repeating: 0, count: sizes[sizes.count - 1] * paddedRows)
      inputGradient = [Float](repeating: 0, count: network.inputCount * paddedRows)
    }

    /// Panels of what the network sees, with their row of ones.
    var inputs: UnsafeMutablePointer<Float> {
      convolution == nil ? activations(0) : buffer.base + offsets[sizes.count + 5]
    }

    /// Panels of what goes into layer `layer`, with their row of ones.
    func activations(_ layer: Int) -> UnsafeMutablePointer<Float> { buffer.base + offsets[layer] }

    /// Where what is not zero in wide inputs is put.
    var setInputs: rlhs_set_inputs {
      let start = offsets.count - 3
      func places(_ block: Int, _ count: Int) -> UnsafeMutablePointer<Int32> {
        UnsafeMutableRawPointer(buffer.base + offsets[start + block])
          .bindMemory(to: Int32.self, capacity: count)
      }
      return rlhs_set_inputs(
        ends: places(0, capacity), places: places(1, setLimit),
        values: buffer.base + offsets[start + 2], limit: setLimit)
    }

    var gradientPanels: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) {
      (buffer.base + offsets[sizes.count], buffer.base + offsets[sizes.count + 1])
    }

    var strips: UnsafeMutablePointer<Float> { buffer.base + offsets[sizes.count + 2] }

    var rowScratch: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) {
      (buffer.base + offsets[sizes.count + 3], buffer.base + offsets[sizes.count + 4])
    }
  }
}
