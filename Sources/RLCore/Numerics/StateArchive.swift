/// The whole state of something as named blocks of numbers and a few strings: what is hashed,
/// written to a checkpoint, and read back. The order of tensors is the order of adding and counts
/// towards the hash.
public struct StateArchive: Sendable, Equatable {
  /// In the order of adding.
  public var tensors: [Tensor] = []
  /// Strings by key, such as `format`, `algorithm` or settings as JSON. Kept sorted by key when
  /// written.
  public var metadata: [String: String] = [:]

  /// An empty archive.
  public init() {}

  /// A block of numbers in row-major order, little-endian.
  public struct Tensor: Sendable, Equatable {
    /// Unique within an archive, such as `dqn/weights`.
    public var name: String
    /// What its bytes mean.
    public var elementType: ElementType
    /// Row-major; empty for a single number.
    public var shape: [Int]
    /// The numbers, little-endian.
    public var bytes: [UInt8]

    /// A tensor of its parts.
    ///
    /// - Precondition: as many bytes as the shape has elements of this type.
    public init(name: String, elementType: ElementType, shape: [Int], bytes: [UInt8]) {
      precondition(
        bytes.count == shape.reduce(1, *) * elementType.size,
        "tensor \(name) of shape \(shape) has \(bytes.count) bytes")
      self.name = name
      self.elementType = elementType
      self.shape = shape
      self.bytes = bytes
    }
  }

  /// The element types of the safetensors format that are used here, by its names.
  public enum ElementType: String, Sendable {
    case float16 = "F16"
    case bfloat16 = "BF16"
    case float32 = "F32"
    case float64 = "F64"
    case int32 = "I32"
    case int64 = "I64"
    case uint64 = "U64"
    case uint8 = "U8"

    /// Bytes an element.
    public var size: Int {
      switch self {
      case .uint8: 1
      case .float16, .bfloat16: 2
      case .float32, .int32: 4
      case .float64, .int64, .uint64: 8
      }
    }
  }
}
