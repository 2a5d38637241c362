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

  @Test("A key with a character that is another way to write a plain one is that key")
  func singletons() {
    for count in [0, 20] {
      var map = OrderedMap()
      for i in 0..<count { map["\(i)"] = .null }
      map["\u{212A}\u{37E}\u{1FEF}"] = .integer(1)
      #expect(map["K;`"]?.integer == 1)
      #expect(map.count == count + 1)
    }
  }

  @Test("Maps that share their keys change on their own")
  func sharedKeys() {
    let first = MapObject(keysOf: shape(["a", "b"]).object)
    let second = MapObject(keysOf: first)
    for (i, map) in [first, second].enumerated() {
      map.appendValue(.integer(i))
      map.appendValue(.integer(i + 10))
    }
    #expect(OrderedMap(first).keys == OrderedMap(second).keys)
    var (a, b) = (OrderedMap(first), OrderedMap(second))
    a["c"] = .integer(7)
    b["a"] = nil
    #expect(Array(a.keys) == ["a", "b", "c"])
    #expect(a.values.map(\.integer) == [0, 10, 7])
    #expect(Array(b.keys) == ["b"])
    #expect(b.values.map(\.integer) == [11])
    #expect(Array(OrderedMap(first).keys) == ["a", "b"])
    #expect(OrderedMap(second)["a"]?.integer == 1)
  }

  @Test("A record makes a value when it is asked for, and all of them before it is changed")
  func records() {
    let record = SquaresRecord(keys: shape(["zero", "one", "two"]))
    let value = Value.object(record)
    #expect(value.entries?["two"]?.integer == 4)
    #expect(record.made == [2])
    #expect(value.entries?["two"]?.integer == 4)
    #expect(record.made == [2])
    #expect(record.isUntouched)
    var changed = OrderedMap(record)
    changed["one"] = .null
    #expect(value.source == "{zero: 0, one: 1, two: 4}")
    #expect(Value.map(changed).source == "{zero: 0, one: null, two: 4}")
    changed["three"] = .integer(9)
    #expect(changed.count == 4)
    #expect(value.entries?.count == 3)
    #expect(record.made == [2, 0, 1])
    #expect(!record.isUntouched)
  }

  @Test("A record can be filled again")
  func recordsFilledAgain() {
    let record = SquaresRecord(keys: shape(["zero", "one", "two"]))
    record.setValue(.integer(7), at: 1)
    #expect(record.takeValue(at: 2) == nil)
    #expect(OrderedMap(record)["two"]?.integer == 4)
    #expect(record.takeValue(at: 2)?.integer == 4)
    #expect(OrderedMap(record).values.map(\.integer) == [0, 7, 4])
    #expect(record.made == [2, 0, 2])
  }

  @Test("A list is overwritten only by its only holder, with as many reals")
  func overwritten() {
    func overwrite(_ value: inout Value, _ reals: [Float]) -> Bool {
      reals.withUnsafeBufferPointer { value.overwrite(with: $0) }
    }
    var list = Value.list([.integer(1), .string("a")])
    #expect(!overwrite(&list, [1]))
    let other = list
    #expect(!overwrite(&list, [1, 2]))
    #expect(other.source == "[1, \"a\"]")
    var alone = Value.list([.integer(1), .string("a")])
    #expect(overwrite(&alone, [1, 2]))
    #expect(alone.source == "[1.0, 2.0]")
    var number = Value.integer(1)
    #expect(!overwrite(&number, [1]))
  }

  private func shape(_ keys: [String]) -> OrderedMap {
    var shape = OrderedMap()
    for key in keys { shape[key] = .null }
    return shape
  }
}

private final class SquaresRecord: RecordObject {
  var made: [Int] = []

  override func makeValue(at position: Int) -> Value {
    made.append(position)
    return .integer(position * position)
  }
}
