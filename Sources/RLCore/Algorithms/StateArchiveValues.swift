/// Writing and reading blocks of numbers by name.
extension StateArchive {
  /// Adds single-precision numbers.
  package mutating func add(_ name: String, _ values: [Float]) {
    add(name, .float32, values.withUnsafeBytes { Array($0) })
  }

  mutating func add(_ name: String, _ values: [Double]) {
    add(name, .float64, values.withUnsafeBytes { Array($0) })
  }

  /// Adds integers.
  package mutating func add(_ name: String, _ values: [Int]) {
    add(name, .int64, values.map(Int64.init).withUnsafeBytes { Array($0) })
  }

  mutating func add(_ name: String, _ values: [UInt64]) {
    add(name, .uint64, values.withUnsafeBytes { Array($0) })
  }

  /// Adds a vector by its bytes.
  mutating func add(_ name: String, _ type: ElementType, _ bytes: [UInt8]) {
    tensors.append(
      Tensor(name: name, elementType: type, shape: [bytes.count / type.size], bytes: bytes))
  }

  /// What a counter can be: more than anyone lives to see, and far from overflow.
  static let counts = 0..<(1 << 53)

  func contains(_ name: String) -> Bool { tensors.contains { $0.name == name } }

  func floats(_ name: String, count: Int? = nil) throws(CoreError) -> [Float] {
    try read(name, .float32, count)
  }

  func doubles(_ name: String, count: Int? = nil) throws(CoreError) -> [Double] {
    try read(name, .float64, count)
  }

  /// The integers of that name.
  ///
  /// - Throws: `damagedArchive` where they are missing, or not `count` of them.
  package func integers(_ name: String, count: Int? = nil) throws(CoreError) -> [Int] {
    (try read(name, .int64, count) as [Int64]).map(Int.init)
  }

  func words(_ name: String, count: Int? = nil) throws(CoreError) -> [UInt64] {
    try read(name, .uint64, count)
  }

  func bytes(_ name: String) throws(CoreError) -> [UInt8] { try read(name, .uint8, nil) }

  private func read<Element: BitwiseCopyable>(
    _ name: String, _ type: ElementType, _ count: Int?
  ) throws(CoreError) -> [Element] {
    guard let tensor = tensors.first(where: { $0.name == name }) else {
      throw .damagedArchive(reason: "`\(name)` is missing")
    }
    guard tensor.elementType == type else {
      throw .damagedArchive(reason: "`\(name)` holds \(tensor.elementType.rawValue)")
    }
    let elements = tensor.bytes.count / type.size
    guard count ?? elements == elements else {
      throw .damagedArchive(reason: "`\(name)` holds \(elements) numbers, not \(count ?? 0)")
    }
    return Array(unsafeUninitializedCapacity: elements) { buffer, count in
      UnsafeMutableRawBufferPointer(buffer).copyBytes(from: tensor.bytes)
      count = elements
    }
  }

  /// A string of the metadata.
  func text(_ key: String) throws(CoreError) -> String {
    guard let text = metadata[key] else {
      throw .damagedArchive(reason: "`\(key)` is missing")
    }
    return text
  }
}
