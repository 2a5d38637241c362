import CKernels
import Testing

@testable import RLCore

/// Every level that this processor has against plain loops of `addingProduct`, bit for bit.
@Suite struct KernelTests {
  static let levels: [rlhs_kernels] = [rlhs_level_plain, rlhs_level_avx2, rlhs_level_avx512]
    .compactMap { rlhs_kernels_at($0)?.pointee }

  struct Shape: CustomStringConvertible {
    let batch: Int
    let inputs: Int
    let outputs: Int
    var description: String { "\(batch) rows, \(inputs) -> \(outputs)" }
  }

  static let shapes =
    [1, 2, 7, 8, 9, 15, 16, 17, 24, 25, 32, 40, 57].map {
      Shape(batch: $0, inputs: 5, outputs: 7)
    }
    + (1...20).map { Shape(batch: 33, inputs: $0, outputs: 21 - $0) }
    + [
      (32, 4, 64), (32, 64, 64), (32, 64, 2), (1, 64, 64), (3, 17, 131), (50, 130, 33),
      (64, 64, 2), (100, 40, 3), (31, 3, 57), (40, 5, 127), (17, 33, 4), (2, 9, 15),
    ].map {
      Shape(batch: $0.0, inputs: $0.1, outputs: $0.2)
    }

  @Test(arguments: shapes)
  func `A layer forward is one chain of fused multiply-adds from the bias`(shape: Shape) {
    let (batch, inputs, outputs) = (shape.batch, shape.inputs, shape.outputs)
    let x = numbers(batch * inputs, seed: 1)
    let weights = numbers((inputs + 1) * outputs, seed: 2)
    var expected: [Float] = []
    for row in 0..<batch {
      for output in 0..<outputs {
        var sum = weights[inputs * outputs + output]
        for k in 0..<inputs {
          sum = sum.addingProduct(x[row * inputs + k], weights[k * outputs + output])
        }
        expected.append(sum)
      }
    }
    for kernels in Self.levels {
      for activation in [rlhs_linear, rlhs_relu, rlhs_tanh] {
        var activated = expected
        if activation == rlhs_relu { activated = expected.map { $0 < 0 ? 0 : $0 } }
        if activation == rlhs_tanh { kernels.tanh(expected, &activated, expected.count) }

        let panels = packed(x, batch, inputs, ones: true, kernels)
        var y = [Float](repeating: .nan, count: padded(batch) * (outputs + 1))
        kernels.forward(panels, batch, inputs, outputs, weights, activation, &y)
        #expect(unpacked(y, stride: outputs + 1, batch, outputs, kernels) == activated)
        let ones = unpacked(Array(y[(outputs * 16)...]), stride: outputs + 1, batch, 1, kernels)
        #expect(ones.allSatisfy { $0 == 1 })

        var rows = [Float](repeating: .nan, count: batch * outputs)
        kernels.forward_rows(x, batch, inputs, outputs, weights, activation, &rows)
        #expect(rows == activated)
      }
    }
  }

  @Test(arguments: shapes)
  func `The gradient by a layer's inputs is a chain over its outputs`(shape: Shape) {
    let (batch, inputs, outputs) = (shape.batch, shape.inputs, shape.outputs)
    let x = numbers(batch * inputs, seed: 3)
    let weights = numbers((inputs + 1) * outputs, seed: 4)
    let dy = numbers(batch * outputs, seed: 5)
    for activation in [rlhs_linear, rlhs_relu, rlhs_tanh] {
      var expected: [Float] = []
      for row in 0..<batch {
        for input in 0..<inputs {
          var sum: Float = 0
          for j in 0..<outputs {
            sum = sum.addingProduct(dy[row * outputs + j], weights[input * outputs + j])
          }
          let result = x[row * inputs + input]
          switch activation {
          case rlhs_relu: expected.append(result > 0 ? sum : 0)
          case rlhs_tanh: expected.append(sum * Float(1).addingProduct(-result, result))
          default: expected.append(sum)
          }
        }
      }
      for kernels in Self.levels {
        var dx = [Float](repeating: .nan, count: padded(batch) * inputs)
        kernels.input_gradient(
          packed(dy, batch, outputs, ones: false, kernels), batch, inputs, outputs, weights,
          activation, packed(x, batch, inputs, ones: true, kernels), &dx)
        #expect(unpacked(dx, stride: inputs, batch, inputs, kernels) == expected)
      }
    }
  }

