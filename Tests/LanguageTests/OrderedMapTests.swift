import Testing

@testable import Language

@Suite("Maps with an order")
struct OrderedMapTests {
  @Test("Keys keep their order and are found, whatever is added and removed")
  func model() {
    let stream = SeededStream(seed: 5)
    var map = OrderedMap()
    var keys: [String] = []
    var values: [String: Int] = [:]
    for step in 0..<4000 {
      let number = stream.integer(below: 300)
      let key = ["k\(number)", "a longer key \(number)", "ключ \(number)"][number % 3]
      if stream.integer(below: 10) < 3 {
        map[key] = nil
        keys.removeAll { $0 == key }
        values[key] = nil
      } else {
        map[key] = .integer(step)
        if values.updateValue(step, forKey: key) == nil { keys.append(key) }
      }
      #expect(map[key]?.integer == values[key])
      if step % 100 == 0 {
        #expect(Array(map.keys) == keys)
        for key in keys { #expect(map[key]?.integer == values[key]) }
      }
    }
    #expect(map.count > 100)
    #expect(map.map { $0.key } == keys)
  }

  @Test("Two ways of writing the same characters are one key, in small and large maps")
  func equivalence() {
    for count in [0, 20] {
      var map = OrderedMap()
      for i in 0..<count { map["\(i)"] = .null }
      map["\u{E9}"] = .integer(1)
      #expect(map["e\u{301}"]?.integer == 1)
    }
  }

  @Test("A copy does not change with its original")
  func copies() {
    var map = OrderedMap()
    for i in 0..<20 { map["\(i)"] = .integer(i) }
    let copy = map
    map["3"] = nil
    map["new"] = .null
    #expect(copy.count == 20)
    #expect(copy["3"]?.integer == 3)
    #expect(copy["new"] == nil)
  }
}
