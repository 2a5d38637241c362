import Interchange
import Language
import RLCore
import Schema
import Store

/// The formats of files that agents are kept in. A new one is a case and what it reads and writes.
enum AgentFormat: String, CaseIterable {
  case rlhs
  case sb3
  case onnx

  /// What it is, as help shows it.
  private var word: Word {
    switch self {
    case .rlhs: Word(rawValue, "Everything, in a safetensors file.")
    case .sb3: Word(rawValue, "The policy as Stable-Baselines3 saves it, a zip file.")
    case .onnx: Word(rawValue, "The greedy policy as an ONNX model; it is only written.")
    }
  }

  static func parameter(_ formats: [AgentFormat]) -> Parameter {
    Parameter(
      "format", .words(formats.map(\.word)), default: .setting(.string(rlhs.rawValue)),
      "The format of the file.")
  }

  init(_ call: CommandCall) {
    self = call.text("format").flatMap(AgentFormat.init(rawValue:)) ?? .rlhs
  }

  func save(_ agent: AgentHandle, to path: String, includingReplay: Bool) throws {
    switch self {
    case .rlhs:
      try CheckpointStore.write(agent.archive(includingReplay: includingReplay), to: path)
    case .sb3: try AtomicFile.replace(path, with: [StableBaselines.encode(agent.core)])
    case .onnx: try AtomicFile.replace(path, with: [ONNX.encode(agent.core)])
    }
  }
}