  @Test(arguments: shapes)
  func `The gradient by a layer's weights is a chain over the rows`(shape: Shape) {
    let (batch, inputs, outputs) = (shape.batch, shape.inputs, shape.outputs)
    let x = numbers(batch * inputs, seed: 6)
    let dy = numbers(batch * outputs, seed: 7)
    let before = numbers((inputs + 1) * outputs, seed: 8)
    for accumulate in [false, true] {
      var expected = accumulate ? before : before.map { _ in 0 }
      for row in 0..<batch {
        for k in 0...inputs {
          for j in 0..<outputs {
            let input = k == inputs ? 1 : x[row * inputs + k]
            expected[k * outputs + j].addProduct(input, dy[row * outputs + j])
          }
        }
      }
      for kernels in Self.levels {
        var dw = before
        var scratch = [Float](repeating: .nan, count: padded(batch) * padded(outputs))
        kernels.weight_gradient(
          packed(x, batch, inputs, ones: true, kernels),
          packed(dy, batch, outputs, ones: false, kernels), batch, inputs, outputs,
          accumulate ? 1 : 0, &scratch, &dw)
        #expect(dw == expected)
      }
    }
  }

  @Test(arguments: [0, 1, 7, 8, 31, 32, 33, 40, 63, 64, 65, 1000])
  func `Sums run over a fixed tree of lanes`(count: Int) {
    let x = numbers(count, seed: 9)
    var lanes = [Float](repeating: 0, count: 32)
    var squares = lanes
    for i in 0..<count {
      lanes[i % 32] += x[i]
      squares[i % 32].addProduct(x[i], x[i])
    }
    for kernels in Self.levels {
      #expect(kernels.sum(x, count) == tree(lanes))
      #expect(kernels.sum_of_squares(x, count) == tree(squares))
    }
  }

  @Test(arguments: [1, 8, 13, 40])
  func `A step of Adam is the same at every level and place`(count: Int) {
    let settings = rlhs_adam(
      gradient_scale: 0.7, beta1: 0.9, beta2: 0.999, complement1: 0.1, complement2: 0.001,
      step_size: 0.01, second_correction: 3, epsilon: 1e-8)
    let gradient = numbers(count, seed: 10)
    let old = (
      numbers(count, seed: 11), numbers(count, seed: 12), numbers(count, seed: 13).map(abs)
    )
    for kernels in Self.levels {
      var (weights, first, second) = old
      kernels.adam(settings, count, gradient, &weights, &first, &second)
      for i in 0..<count {
        let g = gradient[i] * 0.7
        let m = old.1[i].addingProduct(0.1, g - old.1[i])
        let v = (0.999 * old.2[i]).addingProduct(0.001 * g, g)
        #expect(first[i] == m)
        #expect(second[i] == v)
        let denominator = Float(1e-8).addingProduct(v.squareRoot(), 3)
        #expect(weights[i] == old.0[i].addingProduct(-0.01, m / denominator))
      }
    }
  }

  @Test func `Adam drops vanishing moments and keeps nan`() {
    let settings = rlhs_adam(
      gradient_scale: 1, beta1: 0.9, beta2: 0.999, complement1: 0.1, complement2: 0.001,
      step_size: 0.01, second_correction: 1, epsilon: 1e-8)
    for kernels in Self.levels {
      var (weights, first, second): ([Float], [Float], [Float]) = (
        [1, 1], [1e-31, 1], [1e-37, 1]
      )
      kernels.adam(settings, 2, [0, .nan], &weights, &first, &second)
      #expect(first[0] == 0 && second[0] == 0 && weights[0] == 1)
      #expect(first[1].isNaN && second[1].isNaN && weights[1].isNaN)
    }
  }

  @Test func `A forced level is the one in use`() {
    let before = rlhs_level_in_use()
    #expect(rlhs_set_level(rlhs_level_plain) == 1)
    #expect(rlhs_level_in_use() == rlhs_level_plain)
    #expect(rlhs_set_level(before) == 1)
    #expect(rlhs_level_in_use() == before)
  }

  /// Halves added up, lane by lane, until one is left.
  private func tree(_ lanes: [Float]) -> Float {
    var lanes = lanes
    while lanes.count > 1 {
      let half = lanes.count / 2
      lanes = (0..<half).map { lanes[$0] + lanes[$0 + half] }
    }
    return lanes[0]
  }

  private func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var source = RandomSource(seed: seed)
    return (0..<count).map { _ in Float(source.uniform(in: -1...1)) }
  }

  private func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

  private func packed(
    _ rows: [Float], _ batch: Int, _ features: Int, ones: Bool, _ kernels: rlhs_kernels
  ) -> [Float] {
    var panels = [Float](repeating: .nan, count: padded(batch) * (features + (ones ? 1 : 0)))
    kernels.pack(rows, batch, features, ones ? 1 : 0, &panels)
    return panels
  }

  private func unpacked(
    _ panels: [Float], stride: Int, _ batch: Int, _ features: Int, _ kernels: rlhs_kernels
  ) -> [Float] {
    var rows = [Float](repeating: .nan, count: batch * features)
    kernels.unpack(panels, stride, batch, features, &rows)
    return rows
  }
}
