import Schema
import Testing

@testable import RLCore

private struct BlackjackTrace: Decodable {
  let episodes: [Game]

  struct Game: Decodable {
    let natural: Bool
    let sab: Bool
    let cards: [Int]
    let obs0: [Float]
    let actions: [Int]
    let obs: [[Float]]
    let reward: [Double]
    let terminated: [Bool]
    let used: Int

    enum CodingKeys: String, CodingKey {
      case natural, sab, cards, obs0, actions, obs, reward, terminated
      case used = "cards_used"
    }
  }
}

@Suite struct BlackjackTests {
  @Test func `blackjack follows the reference for the same cards`() throws {
    let games = try Trace.read("Blackjack-v1", as: BlackjackTrace.self).episodes
    #expect(Set(games.map(\.natural)).count == 2)
    for game in games {
      var table = Blackjack(["natural": .boolean(game.natural), "sab": .boolean(game.sab)])
      var deck = ScriptedDraws(
        game.cards.prefix(game.used).map { .integer($0 - 1, below: 13) })
      var observation: [Float] = [0, 0, 0]
      table.deal(from: &deck)
      table.observe(into: &observation)
      #expect(observation == game.obs0)
      for (index, action) in game.actions.enumerated() {
        let (reward, terminated) = table.play(hits: action == 1, from: &deck)
        table.observe(into: &observation)
        #expect(observation == game.obs[index])
        #expect(reward == game.reward[index])
        #expect(terminated == game.terminated[index])
      }
      #expect(deck.isExhausted, "\(deck.mismatches)")
    }
  }

  @Test func `a deck has four tens to each other card`() throws {
    var table = Blackjack(["natural": false, "sab": false])
    var random = RandomSource(seed: 2)
    var counts = [Int](repeating: 0, count: 11)
    for _ in 0..<3250 {
      table.reset(using: &random)
      for card in table.dealer.cards + table.player.cards { counts[card] += 1 }
    }
    #expect(counts[0] == 0)
    #expect(counts[1...9].allSatisfy { abs($0 - 1000) < 150 })
    #expect(abs(counts[10] - 4000) < 250)
  }

  @Test func `by Sutton and Barto's rules a natural beats any other 21`() {
    func reward(_ settings: Settings, _ cards: [Int]) -> Double {
      var table = Blackjack(settings)
      var deck = ScriptedDraws(cards.map { .integer($0 - 1, below: 13) })
      table.deal(from: &deck)
      return table.play(hits: false, from: &deck).reward
    }
    let dealerDraws21 = [5, 6, 1, 10, 10]
    #expect(reward(["natural": true, "sab": true], dealerDraws21) == 1)
    #expect(reward(["natural": true, "sab": false], dealerDraws21) == 0)
    #expect(reward(["natural": true, "sab": true], [1, 10, 1, 10]) == 0)
    #expect(reward(["natural": true, "sab": false], [10, 9, 1, 10]) == 1.5)
  }

  @Test func `the state is the cards, and impossible ones are refused`() throws {
    var table = Blackjack(["natural": false, "sab": false])
    try table.restore(state: [10, 7, 1, 6, 3])
    #expect(table.state == [10, 7, 1, 6, 3])
    var observation: [Float] = [0, 0, 0]
    table.observe(into: &observation)
    #expect(observation == [20, 10, 1])
    for state in [[10, 7, 1], [10, 7, 0, 3], [10, 7, 1.5, 3], [1, 1, 10, 10, 10, 2]] {
      #expect(throws: CoreError.self) { try table.restore(state: state) }
    }
  }
}
