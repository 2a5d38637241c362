import Language
import RLCore
import Schema

/// What a step gave. Scripts step often and mostly look at two or three of its parts.
final class StepRecord: RecordObject {
  /// In one place, so that all of it is changed where it lies.
  @exclusivity(unchecked) private var seen: Seen
  @exclusivity(unchecked) private var info: Settings = [:]

  private struct Seen {
    var observation: [Float] = []
    var lists: ObservationLists

    mutating func value() -> Value { lists.value(of: observation) }
  }

  /// - Parameter space: of the observations.
  init(in space: Space) {
    seen = Seen(lists: ObservationLists(of: space))
    super.init(keys: Self.keys)
  }

  nonisolated(unsafe) private static let keys: OrderedMap = {
    var keys = OrderedMap()
    for name in ["observation", "reward", "terminated", "truncated", "info"] { keys[name] = .null }
    return keys
  }()

  /// Takes in what a step gave. For the only holder of an untouched record.
  func fill(_ outcome: EnvironmentHandle.Outcome, _ instance: inout EnvironmentInstance) {
    if let list = takeValue(at: 0) { seen.lists.takeBack(list) }
    seen.observation.overwrite(with: instance.observation)
    setValue(.real(outcome.reward), at: 1)
    setValue(.boolean(outcome.terminated), at: 2)
    setValue(.boolean(outcome.truncated), at: 3)
    _ = takeValue(at: 4)
    info = instance.info
  }

  override func makeValue(at position: Int) -> Value {
    position == 0 ? seen.value() : Value(settings: info)
  }
}
