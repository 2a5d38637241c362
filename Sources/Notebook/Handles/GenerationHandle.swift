import Language
import RLCore

/// A prompt and what was written after it, as a rule by a language model.
final class GenerationHandle: Handle {
  let response: TextResponse
  /// Who wrote it, and learns from what is said of it.
  let agent: TextAgentHandle
  /// What its draws began from; nil for a text that came from elsewhere.
  let seed: Int?
  /// A person saw it.
  var wasShown = false

  init(_ response: TextResponse, agent: TextAgentHandle, seed: Int? = nil) {
    self.response = response
    self.agent = agent
    self.seed = seed
    super.init()
  }

  override var kind: String { "generation" }

  override var memberNames: [String] { ["prompt", "text", "tokens", "ended", "agent", "seed"] }

  override func member(_ name: String) throws(RunError) -> Value? {
    name == "agent" ? .object(agent) : fields.first { $0.0 == name }?.1
  }

  override var text: String { "generation \(shortText)" }

  /// Prompt and text in a line.
  var shortText: String {
    truncated(
      Value.string(response.prompt).source + " -> " + Value.string(response.text).source, to: 76)
  }

  /// What scripts that read events get.
  var fields: [(String, Value)] {
    [
      ("agent", .string(agent.name)), ("prompt", .string(response.prompt)),
      ("text", .string(response.text)),
      ("tokens", .list(response.tokens.map { Value.integer(Int($0)) })),
      ("ended", .boolean(response.ended)), ("seed", seed.map(Value.integer) ?? .null),
    ]
  }
}
