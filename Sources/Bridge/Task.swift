import Interchange
import RLCore
import Schema

/// What an environment in Python is: what to make, and what the worker says of it.
struct Task: Sendable {
  /// As the user wrote it, `gym:` included.
  let name: String
  /// Where own modules are found.
  let folder: String
  /// What is passed to the environment's constructor.
  let options: Settings
  let observationSpace: Space
  let actionSpace: Space
  /// What each number of an observation is; empty where it has no names.
  let observationNames: [String]
  let actionNames: [String]
  /// Gymnasium's own, by the environment's registration.
  let timeLimit: Int?
  let rewardThreshold: Double?

  /// The request that makes it.
  static func request(name: String, folder: String, options: Settings) -> [UInt8] {
    let entries = options.sorted { $0.key < $1.key }.map { Setting.Entry($0.key, $0.value) }
    let message = Setting.map([
      .init("name", .string(String(name.dropFirst(GymEnvironment.prefix.count)))),
      .init("folder", .string(folder)), .init("options", .map(entries)),
    ])
    return [UInt8(ascii: "M")] + JSON.write(message).utf8
  }

  /// - Parameter answer: the worker's, to the request.
  /// - Throws: `notMade`, `packageMissing`, `unsupportedSpace`, `garbled`.
  init(
    name: String, folder: String, options: Settings, answer: [UInt8]
  ) throws(BridgeError) {
    let facts: Setting
    do { facts = try JSON.read(answer) } catch {
      throw .garbled(environment: name, reason: error.description)
    }
    if let reason = facts["unsupported"]?.string {
      throw .unsupportedSpace(environment: name, reason: reason)
    }
    if let reason = facts["error"]?.string {
      if let package = facts["package"]?.string {
        throw .packageMissing(program: PythonWorker.interpreter, package: package)
      }
      throw .notMade(environment: name, reason: reason)
    }
    guard let observation = facts["observation"].flatMap(Self.space),
      let action = facts["action"].flatMap(Self.space)
    else { throw .garbled(environment: name, reason: "it describes no spaces") }
    self.name = name
    self.folder = folder
    self.options = options
    (observationSpace, observationNames) = observation
    (actionSpace, actionNames) = action
    timeLimit = facts["max_episode_steps"]?.integer
    rewardThreshold = facts["reward_threshold"]?.real
  }

  private static func space(_ facts: Setting) -> (Space, [String])? {
    let names = facts["names"]?.list?.compactMap(\.string) ?? []
    let counts = facts["counts"]?.list?.compactMap(\.integer) ?? []
    switch facts["kind"]?.string {
    case "discrete": return counts.first.map { (.discrete($0), names) }
    case "choices": return (.multiDiscrete(counts), names)
    case "binary": return (.multiBinary(counts.count), names)
    case "box":
      guard let low = facts["low"]?.list, let high = facts["high"]?.list,
        let shape = facts["shape"]?.list?.compactMap(\.integer), low.count == high.count,
        low.count == shape.reduce(1, *), !low.isEmpty
      else { return nil }
      let box = Space.Box(
        low: low.map { $0.real ?? -.infinity }, high: high.map { $0.real ?? .infinity },
        shape: shape)
      return (.box(box), names)
    default: return nil
    }
  }
}
