/// A drawing of shapes in pixels, y downward. Colours are named by what they are for (`Style`'s
/// classes), so that as SVG they follow the reader's light or dark scheme.
package struct Drawing: Sendable {
  package let width: Double
  package let height: Double
  /// What it shows in words, for who cannot see it.
  package let label: String
  /// Later ones are drawn over earlier ones.
  package private(set) var shapes: [Shape] = []

  package typealias Point = (x: Double, y: Double)

  /// Where a text stands to its point.
  package enum Anchor: String, Sendable { case start, middle, end }

  package enum Shape: Sendable {
    case line([Point], ink: String, width: Double)
    case area([Point], ink: String, opacity: Double)
    case disc(Point, radius: Double, ink: String)
    case text(String, Point, Anchor, ink: String, size: Double)
  }

  package init(width: Double, height: Double, label: String) {
    self.width = width
    self.height = height
    self.label = label
  }

  package mutating func line(_ points: [Point], ink: String, width: Double = 1.5) {
    if points.count == 1 {
      shapes.append(.disc(points[0], radius: width, ink: ink))
    } else {
      shapes.append(.line(points, ink: ink, width: width))
    }
  }

  /// A filled polygon; `opacity` between 0 and 1 shades it.
  package mutating func area(_ points: [Point], ink: String, opacity: Double = 1) {
    shapes.append(.area(points, ink: ink, opacity: opacity))
  }

  package mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, ink: String, opacity: Double = 1
  ) {
    area(
      [(x, y), (x + width, y), (x + width, y + height), (x, y + height)], ink: ink,
      opacity: opacity)
  }

  package mutating func disc(_ center: Point, radius: Double, ink: String) {
    shapes.append(.disc(center, radius: radius, ink: ink))
  }

  package mutating func text(
    _ text: String, _ x: Double, _ y: Double, anchor: Anchor = .start, ink: String = "ink",
    size: Double = 12
  ) {
    shapes.append(.text(text, (x, y), anchor, ink: ink, size: size))
  }
}

extension Drawing {
  /// The drawing as an element of a page that holds `style`, or as a file of its own. `layered` is a
  /// second one of the same size over it, in a group of its own.
  package func markup(standalone: Bool, layered upper: Drawing? = nil) -> String {
    let name = standalone ? " xmlns=\"http://www.w3.org/2000/svg\"" : ""
    let size =
      standalone
      ? " width=\"\(Self.number(width))\"" : " style=\"max-width:\(Self.number(width))px\""
    let box = "0 0 \(Self.number(width)) \(Self.number(height))"
    let group = upper.map { "<g>\($0.body)</g>\n" } ?? ""
    return """
      <svg\(name) class="picture" role="img" viewBox="\(box)"\(size)>
      <title>\(escaped(label))</title>
      \(standalone ? "<style>\(Self.style)</style>\n" : "")\(body)\(group)</svg>
      """
  }

  /// The shapes alone, as elements.
  package var body: String { shapes.map { Self.element($0) + "\n" }.joined() }

  private static func element(_ shape: Shape) -> String {
    switch shape {
    case .line(let points, let ink, let width):
      return "<polyline class=\"\(ink)\" fill=\"none\" stroke-width=\"\(number(width))\" "
        + "stroke-linejoin=\"round\" stroke-linecap=\"round\" points=\"\(path(points))\"/>"
    case .area(let points, let ink, let opacity):
      let shade = opacity < 1 ? " fill-opacity=\"\(number(opacity))\"" : ""
      return "<polygon class=\"\(ink)\"\(shade) points=\"\(path(points))\"/>"
    case .disc(let center, let radius, let ink):
      return "<circle class=\"\(ink)\" cx=\"\(number(center.x))\" cy=\"\(number(center.y))\" "
        + "r=\"\(number(radius))\"/>"
    case .text(let text, let place, let anchor, let ink, let size):
      return "<text class=\"\(ink)\" x=\"\(number(place.x))\" y=\"\(number(place.y))\" "
        + "font-size=\"\(number(size))\" text-anchor=\"\(anchor.rawValue)\">\(escaped(text))</text>"
    }
  }

