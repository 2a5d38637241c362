import Glibc
import Interchange

/// An image of pixels, drawn with smooth edges.
struct Raster {
  let width: Int
  let height: Int
  /// Red, green and blue of each pixel, row by row.
  private(set) var pixels: [UInt8]

  init(width: Int, height: Int, background: Int) {
    self.width = max(width, 1)
    self.height = max(height, 1)
    pixels = []
    pixels.reserveCapacity(self.width * self.height * 3)
    for _ in 0..<self.width * self.height {
      for shift in [16, 8, 0] { pixels.append(UInt8(background >> shift & 255)) }
    }
  }

  /// The image as a file.
  var png: [UInt8] { PNG.bytes(pixels: pixels, width: width, height: height) }

  /// Mixes a colour over a pixel; outside nothing happens.
  mutating func mix(_ x: Int, _ y: Int, _ color: Int, _ share: Double) {
    guard x >= 0, y >= 0, x < width, y < height, share > 0 else { return }
    let share = min(share, 1)
    for (index, shift) in [16, 8, 0].enumerated() {
      let place = (y * width + x) * 3 + index
      let new = Double(color >> shift & 255)
      pixels[place] = UInt8((Double(pixels[place]) * (1 - share) + new * share).rounded())
    }
  }

  /// A line with round ends: each pixel is covered by how near it lies.
  mutating func line(
    from a: Drawing.Point, to b: Drawing.Point, width: Double, _ color: Int
  ) {
    let half = width / 2
    let (dx, dy) = (b.x - a.x, b.y - a.y)
    let length = dx * dx + dy * dy
    let columns = pixelRange(min(a.x, b.x) - half - 1, max(a.x, b.x) + half + 1, self.width)
    let rows = pixelRange(min(a.y, b.y) - half - 1, max(a.y, b.y) + half + 1, height)
    for row in rows {
      for column in columns {
        let (px, py) = (Double(column) + 0.5 - a.x, Double(row) + 0.5 - a.y)
        let along = length > 0 ? min(max((px * dx + py * dy) / length, 0), 1) : 0
        let distance = hypot(px - along * dx, py - along * dy)
        mix(column, row, color, half + 0.5 - distance)
      }
    }
  }

  mutating func disc(_ center: Drawing.Point, radius: Double, _ color: Int) {
    line(from: center, to: center, width: 2 * radius, color)
  }

  /// A filled polygon, by the even-odd rule at four by four places in each pixel.
  mutating func area(_ points: [Drawing.Point], _ color: Int, opacity: Double) {
    guard let low = points.map(\.y).min(), let high = points.map(\.y).max() else { return }
    for row in pixelRange(low, high, height) {
      var cover: [Int: Int] = [:]
      for part in 0..<4 {
        let y = Double(row) + (Double(part) + 0.5) / 4
        let crossings = zip(points, points.dropFirst() + [points[0]]).compactMap { a, b in
          (a.y <= y) != (b.y <= y) ? a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x) : nil
        }.sorted()
        for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
          let start = Int((crossings[pair] * 4).rounded())
          let end = Int((crossings[pair + 1] * 4).rounded())
          for place in max(start, 0)..<max(min(end, width * 4), max(start, 0)) {
            cover[place / 4, default: 0] += 1
          }
        }
      }
      for (column, count) in cover { mix(column, row, color, Double(count) / 16 * opacity) }
    }
  }

  private func pixelRange(_ low: Double, _ high: Double, _ size: Int) -> Range<Int> {
    guard low.isFinite, high.isFinite, high >= 0, low < Double(size) else { return 0..<0 }
    let start = max(Int(low.rounded(.down)), 0)
    return start..<max(min(Int(high.rounded(.up)), size), start)
  }
}

extension Drawing {
  /// The drawing on light ground, `scale` pixels for each of its own.
  func raster(scale: Double) -> Raster {
    var raster = Raster(
      width: Int((width * scale).rounded(.up)), height: Int((height * scale).rounded(.up)),
      background: 0xffffff)
    let colors = Dictionary(uniqueKeysWithValues: Self.inks.map { ($0.key, $0.value.light) })
    func color(_ ink: String) -> Int { colors[ink] ?? 0 }
    func scaled(_ point: Point) -> Point { (point.x * scale, point.y * scale) }
    for shape in shapes {
      switch shape {
      case .line(let points, let ink, let width):
        for (a, b) in zip(points, points.dropFirst()) {
          raster.line(from: scaled(a), to: scaled(b), width: width * scale, color(ink))
        }
      case .area(let points, let ink, let opacity):
        raster.area(points.map(scaled), color(ink), opacity: opacity)
      case .disc(let center, let radius, let ink):
        raster.disc(scaled(center), radius: radius * scale, color(ink))
      case .text(let text, let place, let anchor, let ink, let size):
        let width = StrokeFont.width(of: text, size: size * scale)
        let start = scaled(place)
        let shift = anchor == .start ? 0 : anchor == .middle ? width / 2 : width
        for stroke in StrokeFont.strokes(of: text, size: size * scale) {
          let points = stroke.map { ($0.x + start.x - shift, $0.y + start.y) }
          for (a, b) in zip(points, points.dropFirst() + (points.count == 1 ? points[...] : [])) {
            raster.line(from: a, to: b, width: max(size * scale / 11, 1), color(ink))
          }
        }
      }
    }
    return raster
  }
}
