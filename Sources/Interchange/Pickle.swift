/// What a pickle of Python can hold here: plain data, and objects named and never made. Nothing of
/// a pickle is executed.
indirect enum Pickled: Equatable {
  case none
  case boolean(Bool)
  case integer(Int)
  case real(Double)
  case string(String)
  case tuple([Pickled])
  case list([Pickled])
  /// In the order of setting.
  case dictionary([Pair])
  /// A function or class, by its module and name.
  case global(String, String)
  /// What a function gives for its arguments, which is not asked for.
  case call(Pickled, [Pickled])
  /// What the file around the pickle knows by this key.
  case persistent(Pickled)

  struct Pair: Equatable {
    var key: Pickled
    var value: Pickled
  }
}

/// Python's pickle format, protocol 2 and what is needed of those up to 4: a program for a machine
/// with a stack and a memo, one byte an instruction.
/// Source of the facts: Python's `Lib/pickletools.py`, which documents each instruction.
enum Pickle {
  /// The pickle of a value, by protocol 2.
  static func encode(_ value: Pickled) -> [UInt8] {
    var bytes: [UInt8] = [0x80, 2]
    append(value, to: &bytes)
    bytes.append(UInt8(ascii: "."))
    return bytes
  }

  private static func append(_ value: Pickled, to bytes: inout [UInt8]) {
    func op(_ letter: Unicode.Scalar) { bytes.append(UInt8(ascii: letter)) }
    switch value {
    case .none: op("N")
    case .boolean(let flag): bytes.append(flag ? 0x88 : 0x89)
    case .integer(let number):
      if let short = Int32(exactly: number) {
        op("J")
        withUnsafeBytes(of: short.littleEndian) { bytes += $0 }
      } else {
        bytes += [0x8a, 8]
        withUnsafeBytes(of: Int64(number).littleEndian) { bytes += $0 }
      }
    case .real(let number):
      op("G")
      withUnsafeBytes(of: number.bitPattern.bigEndian) { bytes += $0 }
    case .string(let text):
      op("X")
      withUnsafeBytes(of: UInt32(text.utf8.count).littleEndian) { bytes += $0 }
      bytes += text.utf8
    case .tuple(let elements):
      op("(")
      for element in elements { append(element, to: &bytes) }
      op("t")
    case .list(let elements):
      op("]")
      op("(")
      for element in elements { append(element, to: &bytes) }
      op("e")
    case .dictionary(let pairs):
      op("}")
      append(items: pairs, to: &bytes)
    case .global(let module, let name):
      op("c")
      bytes += "\(module)\n\(name)\n".utf8
    case .call(let function, let arguments):
      append(function, to: &bytes)
      append(.tuple(arguments), to: &bytes)
      op("R")
    case .persistent(let key):
      append(key, to: &bytes)
      op("Q")
    }
  }

