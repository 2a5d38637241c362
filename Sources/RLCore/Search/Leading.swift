/// The places of the first few of a list's elements in an order, without sorting the rest.
func leading<Element>(
  _ count: Int, of elements: [Element], by precedes: (Element, Element) -> Bool
) -> [Int] {
  var places: [Int] = []
  for index in elements.indices {
    if places.count == count {
      guard let last = places.last, precedes(elements[index], elements[last]) else { continue }
      places.removeLast()
    }
    let place = places.firstIndex { precedes(elements[index], elements[$0]) } ?? places.count
    places.insert(index, at: place)
  }
  return places
}
