import Testing

@testable import RLCore

@Suite struct MLPTests {
  static let shapes = [[4, 64, 64, 2], [3, 2], [5, 7, 1], [1, 9, 20, 33, 3], [17, 5, 4]]

  @Test(arguments: shapes, MLP.Activation.allCases)
  func `The backward pass agrees with finite differences`(sizes: [Int], activation: MLP.Activation)
  {
    var source = RandomSource(seed: 1)
    var network = MLP(sizes: sizes, activation: activation, using: &source)
    let rows = 19
    var inputs = numbers(rows * network.inputCount, using: &source)
    let outputGradient = numbers(rows * network.outputCount, using: &source)
    var workspace = MLP.Workspace()

    /// The loss whose gradient by the outputs is `outputGradient`.
    func loss() -> Double {
      network.forward(inputs.span, rows: rows, in: &workspace)
      return zip(workspace.outputs, outputGradient).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    /// The slope to both sides; nil where they differ, as a kink of relu lies between.
    func slope(_ change: (Float) -> Void) -> Double? {
      let step: Float = 1.0 / 512
      let here = loss()
      change(step)
      let above = loss()
      change(-2 * step)
      let below = loss()
      change(step)
      guard abs((above - here) - (here - below)) < 0.008 * Double(step) else { return nil }
      return (above - below) / Double(2 * step)
    }

    var gradient = [Float](repeating: .nan, count: network.parameterCount)
    network.forward(inputs.span, rows: rows, in: &workspace)
    network.backward(
      outputGradient.span, in: &workspace, gradient: &gradient, inputGradient: true)
    let inputGradient = workspace.inputGradient

    var compared = 0
    let count = network.parameterCount
    for i in stride(from: 0, to: count, by: max(1, count / 150)) {
      guard let expected = slope({ network.weights[i] += $0 }) else { continue }
      #expect(abs(Double(gradient[i]) - expected) < 0.01)
      compared += 1
    }
    for i in inputs.indices {
      guard let expected = slope({ inputs[i] += $0 }) else { continue }
      #expect(abs(Double(inputGradient[i]) - expected) < 0.01)
      compared += 1
    }
    #expect(compared > (network.parameterCount < 150 ? 10 : 100))
  }

  @Test(arguments: MLP.Activation.allCases)
  func `A row's outputs do not depend on the rows beside it`(activation: MLP.Activation) {
    var source = RandomSource(seed: 2)
    let network = MLP(sizes: [6, 40, 11, 3], activation: activation, using: &source)
    let inputs = numbers(50 * 6, using: &source)
    var workspace = MLP.Workspace()
    network.forward(inputs.span, rows: 50, in: &workspace)
    let all = Array(workspace.outputs[..<150])
    for rows in [1, 2, 3, 4, 5, 8, 13, 17, 31] {
      for start in [0, 50 - rows] {
        let part = Array(inputs[(start * 6)..<((start + rows) * 6)])
        let expected = Array(all[(start * 3)..<((start + rows) * 3)])
        network.predict(part.span, rows: rows, in: &workspace)
        #expect(Array(workspace.outputs[..<(rows * 3)]) == expected)
        network.forward(part.span, rows: rows, in: &workspace)
        #expect(Array(workspace.outputs[..<(rows * 3)]) == expected)
      }
    }
  }

  @Test func `Gradients of two batches add up to the gradient of both`() {
    var source = RandomSource(seed: 3)
    let network = MLP(sizes: [4, 16, 2], activation: .tanh, using: &source)
    let inputs = numbers(40 * 4, using: &source)
    let outputGradient = numbers(40 * 2, using: &source)
    var workspace = MLP.Workspace()
    var whole = [Float](repeating: 0, count: network.parameterCount)
    network.forward(inputs.span, rows: 40, in: &workspace)
    network.backward(outputGradient.span, in: &workspace, gradient: &whole)

    var parts = [Float](repeating: .nan, count: network.parameterCount)
    for (start, accumulating) in [(0, false), (16, true), (32, true)] {
      let rows = min(16, 40 - start)
      network.forward(
        inputs.span.extracting((start * 4)..<((start + rows) * 4)), rows: rows, in: &workspace)
      network.backward(
        outputGradient.span.extracting((start * 2)..<((start + rows) * 2)), in: &workspace,
        gradient: &parts, accumulating: accumulating)
    }
    // The chain over rows goes on where it stopped: not a bit differs.
    #expect(parts == whole)
  }

  @Test func `A prediction between forward and backward disturbs nothing`() {
    var source = RandomSource(seed: 4)
    let network = MLP(sizes: [4, 8, 2], activation: .relu, using: &source)
    let inputs = numbers(32 * 4, using: &source)
    let outputGradient = numbers(32 * 2, using: &source)
    var workspace = MLP.Workspace()
    var gradients = [[Float]](
      repeating: [Float](repeating: 0, count: network.parameterCount), count: 2)
    for i in 0..<2 {
      network.forward(inputs.span, rows: 32, in: &workspace)
      if i == 1 { network.predict(inputs.span, in: &workspace) }
      network.backward(outputGradient.span, in: &workspace, gradient: &gradients[i])
    }
    #expect(gradients[0] == gradients[1])
  }

  @Test func `A copied workspace is independent of the original`() {
    var source = RandomSource(seed: 5)
    let network = MLP(sizes: [4, 8, 2], activation: .relu, using: &source)
    let inputs = numbers(32 * 4, using: &source)
    let others = numbers(32 * 4, using: &source)
    let outputGradient = numbers(32 * 2, using: &source)
    var workspace = MLP.Workspace()
    var expected = [Float](repeating: 0, count: network.parameterCount)
    network.forward(inputs.span, rows: 32, in: &workspace)
    network.backward(outputGradient.span, in: &workspace, gradient: &expected)

    network.forward(inputs.span, rows: 32, in: &workspace)
    var copy = workspace
    network.forward(others.span, rows: 32, in: &copy)
    var gradient = [Float](repeating: 0, count: network.parameterCount)
    network.backward(outputGradient.span, in: &workspace, gradient: &gradient)
    #expect(gradient == expected)
  }

  @Test func `Uniform initialization stays within one over the root of the inputs`() {
    var source = RandomSource(seed: 6)
    let network = MLP(sizes: [16, 100, 4], activation: .relu, using: &source)
    #expect(network.parameterCount == 17 * 100 + 101 * 4)
    let first = network.weights[..<1700]
    #expect(first.allSatisfy { abs($0) <= 0.25 })
    #expect(first.contains { $0 > 0.24 } && first.contains { $0 < -0.24 })
    #expect(network.weights[1700...].allSatisfy { abs($0) <= 0.1 })
    #expect(
      network.layers == [
        MLP.Layer(offset: 0, inputs: 16, outputs: 100),
        MLP.Layer(offset: 1700, inputs: 100, outputs: 4),
      ])
  }

