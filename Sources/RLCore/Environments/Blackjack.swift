import Schema

/// One hand of blackjack against a dealer who stands at 17, from an endless deck.
///
/// - Observation: the player's sum (a usable ace counts 11), the dealer's open card (1 to 10, an
///   ace is 1), whether the player has a usable ace.
/// - Actions: 0 stick, 1 hit.
/// - Reward: 1 for a win, -1 for a loss or going bust, 0 for a draw; with `natural` a win by an ace
///   and a ten as dealt pays 1.5.
/// - Start: two cards each. End: the player sticks or goes bust.
/// - Source: Sutton and Barto, "Reinforcement Learning: An Introduction", example 5.1; Gymnasium's
///   options.
struct Blackjack: BatchEnvironment {
  /// Cards as far as rules know them.
  struct Hand: Sendable, Hashable {
    var cards: [Int] = []
    /// Aces as one.
    private var hardSum = 0
    private var hasAce = false

    mutating func clear() {
      cards.removeAll(keepingCapacity: true)
      (hardSum, hasAce) = (0, false)
    }

    mutating func take(_ card: Int) {
      cards.append(card)
      hardSum += card
      if card == 1 { hasAce = true }
    }

    /// Whether an ace can count 11 without going bust.
    var hasUsableAce: Bool { hasAce && hardSum <= 11 }
    var sum: Int { hasUsableAce ? hardSum + 10 : hardSum }
    var isBust: Bool { sum > 21 }
    /// What it is worth against another hand.
    var score: Int { isBust ? 0 : sum }
    /// An ace and a ten as dealt.
    var isNatural: Bool { cards.count == 2 && sum == 21 }
  }

  let paysNaturals: Bool
  /// Sutton and Barto's rules: a natural wins against any other 21.
  let isSuttonAndBarto: Bool

  var dealer = Hand()
  var player = Hand()

  init(_ settings: Settings) {
    paysNaturals = settings.boolean("natural")
    isSuttonAndBarto = settings.boolean("sab")
  }

  var observationSpace: Space { .multiDiscrete([32, 11, 2]) }
  var actionSpace: Space { .discrete(2) }
  var actionNames: [String] { ["stick", "hit"] }
  var observationNames: [String] { ["player's sum", "dealer's card", "usable ace"] }
  /// The cards on the table; the dealer's second lies face down until more are drawn.
  var picture: [String] {
    guard let open = dealer.cards.first else { return [] }
    let others = dealer.cards.count > 2 ? dealer.cards.dropFirst().map(String.init) : ["?"]
    let own = player.cards.map(String.init)
    return [
      "dealer  " + (["\(open)"] + others).joined(separator: " "),
      "player  " + own.joined(separator: " ") + "  = \(player.sum)",
    ]
  }

  /// The dealer's two cards, then the player's.
  var state: [Double] { dealer.cards.prefix(2).map(Double.init) + player.cards.map(Double.init) }

  mutating func restore(state: [Double]) throws {
    let cards = state.compactMap(Int.init(exactly:))
    guard cards.count == state.count, cards.count >= 4, cards.allSatisfy((1...10).contains),
      cards[2...].reduce(0, +) < 32
    else {
      throw CoreError.invalidState(
        expected: "the dealer's two cards and the player's, 1 (ace) to 10 each")
    }
    dealer.clear()
    player.clear()
    for card in cards[..<2] { dealer.take(card) }
    for card in cards[2...] { player.take(card) }
  }

  mutating func reset(using random: inout RandomSource) { deal(from: &random) }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    play(hits: action.choice == 1, from: &random)
  }

  mutating func deal(from deck: inout some DrawSource) {
    dealer.clear()
    player.clear()
    for _ in 0..<2 { dealer.take(card(from: &deck)) }
    for _ in 0..<2 { player.take(card(from: &deck)) }
  }

  mutating func play(
    hits: Bool, from deck: inout some DrawSource
  ) -> (reward: Double, terminated: Bool) {
    if hits {
      player.take(card(from: &deck))
      return (player.isBust ? -1 : 0, player.isBust)
    }
    // Naturals are told apart before the dealer draws.
    let dealerHasNatural = dealer.isNatural
    while dealer.sum < 17 { dealer.take(card(from: &deck)) }
    let reward = Double((player.score - dealer.score).signum())
    if player.isNatural {
      if isSuttonAndBarto { return (dealerHasNatural ? reward : 1, true) }
      if paysNaturals && reward == 1 { return (1.5, true) }
    }
    return (reward, true)
  }

  /// Ranks are equally likely; jack, queen and king count ten.
  private func card(from deck: inout some DrawSource) -> Int {
    min(deck.integer(below: 13) + 1, 10)
  }

  func observe(into observation: inout [Float]) {
    observation[0] = Float(player.sum)
    observation[1] = Float(dealer.cards[0])
    observation[2] = player.hasUsableAce ? 1 : 0
  }
}

extension EnvironmentKind {
  static let blackjack = EnvironmentKind(
    Declaration(
      name: "Blackjack-v1",
      summary: "Play a hand of blackjack against the dealer.",
      parameters: [
        Parameter(
          "natural", .boolean, default: .setting(false), "Whether winning by a natural pays 1.5."),
        Parameter(
          "sab", .boolean, default: .setting(false),
          "Sutton and Barto's rules: a natural beats any other 21; `natural` is without effect."),
      ],
      examples: [Example("env Blackjack-v1")],
      details: """
        Observation: the player's sum, the dealer's open card (an ace is 1), whether there is an \
        ace to count as 11. Actions: 0 stick, 1 hit. Reward 1 for a win, -1 for a loss, 0 for a \
        draw. Cards come from an endless deck; the dealer stands at 17. Starts with two cards each; \
        ends with `stick`, or when the player's sum is above 21.
        """,
      source: "Sutton and Barto, example 5.1; Gymnasium Blackjack"),
    timeLimit: nil
  ) { Blackjack($0) }
}
