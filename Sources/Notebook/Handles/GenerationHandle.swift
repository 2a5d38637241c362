import Language
import RLCore

/// A prompt and what a language model wrote after it.
final class GenerationHandle: Handle {
  /// What the model went on from, as it was given.
  let prompt: String
  /// What it read, the beginning of a line in place of an empty prompt.
  let promptTokens: [Int32]
  let completion: Generator.Completion
  let agent: TextAgentHandle
  let seed: Int
  /// A person saw it.
  var wasShown = false

  init(
    prompt: String, promptTokens: [Int32], _ completion: Generator.Completion,
    agent: TextAgentHandle, seed: Int
  ) {
    self.prompt = prompt
    self.promptTokens = promptTokens
    self.completion = completion
    self.agent = agent
    self.seed = seed
    super.init()
  }

  override var kind: String { "generation" }

  override var memberNames: [String] { ["prompt", "text", "tokens", "ended", "agent", "seed"] }

  override func member(_ name: String) throws(RunError) -> Value? {
    switch name {
    case "prompt": .string(prompt)
    case "text": .string(completion.text)
    case "tokens": .list(completion.tokens.map { Value.integer(Int($0)) })
    case "ended": .boolean(completion.ended)
    case "agent": .object(agent)
    case "seed": .integer(seed)
    default: nil
    }
  }

  override var text: String {
    "generation \(Value.string(prompt).source) -> \(Value.string(completion.text).source)"
  }

  /// What scripts that read events get.
  var fields: [(String, Value)] {
    [
      ("agent", .string(agent.name)), ("prompt", .string(prompt)),
      ("text", .string(completion.text)),
      ("tokens", .list(completion.tokens.map { Value.integer(Int($0)) })),
      ("ended", .boolean(completion.ended)), ("seed", .integer(seed)),
    ]
  }
}