  @Test func `Orthogonal initialization gives rows or columns at right angles, times the gain`() {
    var source = RandomSource(seed: 7)
    let network = MLP(
      sizes: [3, 8, 2], activation: .tanh,
      initialization: .orthogonal(hiddenGain: 2, outputGain: 0.5), using: &source)
    func product(_ layer: MLP.Layer, _ a: Int, _ b: Int, ofRows: Bool) -> Float {
      (0..<(ofRows ? layer.outputs : layer.inputs)).reduce(0) { sum, i in
        func weight(_ index: Int) -> Float {
          network.weights[
            layer.offset + (ofRows ? index * layer.outputs + i : i * layer.outputs + index)]
        }
        return sum + weight(a) * weight(b)
      }
    }
    for (layer, gain, ofRows) in [
      (network.layers[0], Float(2), true), (network.layers[1], 0.5, false),
    ] {
      let count = ofRows ? layer.inputs : layer.outputs
      for a in 0..<count {
        for b in 0..<count {
          let expected = a == b ? gain * gain : 0
          #expect(abs(product(layer, a, b, ofRows: ofRows) - expected) < 1e-5)
        }
      }
      let biases = network.weights[(layer.offset + layer.inputs * layer.outputs)...]
      #expect(biases.prefix(layer.outputs).allSatisfy { $0 == 0 })
    }
  }

  private func numbers(_ count: Int, using source: inout RandomSource) -> [Float] {
    (0..<count).map { _ in Float(source.uniform(in: -1...1)) }
  }
}
