import Testing

@testable import RLCore

@Suite struct AdamTests {
  @Test func `The first steps are those worked out by hand`() {
    var weights: [Float] = [1]
    var adam = Adam(parameterCount: 1)
    // g = 2: m = .2, v = .004; corrected 2 and 4; step 0.1 * 2 / 2.
    #expect(adam.update(&weights, gradient: [2], learningRate: 0.1) == 2)
    #expect(abs(weights[0] - 0.9) < 1e-6)
    // g = -1: m = .08, v = .004996; m / .19 = .4210526, v / .001999 = 2.4992496.
    adam.update(&weights, gradient: [-1], learningRate: 0.1)
    #expect(abs(weights[0] - (0.9 - 0.1 * 0.421_052_6 / 1.580_901_5)) < 1e-6)
    #expect(abs(adam.firstMoment[0] - 0.08) < 1e-7)
    #expect(abs(adam.secondMoment[0] - 0.004996) < 1e-8)
    #expect(adam.step == 2)
  }

  @Test func `A gradient beyond the norm is scaled to it, a shorter one is left`() {
    func momentAfter(_ gradient: [Float], maximumNorm: Double) -> [Float] {
      var weights: [Float] = [0, 0]
      var adam = Adam(parameterCount: 2, beta1: 0)
      let norm = adam.update(
        &weights, gradient: gradient, learningRate: 0.1, maximumNorm: maximumNorm)
      #expect(norm == 5)
      return adam.firstMoment
    }
    #expect(momentAfter([3, 4], maximumNorm: 10) == [3, 4])
    #expect(momentAfter([3, 4], maximumNorm: .infinity) == [3, 4])
    let clipped = momentAfter([3, 4], maximumNorm: 1)
    #expect(abs(clipped[0] - 0.6) < 1e-6 && abs(clipped[1] - 0.8) < 1e-6)
  }

  @Test func `A diverged gradient shows in the norm that comes back`() {
    var weights: [Float] = [0, 0]
    var adam = Adam(parameterCount: 2)
    let norm = adam.update(&weights, gradient: [.nan, 1], learningRate: 0.1, maximumNorm: 1)
    #expect(norm.isNaN)
  }

  @Test func `Restored state continues with the same bits`() {
    var source = RandomSource(seed: 1)
    var weights = [Float](repeating: 0, count: 37)
    var adam = Adam(parameterCount: 37)
    func gradient() -> [Float] { (0..<37).map { _ in Float(source.normal()) } }
    for _ in 0..<20 { adam.update(&weights, gradient: gradient(), learningRate: 0.01) }
    var restored = Adam(
      firstMoment: adam.firstMoment, secondMoment: adam.secondMoment, step: adam.step)
    var copy = weights
    for _ in 0..<20 {
      let next = gradient()
      adam.update(&weights, gradient: next, learningRate: 0.01)
      restored.update(&copy, gradient: next, learningRate: 0.01)
    }
    #expect(copy == weights)
    #expect(restored == adam)
  }

  @Test func `A network learns exclusive or`() {
    var source = RandomSource(seed: 2)
    var network = MLP(sizes: [2, 16, 1], activation: .tanh, using: &source)
    var adam = Adam(parameterCount: network.parameterCount)
    var workspace = MLP.Workspace()
    var gradient = [Float](repeating: 0, count: network.parameterCount)
    let inputs: [Float] = [0, 0, 0, 1, 1, 0, 1, 1]
    let targets: [Float] = [0, 1, 1, 0]
    var outputGradient = [Float](repeating: 0, count: 4)
    var loss: Float = 1
    for _ in 0..<500 {
      network.forward(inputs.span, rows: 4, in: &workspace)
      loss = SmoothL1.meanLoss(
        values: workspace.outputs, actionCount: 1, actions: [0, 0, 0, 0], targets: targets,
        gradient: &outputGradient)
      network.backward(outputGradient.span, in: &workspace, gradient: &gradient)
      adam.update(&network.weights, gradient: gradient, learningRate: 0.02, maximumNorm: 10)
    }
    #expect(loss < 1e-4)
  }
}
