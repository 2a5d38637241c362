/// Scratch memory on a cache line's boundary, where vector loads never straddle two lines.
///
/// It holds what one computation leaves for the next: a struct that owns one asks
/// `isKnownUniquelyReferenced` before it writes, so copies of that struct stay independent.
final class AlignedBuffer: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int

  /// `count` zeros.
  init(count: Int) {
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
    base = raw.bindMemory(to: Float.self, capacity: max(count, 1))
    base.initialize(repeating: 0, count: max(count, 1))
    self.count = count
  }

  convenience init(copying other: AlignedBuffer) {
    self.init(count: other.count)
    base.update(from: other.base, count: other.count)
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }
}
