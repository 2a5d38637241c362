import Language
import RLCore

/// Lets a language model write on from prompts: pulled token by token, so that it can be watched and
/// stopped.
struct TextSampler {
  private let agent: TextAgentHandle
  private let sampling: Sampling

  init(_ agent: TextAgentHandle, sampling: Sampling) {
    self.agent = agent
    self.sampling = sampling
  }

  /// A text for each prompt. A text depends on its own prompt, place and seed alone.
  ///
  /// - Parameters:
  ///   - places: the place of each; without them they are counted from 0.
  ///   - written: called with what each step adds to a text.
  /// - Throws: `interrupted` where Ctrl-C asks to stop.
  func generations(
    of prompts: [String], places: [Int]? = nil, seed given: Int?, in session: Session,
    written: (Generator.Piece) -> Void = { _ in }
  ) throws -> [GenerationHandle] {
    let seed = given ?? agent.drawSeed(for: "generate")
    let source = RandomSource(seed: UInt64(bitPattern: Int64(seed)))
    let tokens = try prompts.map { try agent.promptTokens($0) }
    let generator = Generator(
      agent.model, tokenizer: agent.tokenizer, prompts: tokens, sampling: sampling,
      streams: (places ?? Array(prompts.indices)).map { source.split("generate", $0) },
      pool: prompts.count > 1 ? ThreadPool(threads: Cores.count) : nil)
    while !generator.isFinished {
      for piece in generator.advance() where !piece.text.isEmpty { written(piece) }
      if session.isInterrupted { throw RunError.interrupted }
    }
    return try prompts.indices.map { index in
      GenerationHandle(
        try TextResponse(
          prompt: prompts[index], promptTokens: tokens[index],
          completion: generator.completions[index]),
        agent: agent, seed: seed)
    }
  }
}
