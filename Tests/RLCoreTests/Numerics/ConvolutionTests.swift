import CKernels
import Testing

@testable import RLCore

@Suite struct ConvolutionTests {
  static let shapes = [
    Convolution(height: 10, width: 10, channels: 4, filters: 16, kernel: 3),
    Convolution(height: 5, width: 4, channels: 1, filters: 3, kernel: 2),
    Convolution(height: 3, width: 6, channels: 2, filters: 21, kernel: 3),
    Convolution(height: 4, width: 4, channels: 3, filters: 40, kernel: 1),
  ]

  private func randomNumbers(_ count: Int, _ source: inout RandomSource) -> [Float] {
    (0..<count).map { _ in Float(source.uniform(in: -1...1)) }
  }

  /// Each result is one chain from the bias over the window's cells, row by row.
  @Test(arguments: shapes, [1, 3, 7, 16, 19, 40])
  func `Every level gives the bits of plain loops`(shape: Convolution, rows: Int) {
    var source = RandomSource(seed: 4)
    let images = randomNumbers(rows * shape.inputCount, &source)
    let weights = randomNumbers(shape.parameterCount, &source)
    let (columns, depth) = (shape.width - shape.kernel + 1, shape.kernel * shape.channels)
    var expected: [Float] = []
    for row in 0..<rows {
      for window in 0..<(shape.outputCount / shape.filters) {
        let start = row * shape.inputCount
        let corner = (window / columns * shape.width + window % columns) * shape.channels
        for filter in 0..<shape.filters {
          var sum = weights[shape.fanIn * shape.filters + filter]
          for k in 0..<shape.fanIn {
            let cell = k / depth * shape.width * shape.channels + k % depth
            sum = sum.addingProduct(
              images[start + corner + cell], weights[k * shape.filters + filter])
          }
          expected.append(max(sum, 0))
        }
      }
    }
    for kernels in KernelTests.levels {
      let padded = (rows + 15) / 16 * 16
      var panels = [Float](repeating: .nan, count: padded * (shape.inputCount + 1))
      kernels.pack(images, rows, shape.inputCount, 1, &panels)
      var results = [Float](repeating: .nan, count: padded * (shape.outputCount + 1))
      kernels.convolve(shape.shape, panels, rows, weights, rlhs_relu, &results)
      var unpacked = [Float](repeating: .nan, count: rows * shape.outputCount)
      kernels.unpack(results, shape.outputCount + 1, rows, shape.outputCount, &unpacked)
      #expect(unpacked == expected)

      var fewRows = [Float](repeating: .nan, count: rows * shape.outputCount)
      kernels.convolve_rows(shape.shape, images, rows, weights, rlhs_relu, &fewRows)
      #expect(fewRows == expected)
    }
  }

  @Test(arguments: shapes, [5, 16, 37])
  func `Every level gives the same gradient, added up or not`(shape: Convolution, rows: Int) {
    var source = RandomSource(seed: 5)
    let images = randomNumbers(rows * shape.inputCount, &source)
    let gradient = randomNumbers(rows * shape.outputCount, &source)
    let old = randomNumbers(shape.parameterCount, &source)
    var results: [[Float]] = []
    for kernels in KernelTests.levels {
      let padded = (rows + 15) / 16 * 16
      var panels = [Float](repeating: .nan, count: padded * (shape.inputCount + 1))
      kernels.pack(images, rows, shape.inputCount, 1, &panels)
      var resultGradient = [Float](repeating: .nan, count: padded * shape.outputCount)
      kernels.pack(gradient, rows, shape.outputCount, 0, &resultGradient)
      var scratch = [Float](repeating: .nan, count: padded * ((shape.filters + 15) / 16 * 16))
      var fresh = [Float](repeating: .nan, count: shape.parameterCount)
      kernels.convolution_gradient(
        shape.shape, panels, resultGradient, rows, 0, &scratch, &fresh)
      var added = old
      kernels.convolution_gradient(
        shape.shape, panels, resultGradient, rows, 1, &scratch, &added)
      let isSum = old.indices.allSatisfy { abs(added[$0] - old[$0] - fresh[$0]) < 1e-3 }
      #expect(isSum)
      results.append(fresh + added)
    }
    let areAlike = results.allSatisfy { $0 == results[0] }
    #expect(areAlike && results[0].allSatisfy { $0.isFinite })
  }

  @Test(arguments: MLP.Activation.allCases)
  func `The backward pass through a convolution agrees with finite differences`(
    activation: MLP.Activation
  ) {
    var source = RandomSource(seed: 6)
    let convolution = Convolution(height: 6, width: 5, channels: 2, filters: 4, kernel: 3)
    var network = MLP(
      inputs: 60, convolution: convolution, layers: [12, 3], activation: activation,
      initialization: .orthogonal(hiddenGain: 1.4, outputGain: 1), using: &source)
    let rows = 21
    let images = randomNumbers(rows * 60, &source)
    let outputGradient = randomNumbers(rows * 3, &source)
    var workspace = MLP.Workspace()
    func loss() -> Double {
      network.forward(images.span, rows: rows, in: &workspace)
      return zip(workspace.outputs, outputGradient).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    var gradient = [Float](repeating: .nan, count: network.parameterCount)
    _ = loss()
    network.backward(outputGradient.span, in: &workspace, gradient: &gradient)
    let step: Float = 1.0 / 1024
    var compared = 0
    for index in 0..<convolution.parameterCount {
      let here = loss()
      network.weights[index] += step
      let above = loss()
      network.weights[index] -= 2 * step
      let below = loss()
      network.weights[index] += step
      // A kink of relu lies between.
      guard abs((above - here) - (here - below)) < 0.02 * Double(step) else { continue }
      let slope = (above - below) / Double(2 * step)
      #expect(abs(Double(gradient[index]) - slope) < 0.03)
      compared += 1
    }
    #expect(compared > 30)
  }

  @Test func `An image's values do not depend on the images beside it`() {
    var source = RandomSource(seed: 7)
    let shape = Self.shapes[0]
    let network = MLP(
      inputs: shape.inputCount, convolution: shape, layers: [32, 6], activation: .relu,
      using: &source)
    let images = randomNumbers(33 * shape.inputCount, &source)
    var workspace = MLP.Workspace()
    network.forward(images.span, rows: 33, in: &workspace)
    let all = Array(workspace.outputs[..<(33 * 6)])
    for rows in [1, 2, 4, 5, 17] {
      let part = Array(images[..<(rows * shape.inputCount)])
      network.predict(part.span, rows: rows, in: &workspace)
      #expect(Array(workspace.outputs[..<(rows * 6)]) == Array(all[..<(rows * 6)]))
    }
  }
}
