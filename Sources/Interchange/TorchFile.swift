import Schema

/// Files of `torch.save`: a zip archive with a pickle, `data.pkl`, and the numbers of each storage in
/// a file of its own, `data/0`, `data/1`, …, little-endian.
///
/// The pickle calls `torch._utils._rebuild_tensor_v2` with a storage by its key, an offset, a shape
/// and strides. Limits: tensors of single precision, row-major.
/// Source of the facts: PyTorch's `torch/serialization.py` and `torch/_utils.py`.
enum TorchFile {
  /// A tensor of single precision, row-major.
  struct Tensor: Equatable {
    var shape: [Int]
    var values: [Float]
  }

  /// The bytes of a file that holds plain data.
  static func encode(_ value: Pickled) -> [UInt8] {
    archive(Pickle.encode(value), storages: [])
  }

  /// The bytes of a file that holds tensors by name, in their order.
  static func encode(_ tensors: [(name: String, tensor: Tensor)]) -> [UInt8] {
    let pairs = tensors.enumerated().map { index, entry in
      Pickled.Pair(key: .string(entry.name), value: pickled(entry.tensor, storage: index))
    }
    let storages = tensors.map { entry in
      entry.tensor.values.flatMap { value in
        withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init)
      }
    }
    return archive(Pickle.encode(.dictionary(pairs)), storages: storages)
  }

  private static func pickled(_ tensor: Tensor, storage: Int) -> Pickled {
    let place = Pickled.persistent(
      .tuple([
        .string("storage"), .global("torch", "FloatStorage"), .string("\(storage)"),
        .string("cpu"), .integer(tensor.values.count),
      ]))
    let strides = tensor.shape.indices.map { tensor.shape[($0 + 1)...].reduce(1, *) }
    return .call(
      .global("torch._utils", "_rebuild_tensor_v2"),
      [
        place, .integer(0), .tuple(tensor.shape.map(Pickled.integer)),
        .tuple(strides.map(Pickled.integer)), .boolean(false),
        .call(.global("collections", "OrderedDict"), []),
      ])
  }

  private static func archive(_ pickle: [UInt8], storages: [[UInt8]]) -> [UInt8] {
    var entries = [
      Zip.Entry(name: "archive/data.pkl", data: pickle),
      Zip.Entry(name: "archive/byteorder", data: Array("little".utf8)),
    ]
    for (index, bytes) in storages.enumerated() {
      entries.append(.init(name: "archive/data/\(index)", data: bytes))
    }
    entries.append(.init(name: "archive/version", data: Array("3\n".utf8)))
    return Zip.encode(entries)
  }

  /// The tensors of a file that holds them by name; what else it holds is left out.
  ///
  /// - Throws: `zip`, `pickle`.
  static func tensors(_ bytes: [UInt8], name: String) throws(InterchangeError) -> [String: Tensor] {
    let entries = try Zip.decode(bytes, name: name)
    guard let pickle = entries.first(where: { $0.name.hasSuffix("/data.pkl") }) else {
      throw .pickle(name: name, reason: "it holds no data.pkl")
    }
    let folder = pickle.name.dropLast("data.pkl".count)
    guard case .dictionary(let pairs) = try Pickle.decode(pickle.data, name: name) else {
      throw .pickle(name: name, reason: "it holds no tensors by name")
    }
    var tensors: [String: Tensor] = [:]
    for pair in pairs {
      guard case .string(let key) = pair.key, case .call(_, let parts) = pair.value else {
        continue
      }
      tensors[key] = try tensor(parts, key, name: name) { storage in
        entries.first { $0.name == "\(folder)data/\(storage)" }?.data
      }
    }
    return tensors
  }

  private static func tensor(
    _ parts: [Pickled], _ key: String, name: String, data: (String) -> [UInt8]?
  ) throws(InterchangeError) -> Tensor {
    func fault(_ reason: String) -> InterchangeError {
      .pickle(name: name, reason: "its tensor \(quote(key)) \(reason)")
    }
    guard parts.count >= 4, case .persistent(.tuple(let storage)) = parts[0], storage.count >= 3,
      storage[1] == .global("torch", "FloatStorage"), case .string(let place) = storage[2],
      case .integer(let offset) = parts[1], case .tuple(let extents) = parts[2],
      case .tuple(let strides) = parts[3]
    else { throw fault("is not of single precision") }
    let shape = extents.compactMap { if case .integer(let extent) = $0 { extent } else { nil } }
    var count = 1
    for extent in shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflows else { throw fault("has no sound shape") }
      count = product
    }
    let rowMajor = shape.indices.map { Pickled.integer(shape[($0 + 1)...].reduce(1, *)) }
    let isRowMajor = zip(zip(strides, rowMajor), shape).allSatisfy { $0.0 == $0.1 || $1 == 1 }
    guard shape.count == extents.count, strides.count == shape.count, isRowMajor else {
      throw fault("is not row-major")
    }
    guard let bytes = data(place), offset >= 0, count <= bytes.count / 4,
      offset <= bytes.count / 4 - count
    else { throw fault("lacks its numbers") }
    let values = bytes.withUnsafeBytes { raw in
      (0..<count).map { index in
        Float(
          bitPattern: UInt32(
            littleEndian: raw.loadUnaligned(
              fromByteOffset: 4 * (offset + index), as: UInt32.self)))
      }
    }
    return Tensor(shape: shape, values: values)
  }
}
