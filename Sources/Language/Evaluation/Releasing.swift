/// Frees what holds other values without recursion: a list nested a million deep, or a chain of as
/// many functions, would else overflow the native stack when its last holder lets go.
enum Releasing {
  /// Whether freeing these could go deeper than one level: numbers and strings end here, lists and
  /// maps of them one level below.
  @inline(__always)
  static func isNeeded(_ values: UnsafeBufferPointer<Value>) -> Bool {
    for case .object(let object) in values {
      switch object.tag {
      case .list:
        let list = unsafeDowncast(object, to: ListObject.self)
        if list.elements.withUnsafeBufferPointer(holdsOthers) { return true }
      case .map:
        let map = unsafeDowncast(object, to: MapObject.self)
        if map.withMadeValues(holdsOthers) { return true }
      case .function, .box: return true
      case .string, .range, .block, .handle: break
      }
    }
    return false
  }

  private static func holdsOthers(_ values: UnsafeBufferPointer<Value>) -> Bool {
    for case .object(let object) in values {
      switch object.tag {
      case .list, .map, .function, .box: return true
      case .string, .range, .block, .handle: break
      }
    }
    return false
  }

  /// Takes apart, one after the other, all that nobody else holds.
  static func release(_ values: consuming ContiguousArray<Value>) {
    var pending = consume values
    while let value = pending.popLast() {
      guard case .object(var object) = consume value else { continue }
      if isKnownUniquelyReferenced(&object) { object.giveUp(to: &pending) }
    }
  }
}

extension ListObject {
  func takeAll() -> ContiguousArray<Value> {
    var taken = ContiguousArray<Value>()
    swap(&taken, &elements)
    return taken
  }
}

extension FunctionObject {
  func takeAll() -> ContiguousArray<Value> {
    let taken = ContiguousArray(captures.map { Value.object($0) })
    captures = []
    return taken
  }
}

extension Object {
  /// Hands over what it holds, so that freeing it goes no deeper.
  fileprivate func giveUp(to pending: inout ContiguousArray<Value>) {
    switch tag {
    case .list: pending.append(contentsOf: unsafeDowncast(self, to: ListObject.self).takeAll())
    case .map: pending.append(contentsOf: unsafeDowncast(self, to: MapObject.self).takeAll())
    case .function:
      pending.append(contentsOf: unsafeDowncast(self, to: FunctionObject.self).takeAll())
    case .box:
      let box = unsafeDowncast(self, to: Box.self)
      pending.append(box.value)
      box.value = .null
    case .string, .range, .block, .handle: break
    }
  }
}