  private static func append(items: [Pickled.Pair], to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "("))
    for pair in items {
      append(pair.key, to: &bytes)
      append(pair.value, to: &bytes)
    }
    bytes.append(UInt8(ascii: "u"))
  }

  /// The value of a pickle; `name` is what an error calls it.
  ///
  /// - Throws: `pickle`.
  static func decode(_ bytes: [UInt8], name: String) throws(InterchangeError) -> Pickled {
    var machine = Machine(bytes: bytes, name: name)
    return try machine.run()
  }

  private struct Machine {
    let bytes: [UInt8]
    let name: String
    var position = 0
    var stack: [Pickled] = []
    var marks: [Int] = []
    var memo: [Int: Pickled] = [:]

    func fault(_ reason: String) -> InterchangeError {
      .pickle(name: name, reason: "\(reason) at byte \(position)")
    }

    mutating func take(_ count: Int) throws(InterchangeError) -> ArraySlice<UInt8> {
      guard count <= bytes.count - position else { throw fault("it is cut short") }
      defer { position += count }
      return bytes[position..<position + count]
    }

    mutating func number(_ size: Int) throws(InterchangeError) -> Int {
      try take(size).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func text(_ count: Int) throws(InterchangeError) -> String {
      String(decoding: try take(count), as: UTF8.self)
    }

    mutating func line() throws(InterchangeError) -> String {
      guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
        throw fault("a name does not end")
      }
      defer { position = end + 1 }
      return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    mutating func pop() throws(InterchangeError) -> Pickled {
      guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
        throw fault("it takes what is not there")
      }
      return value
    }

    mutating func popToMark() throws(InterchangeError) -> [Pickled] {
      guard let mark = marks.popLast() else { throw fault("it takes what is not there") }
      defer { stack.removeSubrange(mark...) }
      return Array(stack[mark...])
    }

    mutating func pop(_ count: Int) throws(InterchangeError) -> [Pickled] {
      var values: [Pickled] = []
      for _ in 0..<count { values.append(try pop()) }
      return values.reversed()
    }

    mutating func set(_ items: [Pickled]) throws(InterchangeError) {
      guard case .dictionary(var pairs) = try pop(), items.count.isMultiple(of: 2) else {
        throw fault("it sets items of what has none")
      }
      for index in stride(from: 0, to: items.count, by: 2) {
        pairs.append(.init(key: items[index], value: items[index + 1]))
      }
      stack.append(.dictionary(pairs))
    }

    mutating func extend(_ items: [Pickled]) throws(InterchangeError) {
      guard case .list(let elements) = try pop() else { throw fault("it extends what is no list") }
      stack.append(.list(elements + items))
    }

    mutating func call() throws(InterchangeError) {
      guard case .tuple(let arguments) = try pop() else {
        throw fault("it calls without arguments")
      }
      let function = try pop()
      // A dictionary that keeps its order is a dictionary here, always.
      let isDictionary = function == .global("collections", "OrderedDict") && arguments.isEmpty
      stack.append(isDictionary ? .dictionary([]) : .call(function, arguments))
    }

    mutating func recall(_ key: Int) throws(InterchangeError) {
      guard let value = memo[key] else { throw fault("it recalls what it never kept") }
      stack.append(value)
    }

    mutating func keep(_ key: Int) throws(InterchangeError) {
      guard let value = stack.last else { throw fault("it keeps what is not there") }
      memo[key] = value
    }

    mutating func run() throws(InterchangeError) -> Pickled {
      while true {
        let code = try take(1).first!
        switch Unicode.Scalar(code) {
        case ".": return try pop()
        case "\u{80}": _ = try number(1)
        case "\u{95}": _ = try number(8)
        case "(": marks.append(stack.count)
        case "N": stack.append(.none)
        case "\u{88}": stack.append(.boolean(true))
        case "\u{89}": stack.append(.boolean(false))
        case "J": stack.append(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
        case "K": stack.append(.integer(try number(1)))
        case "M": stack.append(.integer(try number(2)))
        case "\u{8a}":
          let size = try number(1)
          guard size <= 8 else { throw fault("an integer is too long") }
          let shift = 64 - 8 * size
          stack.append(.integer(size == 0 ? 0 : (try number(size) << shift) >> shift))
        case "G":
          let pattern = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
          stack.append(.real(Double(bitPattern: pattern)))
        case "X": stack.append(.string(try text(try number(4))))
        case "\u{8c}": stack.append(.string(try text(try number(1))))
        case ")": stack.append(.tuple([]))
        case "\u{85}": stack.append(.tuple(try pop(1)))
        case "\u{86}": stack.append(.tuple(try pop(2)))
        case "\u{87}": stack.append(.tuple(try pop(3)))
        case "t": stack.append(.tuple(try popToMark()))
        case "]": stack.append(.list([]))
        case "a": try extend(try pop(1))
        case "e": try extend(try popToMark())
        case "}": stack.append(.dictionary([]))
        case "s": try set(try pop(2))
        case "u": try set(try popToMark())
        case "c": stack.append(.global(try line(), try line()))
        case "\u{93}":
          guard case .string(let item) = try pop(), case .string(let module) = try pop() else {
            throw fault("a name is no text")
          }
          stack.append(.global(module, item))
        // A function for its arguments; a new object of a class for those of its making.
        case "R", "\u{81}": try call()
        // The state that an object is given beside its contents says nothing here.
        case "b": _ = try pop()
        case "Q": stack.append(.persistent(try pop()))
        case "q": try keep(try number(1))
        case "r": try keep(try number(4))
        case "\u{94}": try keep(memo.count)
        case "h": try recall(try number(1))
        case "j": try recall(try number(4))
        default: throw fault("it has an instruction \(code) that is not known here")
        }
      }
    }
  }
}
