/// What the target network makes of the states that the transitions in a replay buffer led to: the
/// value of the best action there, kept until that network changes.
///
/// A transition drawn again meanwhile needs no pass through the target network. What is kept is what
/// would be worked out again, to the bit, so this is no part of the state.
struct TargetValues: Sendable {
  /// Of each row of the buffer.
  private var entries: [Entry] = []
  /// How often the network changed.
  private var age: UInt32 = 1
  /// Rows drawn since it changed, and between the two changes before.
  private var (drawn, drawnBefore) = (0, 0)

  private struct Entry {
    /// Of which network it is; that of age 0 never was.
    var age: UInt32 = 0
    var value: Float = 0
  }

  /// To be called when the target network changes.
  mutating func networkChanged() {
    // Nothing was kept of a network that was not asked.
    guard drawn > 0 else { return }
    if age == .max { (entries, age) = ([], 0) }
    age += 1
    (drawn, drawnBefore) = (0, drawn)
  }

  /// To be called before a batch is drawn.
  ///
  /// - Parameter worth: how many rows of a batch must be known, as a rule, to be worth looking.
  /// - Returns: whether values are worth keeping.
  mutating func willDraw(_ count: Int, of held: Int, worth: Int) -> Bool {
    drawn += count
    // Of `n` rows drawn one after the other from `held`, about n / (n + 2 held) were drawn before.
    let inAll = max(drawn, drawnBefore)
    guard count * inAll >= worth * (inAll + 2 * held) else { return false }
    if entries.count < held {
      let missing = held + ReplayBuffer.chunkRows - entries.count
      entries.append(contentsOf: repeatElement(Entry(), count: missing))
    }
    return true
  }

  /// The value of a row, where it is known.
  subscript(row: Int) -> Float? {
    entries[row].age == age ? entries[row].value : nil
  }

  mutating func keep(_ value: Float, of row: Int) { entries[row] = Entry(age: age, value: value) }

  /// To be called when another transition takes a row's place.
  mutating func forget(_ row: Int) {
    if row < entries.count { entries[row].age = 0 }
  }
}
