import RLCore

/// The keys with which a person acts: digits, arrows where the actions' names are directions, and for
/// a continuous action arrows and digits from its lowest to its highest.
struct ActionKeys {
  /// What can be pressed, in a line.
  let hint: String
  private let actions: [Key: Action]

  init(_ instance: EnvironmentInstance) {
    var actions: [Key: Action] = [:]
    switch instance.actionSpace {
    case .discrete(let count):
      let names = instance.environment.actionNames
      for choice in 0..<min(count, 10) {
        actions[.character(Self.digit(choice))] = .discrete(choice)
      }
      for (choice, name) in names.enumerated() {
        if let arrow = Self.arrows[name] { actions[arrow] = .discrete(choice) }
      }
      let named = (0..<min(count, 10)).map {
        names.indices.contains($0) ? "\($0) \(names[$0])" : "\($0)"
      }
      hint =
        named.joined(separator: ", ") + (actions.keys.contains(.left) ? ", or the arrows" : "")
    case .box(let box) where box.low.count == 1:
      let (low, high) = (box.low[0], box.high[0])
      for digit in 0...9 {
        actions[.character(Self.digit(digit))] = .continuous([
          low + (high - low) * Double(digit) / 9
        ])
      }
      actions[.left] = .continuous([low])
      actions[.right] = .continuous([high])
      actions[.down] = .continuous([(low + high) / 2])
      hint = "left arrow \(significant(low)), right arrow \(significant(high)), down 0, or 0..9"
    default: hint = ""
    }
    self.actions = actions
  }

  /// No key stands for any action: there are too many at once.
  var isEmpty: Bool { actions.isEmpty }

  subscript(key: Key) -> Action? { actions[key] }

  private static let arrows: [String: Key] = [
    "left": .left, "right": .right, "up": .up, "down": .down, "west": .left, "east": .right,
    "north": .up, "south": .down,
  ]

  private static func digit(_ number: Int) -> Unicode.Scalar {
    "0123456789".unicodeScalars.dropFirst(number).first!
  }
}
