import CKernels

/// Sequences of tokens side by side, each with the tokens it is to predict.
///
/// Row r of a sequence stands for its token r and predicts token r + 1. Each sequence takes the same
/// number of rows, the longest one's rounded up to 16; rows without a target count for nothing.
public struct TokenBatch: Sendable, Equatable {
  /// How many sequences.
  public let sequences: Int
  /// Rows of each sequence, a multiple of 16.
  public let rowsEach: Int
  /// Rows that have a target.
  public let targetCount: Int
  /// Tokens of each sequence; the count of rows that stand for something.
  public let lengths: [Int]
  let tokens: [Int32]
  let targets: [Int32]
  private let firstTargets: [Int]

  /// Whole sequences, such as prompts with their responses.
  ///
  /// - Parameter firstTargets: for each sequence the index, 1 at least, of the first token to be
  ///   predicted: the length of its prompt. Without them every token but the first.
  /// - Precondition: no sequence is empty.
  public init(_ sequences: [[Int32]], firstTargets: [Int]? = nil) {
    let firsts = firstTargets ?? sequences.map { _ in 1 }
    precondition(firsts.count == sequences.count, "\(firsts.count) first targets")
    var tokens: [[Int32]] = []
    var targets: [[Int32]] = []
    for (sequence, first) in zip(sequences, firsts) {
      precondition(first >= 1, "the first token has nothing to be predicted from")
      tokens.append(sequence)
      targets.append(
        sequence.indices.map { $0 + 1 >= first && $0 + 1 < sequence.count ? sequence[$0 + 1] : -1 })
    }
    self.init(tokens: tokens, targets: targets, firstTargets: firsts)
  }

  /// Windows of a text: of each all tokens but the last are read, all but the first predicted.
  ///
  /// - Precondition: each window has two tokens at least.
  public init(windows: [[Int32]]) {
    self.init(
      tokens: windows.map { Array($0.dropLast()) }, targets: windows.map { Array($0.dropFirst()) },
      firstTargets: windows.map { _ in 1 })
  }

  private init(tokens: [[Int32]], targets: [[Int32]], firstTargets: [Int]) {
    precondition(tokens.allSatisfy { !$0.isEmpty }, "an empty sequence")
    let panel = Int(rlhs_panel)
    let longest = tokens.map(\.count).max() ?? 0
    sequences = tokens.count
    rowsEach = (longest + panel - 1) / panel * panel
    lengths = tokens.map(\.count)
    self.firstTargets = firstTargets
    var paddedTokens: [Int32] = []
    var paddedTargets: [Int32] = []
    paddedTokens.reserveCapacity(sequences * rowsEach)
    paddedTargets.reserveCapacity(sequences * rowsEach)
    for (row, target) in zip(tokens, targets) {
      let padding = rowsEach - row.count
      paddedTokens += row
      paddedTokens += repeatElement(0, count: padding)
      paddedTargets += target
      paddedTargets += repeatElement(-1, count: padding)
    }
    self.tokens = paddedTokens
    self.targets = paddedTargets
    targetCount = paddedTargets.reduce(0) { $0 + ($1 >= 0 ? 1 : 0) }
  }

  /// Rows of the whole batch: the length of what a pass gives for each row.
  public var rows: Int { sequences * rowsEach }

  /// The rows of one sequence that predict its targets, in their order.
  public func targetRows(_ sequence: Int) -> Range<Int> {
    let start = sequence * rowsEach
    let first = start + firstTargets[sequence] - 1
    var end = start + lengths[sequence]
    while end > first, targets[end - 1] < 0 { end -= 1 }
    return first..<max(first, end)
  }

  /// The row of a sequence's last token: where the value of the whole sequence stands.
  public func lastRow(_ sequence: Int) -> Int { sequence * rowsEach + lengths[sequence] - 1 }

  /// Whether `row` has a target.
  public func hasTarget(_ row: Int) -> Bool { targets[row] >= 0 }
}
