import CKernels
import RLCore

/// The numeric kernels at the sizes that reinforcement learning uses, as a share of the peak that
/// the same processor reaches in the same minute.
func benchmarkKernels() {
  let kernels = rlhs_kernels_in_use().pointee
  let peak = measuredPeak(kernels)
  print("level \(VectorMath.level), peak \(tenths(peak / 1e9)) GFLOP/s on one core")
  print(row("shape (batch, in -> out)", "GFLOP/s", "of peak"))
  for (batch, inputs, outputs) in [
    (1, 64, 64), (32, 4, 64), (32, 64, 64), (32, 64, 2), (256, 64, 64), (256, 256, 256),
    (768, 128, 512),
  ] {
    let product = Product(batch: batch, inputs: inputs, outputs: outputs)
    report("forward", product, peak) { product.forward(kernels) }
  }
  for (batch, inputs, outputs) in [(32, 64, 64), (32, 64, 2), (256, 256, 256), (768, 128, 512)] {
    let product = Product(batch: batch, inputs: inputs, outputs: outputs)
    report("dX", product, peak) { product.inputGradient(kernels) }
  }
  for (batch, inputs, outputs) in [
    (32, 4, 64), (32, 64, 64), (32, 64, 2), (256, 256, 256), (768, 128, 512),
  ] {
    let product = Product(batch: batch, inputs: inputs, outputs: outputs)
    report("dW", product, peak) { product.weightGradient(kernels) }
  }
  benchmarkElementwise(kernels)
  benchmarkUpdates(peak)
}

private func measuredPeak(_ kernels: rlhs_kernels) -> Double {
  let rounds = 20_000
  let operations = kernels.peak(1) * Double(rounds)
  return operations / secondsEach(of: 1) { _ = kernels.peak(rounds) }
}

/// One layer's operands in panels.
private final class Product {
  let batch: Int
  let inputs: Int
  let outputs: Int
  private var x: [Float]
  private var y: [Float]
  private var dx: [Float]
  private var dy: [Float]
  private var weights: [Float]
  private var gradient: [Float]
  private var scratch: [Float]

  init(batch: Int, inputs: Int, outputs: Int) {
    (self.batch, self.inputs, self.outputs) = (batch, inputs, outputs)
    var source = RandomSource(seed: 1)
    func numbers(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float(source.uniform(in: -1...1)) }
    }
    let rows = (batch + 15) / 16 * 16
    x = numbers(rows * (inputs + 1))
    y = numbers(rows * (outputs + 1))
    dx = numbers(rows * inputs)
    dy = numbers(rows * outputs)
    weights = numbers((inputs + 1) * outputs)
    gradient = numbers((inputs + 1) * outputs)
    scratch = numbers(rows * ((outputs + 15) / 16 * 16))
  }

  var operations: Double { 2 * Double(batch) * Double(inputs) * Double(outputs) }

  func forward(_ kernels: rlhs_kernels) {
    if batch < 5 {
      kernels.forward_rows(x, batch, inputs, outputs, weights, rlhs_relu, &y)
    } else {
      kernels.forward(x, batch, inputs, outputs, weights, rlhs_relu, &y)
    }
  }

  func inputGradient(_ kernels: rlhs_kernels) {
    kernels.input_gradient(dy, batch, inputs, outputs, weights, rlhs_relu, x, &dx)
  }

  func weightGradient(_ kernels: rlhs_kernels) {
    kernels.weight_gradient(x, dy, batch, inputs, outputs, 0, &scratch, &gradient)
  }
}

private func report(_ name: String, _ product: Product, _ peak: Double, _ body: () -> Void) {
  let speed = product.operations / secondsEach(of: repetitions(product.operations), body)
  let shape = "\(name) \(product.batch), \(product.inputs) -> \(product.outputs)"
  print(row(shape, tenths(speed / 1e9), "\(Int((100 * speed / peak).rounded())) %"))
}

/// About half a millisecond's work.
private func repetitions(_ operations: Double) -> Int { max(1, Int(3e7 / operations)) }

private func benchmarkElementwise(_ kernels: rlhs_kernels) {
  print(row("element by element", "ns each", ""))
  var source = RandomSource(seed: 2)
  let count = 4096
  let x = (0..<count).map { _ in Float(source.uniform(in: 0.1...4)) }
  var y = x
  for (name, function) in [("exp", kernels.exp!), ("log", kernels.log!), ("tanh", kernels.tanh!)] {
    let seconds = secondsEach(of: 50) { function(x, &y, count) }
    print(row(name, hundredths(seconds * 1e9 / Double(count)), ""))
  }
  let norm = secondsEach(of: 50) { y[0] = kernels.sum_of_squares(x, count) }
  print(row("norm", hundredths(norm * 1e9 / Double(count)), ""))
  var weights = x
  var adam = Adam(parameterCount: count)
  let step = secondsEach(of: 50) {
    adam.update(&weights, gradient: x, learningRate: 1e-4, maximumNorm: 10)
  }
  print(row("norm, clip and Adam", hundredths(step * 1e9 / Double(count)), ""))
}

/// Gradient steps of DQN, with the network and batch that Stable-Baselines3 and its zoo use.
private func benchmarkUpdates(_ peak: Double) {
  for (sizes, rows, count) in [([4, 64, 64, 2], 32, 100), ([4, 256, 256, 2], 64, 10)] {
    var source = RandomSource(seed: 3)
    var online = MLP(sizes: sizes, activation: .relu, using: &source)
    let target = online
    var adam = Adam(parameterCount: online.parameterCount)
    var workspace = MLP.Workspace()
    var gradient = [Float](repeating: 0, count: online.parameterCount)
    var outputGradient = [Float](repeating: 0, count: rows * 2)
    var targets = [Float](repeating: 0, count: rows)
    let actions = (0..<rows).map { _ in Int32(source.integer(below: 2)) }
    let states = (0..<rows * 4).map { _ in Float(source.normal()) }
    let nextStates = (0..<rows * 4).map { _ in Float(source.normal()) }
    let seconds = secondsEach(of: count) {
      target.forward(nextStates.span, rows: rows, in: &workspace)
      for i in 0..<rows {
        targets[i] = 1 + 0.99 * max(workspace.outputs[2 * i], workspace.outputs[2 * i + 1])
      }
      online.forward(states.span, rows: rows, in: &workspace)
      _ = SmoothL1.meanLoss(
        values: workspace.outputs, actionCount: 2, actions: actions, targets: targets,
        gradient: &outputGradient)
      online.backward(outputGradient.span, in: &workspace, gradient: &gradient)
      adam.update(&online.weights, gradient: gradient, learningRate: 1e-4, maximumNorm: 10)
    }
    // Two passes forward, one back by the weights, one by the inputs of all layers but the first.
    let inner = online.parameterCount - (sizes[0] + 1) * sizes[1]
    let operations = 2 * Double(rows) * Double(3 * online.parameterCount + inner)
    print(
      row(
        "DQN gradient step, \(sizes), batch \(rows)", tenths(1e-3 / seconds) + "k/s",
        "\(Int((100 * operations / seconds / peak).rounded())) %"))
    let acting = secondsEach(of: count) { online.predict(states.span, in: &workspace) }
    print(row("acting, \(sizes)", tenths(acting * 1e9) + " ns", ""))
  }
}

private func row(_ name: String, _ value: String, _ share: String) -> String {
  name + pad(value, to: 58 - name.count) + pad(share, to: 10)
}

private func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
