import CKernels
import Testing

@testable import RLCore

/// Inputs that are mostly zero: what is left out changes no bit.
@Suite struct SetInputsTests {
  static let shapes = [(1, 64, 3), (5, 400, 64), (16, 700, 21), (33, 101, 130)]

  /// Mostly zeros; of the others `share`.
  private func cells(_ count: Int, share: Double, seed: UInt64) -> [Float] {
    var source = RandomSource(seed: seed)
    return (0..<count).map { _ in
      let number = source.bernoulli(0.5) ? 1 : Float(source.uniform(in: -2...2))
      return source.bernoulli(share) ? number : 0
    }
  }

  /// What `gather` finds in rows, for as long as `body` runs.
  private func gathered(
    _ x: [Float], _ rows: Int, _ inputs: Int, _ kernels: rlhs_kernels,
    _ body: (rlhs_set_inputs) -> Void
  ) {
    var ends = [Int32](repeating: 0, count: rows)
    var places = [Int32](repeating: 0, count: x.count)
    var values = [Float](repeating: 0, count: x.count)
    ends.withUnsafeMutableBufferPointer { ends in
      places.withUnsafeMutableBufferPointer { places in
        values.withUnsafeMutableBufferPointer { values in
          let set = rlhs_set_inputs(
            ends: ends.baseAddress, places: places.baseAddress, values: values.baseAddress,
            limit: x.count { $0 != 0 })
          #expect(kernels.gather(x, rows, inputs, set) == 1)
          body(set)
          var tooFew = set
          tooFew.limit -= 1
          #expect(kernels.gather(x, rows, inputs, tooFew) == 0)
        }
      }
    }
  }

  @Test(arguments: shapes)
  func `a layer of what is set is the layer of all inputs`(rows: Int, inputs: Int, width: Int) {
    let x = cells(rows * inputs, share: 0.1, seed: 5)
    let weights = cells((inputs + 1) * width, share: 1, seed: 2)
    let (padded, paddedWidth) = ((rows + 15) / 16 * 16, (width + 15) / 16 * 16)
    for kernels in KernelTests.levels {
      var panels = [Float](repeating: .nan, count: padded * (inputs + 1))
      kernels.pack(x, rows, inputs, 1, &panels)
      for activation in [rlhs_linear, rlhs_relu, rlhs_tanh] {
        var dense = [Float](repeating: 0, count: padded * (width + 1))
        kernels.forward(panels, rows, inputs, width, weights, activation, &dense)
        var sparse = dense.map { _ in Float(0) }
        var scratch = [Float](repeating: .nan, count: padded * paddedWidth)
        gathered(x, rows, inputs, kernels) {
          kernels.forward_set($0, rows, inputs, width, weights, activation, &scratch, &sparse)
        }
        func unpacked(_ panels: [Float]) -> [Float] {
          var y = [Float](repeating: .nan, count: rows * (width + 1))
          kernels.unpack(panels, width + 1, rows, width + 1, &y)
          return y
        }
        #expect(unpacked(sparse) == unpacked(dense))

        var single = [Float](repeating: .nan, count: rows * width)
        kernels.forward_rows(x, rows, inputs, width, weights, activation, &single)
        let expected = unpacked(dense)
        for row in 0..<rows {
          #expect(
            single[(row * width)..<((row + 1) * width)]
              == expected[(row * (width + 1))..<(row * (width + 1) + width)])
        }
      }
    }
  }

  @Test(arguments: shapes)
  func `its gradient is that of all inputs`(rows: Int, inputs: Int, width: Int) {
    let x = cells(rows * inputs, share: 0.1, seed: 7)
    let dy = cells(rows * width, share: 1, seed: 8)
    let before = cells((inputs + 1) * width, share: 1, seed: 9)
    let (padded, paddedWidth) = ((rows + 15) / 16 * 16, (width + 15) / 16 * 16)
    for kernels in KernelTests.levels {
      var panels = [Float](repeating: .nan, count: padded * (inputs + 1))
      kernels.pack(x, rows, inputs, 1, &panels)
      var dyPanels = [Float](repeating: .nan, count: padded * width)
      kernels.pack(dy, rows, width, 0, &dyPanels)
      var scratch = [Float](repeating: .nan, count: padded * paddedWidth)
      for accumulate in [0, 1] as [Int32] {
        var (dense, sparse) = (before, before)
        kernels.weight_gradient(
          panels, dyPanels, rows, inputs, width, accumulate, &scratch, &dense)
        gathered(x, rows, inputs, kernels) {
          kernels.weight_gradient_set(
            $0, dyPanels, rows, inputs, width, accumulate, &scratch, &sparse)
        }
        #expect(sparse == dense)
      }
    }
  }

  @Test func `a network looks for zeros by itself`() {
    let (rows, inputs) = (20, 100)
    var source = RandomSource(seed: 6)
    let network = MLP(sizes: [inputs, 21, 2], activation: .tanh, using: &source)
    let x = cells(rows * inputs, share: 0.1, seed: 7)
    let dy = cells(rows * 2, share: 1, seed: 8)
    // The same rows beside others without zeros, whose own gradient is zero.
    let full = x + Array(repeating: 1, count: rows * inputs)
    let padded = dy + Array(repeating: 0, count: rows * 2)

    var (sparse, dense) = (network.weights, network.weights)
    var workspace = MLP.Workspace()
    network.forward(x.span, rows: rows, in: &workspace)
    #expect(workspace.hasSetInputs)
    let outputs = workspace.outputs[..<(2 * rows)]
    network.backward(dy.span, in: &workspace, gradient: &sparse)
    network.forward(full.span, rows: 2 * rows, in: &workspace)
    #expect(!workspace.hasSetInputs)
    #expect(workspace.outputs[..<(2 * rows)] == outputs)
    network.backward(padded.span, in: &workspace, gradient: &dense)
    #expect(sparse == dense)
  }

  @Test(arguments: [1, 31, 32, 33, 400])
  func `bits come back as the zeros and ones they were`(count: Int) {
    for kernels in KernelTests.levels {
      let x = cells(count, share: 0.4, seed: 1).map { Float($0 == 1 ? 1 : 0) }
      var bits = [UInt32](repeating: .max, count: (count + 31) / 32)
      #expect(kernels.pack_bits(x, count, &bits) == 1)
      var back = [Float](repeating: .nan, count: count)
      kernels.unpack_bits(bits, count, &back)
      #expect(back == x)
      for other in [0.5, -1, .nan, -0.0, 2] as [Float] {
        var mixed = x
        mixed[count - 1] = other
        #expect(kernels.pack_bits(mixed, count, &bits) == 0)
      }
    }
  }
}
