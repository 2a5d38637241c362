import Interchange
import Schema
import Testing

struct JSONTests {
  @Test(
    "A value is written compactly and comes back the same",
    arguments: [
      (nil, "null"), (true, "true"), (3, "3"), (-9_223_372_036_854_775_808, "-9223372036854775808"),
      (2.0, "2.0"), (1e-5, "1e-05"), (.real(.infinity), "1e999"), (.real(-.infinity), "-1e999"),
      (.real(-0.0), "-0.0"), ("a\"\\\n\u{1}/é\u{1F600}", "\"a\\\"\\\\\\n\\u0001/é\u{1F600}\""),
      ([1, [2.5, nil], []], "[1,[2.5,null],[]]"),
      (.map([.init("b", 1), .init("a", .map([]))]), "{\"b\":1,\"a\":{}}"),
    ] as [(Setting, String)])
  func roundTrip(value: Setting, text: String) throws {
    #expect(JSON.write(value) == text)
    #expect(try JSON.read(text) == value)
  }

  @Test("Nan, which JSON cannot say, becomes null")
  func nan() {
    #expect(JSON.write(.real(.nan)) == "null")
  }

  @Test(
    "What other programs write is read",
    arguments: [
      (" { \"a\" :\t[ 1 ,\r\n2 ] } ", .map([.init("a", [1, 2])])),
      ("\"\\u00e9\\ud83d\\ude00\\/\\b\\f\"", "é\u{1F600}/\u{8}\u{C}"),
      ("1E+2", 100.0), ("-0", 0), ("0.5e-1", 0.05),
      ("123456789012345678901234567890", 1.2345678901234568e29),
    ] as [(String, Setting)])
  func foreign(text: String, value: Setting) throws {
    #expect(try JSON.read(text) == value)
  }

  @Test(
    "What is no JSON is refused with its place",
    arguments: [
      ("", 0), ("nul", 0), ("tru", 0), ("[1 2]", 3), ("[1,]", 3), ("+1", 0), (".5", 0), ("1.", 2),
      ("1e", 2), ("-", 1), ("01", 2), ("'a'", 0), ("\"a", 0), ("\"\\u12\"", 3), ("\"\\u+123\"", 3),
      ("\"\\ud800x\"", 7), ("\"\\udc00\"", 7), ("NaN", 0), ("{a:1}", 1), ("{\"a\":1,\"a\":2}", 10),
      ("1 2", 2),
    ])
  func refused(text: String, offset: Int) {
    do {
      _ = try JSON.read(text)
      Issue.record("\(text) was read")
    } catch {
      guard case .json(offset, _) = error else {
        Issue.record("\(text): \(error)")
        return
      }
    }
  }
}
