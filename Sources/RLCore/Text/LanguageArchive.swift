/// A language model in a checkpoint.
extension LanguageModel {
  /// Adds shape and weights under names that begin with `name`.
  package func save(to archive: inout StateArchive, name: String = "model") {
    archive.metadata["\(name)/family"] = shape.family.rawValue
    archive.add(
      "\(name)/sizes",
      [
        shape.vocabulary, shape.layers, shape.heads, shape.keyValueHeads, shape.headWidth,
        shape.width, shape.innerWidth, shape.context, shape.isTied ? 1 : 0,
        shape.hasAttentionBias ? 1 : 0, shape.hasValueHead ? 1 : 0,
      ])
    archive.add("\(name)/reals", [shape.normEpsilon, shape.ropeTheta])
    archive.add("\(name)/weights", weights)
  }

  /// The model that `save` wrote.
  package init(from archive: StateArchive, name: String = "model") throws(CoreError) {
    let sizes = try archive.integers("\(name)/sizes", count: 11)
    let reals = try archive.doubles("\(name)/reals", count: 2)
    guard let family = LanguageModelShape.Family(rawValue: try archive.text("\(name)/family"))
    else { throw .damagedArchive(reason: "its model is of an unknown family") }
    let shape: LanguageModelShape
    do {
      shape = try LanguageModelShape(
        family: family, vocabulary: sizes[0], layers: sizes[1], heads: sizes[2],
        keyValueHeads: sizes[3], headWidth: sizes[4], width: sizes[5], innerWidth: sizes[6],
        context: sizes[7], normEpsilon: reals[0], ropeTheta: reals[1], isTied: sizes[8] == 1,
        hasAttentionBias: sizes[9] == 1, hasValueHead: sizes[10] == 1)
    } catch {
      throw .damagedArchive(reason: error.description)
    }
    // The count is checked before anything of the shape's size is made.
    let weights = try archive.floats("\(name)/weights")
    guard weights.count == LanguageModelLayout(shape).count else {
      throw .damagedArchive(
        reason: "its model has \(weights.count) weights, not those of its shape")
    }
    self.init(shape, weights: weights)
  }
}

extension LanguageLearner {
  /// Everything, to continue exactly.
  public var archive: StateArchive {
    var archive = StateArchive()
    archive.metadata["format"] = "rlhs-language-model"
    model.save(to: &archive)
    tokenizer.save(to: &archive)
    archive.add(
      "learning/integers",
      [
        learning.warmup, learning.totalSteps, learning.batchSize, trainingGoal ?? -1,
        best?.steps ?? -1,
      ])
    archive.add(
      "learning/reals",
      [
        learning.learningRate, learning.weightDecay, learning.beta1, learning.beta2,
        learning.maximumNorm, learning.dropout, lastLoss ?? .nan, best?.loss ?? .nan,
      ])
    archive.add("learning/best", best?.weights ?? [])
    optimizer.adam.save(to: &archive, name: "optimizer")
    archive.add("streams/seed", [seed])
    archive.add("streams/batches", batches.state)
    archive.add("streams/dropout", dropouts.state)
    return archive
  }

  /// The learner whose `archive` this is.
  ///
  /// - Throws: `damagedArchive` with the reason.
  public init(from archive: StateArchive) throws(CoreError) {
    let integers = try archive.integers("learning/integers", count: 5)
    let reals = try archive.doubles("learning/reals", count: 8)
    let seed = try archive.words("streams/seed", count: 1)[0]
    var learning = LanguageLearning()
    (learning.warmup, learning.totalSteps, learning.batchSize) = (
      integers[0], integers[1], integers[2]
    )
    (learning.learningRate, learning.weightDecay, learning.beta1, learning.beta2) = (
      reals[0], reals[1], reals[2], reals[3]
    )
    (learning.maximumNorm, learning.dropout) = (reals[4], reals[5])
    guard integers.prefix(3).allSatisfy({ StateArchive.counts.contains($0) }),
      integers.allSatisfy({ $0 >= -1 }), learning.batchSize > 0,
      (0..<1).contains(learning.beta1), (0..<1).contains(learning.beta2),
      (0..<1).contains(learning.dropout)
    else { throw .damagedArchive(reason: "a setting of its learning is out of range") }
    try self.init(
      LanguageModel(from: archive), tokenizer: Tokenizer(from: archive), learning: learning,
      source: RandomSource(seed: seed))
    lastLoss = reals[6].isNaN ? nil : reals[6]
    trainingGoal = integers[3] < 0 ? nil : integers[3]
    if integers[4] >= 0 {
      let weights = try archive.floats("learning/best")
      guard weights.count == model.weights.count else {
        throw .damagedArchive(reason: "its best weights are not those of its model's shape")
      }
      best = Best(steps: integers[4], loss: reals[7], weights: weights)
    }
    try optimizer.adam.restore(from: archive, name: "optimizer")
    guard let batches = RandomSource(state: try archive.words("streams/batches", count: 5)),
      let dropouts = RandomSource(state: try archive.words("streams/dropout", count: 5))
    else { throw .damagedArchive(reason: "a random stream is all zeros") }
    (self.batches, self.dropouts) = (batches, dropouts)
  }
}