  private static func path(_ points: [Point]) -> String {
    points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
  }

  /// Two decimals are a hundredth of a pixel.
  private static func number(_ value: Double) -> String {
    let text = fixed(value, decimals: 2)
    guard text.contains(".") else { return text }
    var short = text[...]
    while short.last == "0" { short.removeLast() }
    if short.last == "." { short.removeLast() }
    return String(short)
  }

  /// Every class's colour as `0xRRGGBB`: on light ground, on dark, and on paper.
  static let inks: KeyValuePairs<String, (light: Int, dark: Int, paper: Int)> = [
    "ink": (0x1f2328, 0xe6edf3, 0x000000), "dim": (0x6e7781, 0x8b949e, 0x555555),
    "rule": (0xd8dee4, 0x30363d, 0xcccccc), "hint": (0x8b949e, 0x6e7781, 0x777777),
    "first": (0x0969da, 0x58a6ff, 0x0550ae), "second": (0xbf5700, 0xffa657, 0x953800),
    "third": (0x8250df, 0xbc8cff, 0x6639ba), "fourth": (0x1a7f37, 0x3fb950, 0x116329),
    "good": (0x1a7f37, 0x3fb950, 0x116329), "bad": (0xcf222e, 0xff7b72, 0xa40e26),
  ]

  /// The colours of every class, for light, dark and paper.
  package static let style: String = {
    func variables(_ color: (_ inks: (light: Int, dark: Int, paper: Int)) -> Int) -> String {
      inks.map { name, inks in
        let digits = String(color(inks), radix: 16)
        return "--\(name):#" + String(repeating: "0", count: 6 - digits.count) + digits
      }.joined(separator: ";")
    }
    let classes = inks.map { name, _ in
      "svg.picture .\(name){fill:var(--\(name))}"
        + "svg.picture polyline.\(name){fill:none;stroke:var(--\(name))}"
    }
    return """
      svg.picture{\(variables(\.light));font-family:ui-sans-serif,system-ui,sans-serif}
      @media(prefers-color-scheme:dark){svg.picture{\(variables(\.dark))}}
      @media print{svg.picture{\(variables(\.paper))}}
      \(classes.joined(separator: "\n"))
      """
  }()
}

/// Text as it stands inside markup and its attributes.
package func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    // Control characters are not allowed in XML, however written.
    case "\n", "\t": result.unicodeScalars.append(scalar)
    default: if scalar.value >= 0x20 { result.unicodeScalars.append(scalar) }
    }
  }
  return result
}

extension Style {
  /// The colour of a shape of this style.
  var ink: String {
    switch self {
    case .first, .selected: "first"
    case .second: "second"
    case .third: "third"
    case .fourth: "fourth"
    case .good: "good"
    case .bad, .error: "bad"
    default: "hint"
    }
  }
}

extension Scene {
  /// The scene as a picture so many pixels wide.
  package func drawing(width: Double, label: String) -> Drawing {
    let scale = width / (x.upperBound - x.lowerBound)
    let height = (y.upperBound - y.lowerBound) * scale
    var picture = Drawing(width: width, height: height, label: label)
    func place(_ point: Point) -> (x: Double, y: Double) {
      ((point.x - x.lowerBound) * scale, height - (point.y - y.lowerBound) * scale)
    }
    for shape in shapes {
      switch shape {
      case .line(let points, let thickness, let style):
        picture.line(
          points.map(place), ink: style.ink, width: max(thickness * scale, 1))
      case .rectangle(let corner, let width, let height, let style):
        let upper = place(Point(corner.x, corner.y + height))
        picture.rectangle(upper.x, upper.y, width * scale, height * scale, ink: style.ink)
      case .disc(let center, let radius, let style):
        let center = place(center)
        picture.disc(center, radius: radius * scale, ink: style.ink)
      }
    }
    return picture
  }
}
