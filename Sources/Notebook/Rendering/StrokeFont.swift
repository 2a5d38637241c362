/// Letters as a few strokes each, for pictures made of pixels: plain, and readable at 10 pixels.
enum StrokeFont {
  /// What a grid unit is of the font size, the width of a letter's grid and the gap after it.
  private static let unit = 0.125
  private static let gap = 1.6

  /// The width of a text in pixels.
  static func width(of text: String, size: Double) -> Double {
    text.reduce(0) { $0 + advance(of: $1) } * unit * size
  }

  /// The strokes of a text from its baseline's start, as lines through points in pixels; a stroke of
  /// one point is a dot. A letter that has no form here is a small box.
  static func strokes(of text: String, size: Double) -> [[Drawing.Point]] {
    var x = 0.0
    var strokes: [[Drawing.Point]] = []
    for character in text {
      for stroke in form(of: character) {
        strokes.append(
          stroke.map { ((x + $0.x) * unit * size, ($0.y - baseline) * unit * size) })
      }
      x += advance(of: character)
    }
    return strokes
  }

  private static let baseline = 6.0

  private static func advance(of character: Character) -> Double {
    if character == " " { return 3 }
    let widest = form(of: character).joined().map(\.x).max() ?? 3
    return widest + gap
  }

  /// Points are two digits each, across from the left and down from the top of a capital letter.
  private static func form(of character: Character) -> [[Drawing.Point]] {
    let code = character == " " ? "" : forms[character] ?? "02 32 36 06 02"
    return code.split(separator: "/").map { stroke in
      stroke.split(separator: " ").map { point in
        let digits = point.utf8.map { Double($0) - 48 }
        return (digits[0], digits[1])
      }
    }
  }

  private static let forms: [Character: String] = [
    "0": "10 30 41 45 36 16 05 01 10", "1": "01 20 26/06 46", "2": "01 10 30 41 42 06 46",
    "3": "01 10 30 41 42 33 44 45 36 16 05/13 33", "4": "36 30 04 44",
    "5": "40 00 03 33 44 45 36 16 05",
    "6": "30 10 01 05 16 36 45 44 33 03", "7": "00 40 16",
    "8": "13 02 01 10 30 41 42 33 13 04 05 16 36 45 44 33",
    "9": "43 13 02 01 10 30 41 45 36 16", "A": "06 20 46/14 34",
    "B": "06 00 30 41 42 33 03/33 44 45 36 06",
    "C": "41 30 10 01 05 16 36 45", "D": "00 20 42 44 26 06 00", "E": "40 00 06 46/03 33",
    "F": "40 00 06/03 33", "G": "41 30 10 01 05 16 36 45 43 23", "H": "00 06/40 46/03 43",
    "I": "00 20/10 16/06 26", "J": "30 35 26 16 05", "K": "00 06/40 03 46", "L": "00 06 46",
    "M": "06 00 23 40 46", "N": "06 00 46 40", "O": "10 30 41 45 36 16 05 01 10",
    "P": "06 00 30 41 42 33 03", "Q": "10 30 41 45 36 16 05 01 10/24 46",
    "R": "06 00 30 41 42 33 03/23 46", "S": "41 30 10 01 02 13 33 44 45 36 16 05",
    "T": "00 40/20 26", "U": "00 05 16 36 45 40", "V": "00 26 40", "W": "00 16 23 36 40",
    "X": "00 46/40 06", "Y": "00 23 40/23 26", "Z": "00 40 06 46",
    "a": "12 22 33 36/33 13 04 05 16 26 35", "b": "00 06/03 12 22 33 35 26 16 05",
    "c": "33 22 12 03 05 16 26 35", "d": "30 36/33 22 12 03 05 16 26 35",
    "e": "04 34 33 22 12 03 05 16 26 35", "f": "30 20 11 16/03 23",
    "g": "32 37 28 18 07/33 22 12 03 05 16 26 35", "h": "00 06/03 12 22 33 36",
    "i": "02 06/00", "j": "12 17 08/10", "k": "00 06/32 04 36", "l": "00 05 16",
    "m": "02 06/03 12 23 26/23 32 43 46", "n": "02 06/03 12 22 33 36",
    "o": "12 22 33 35 26 16 05 03 12", "p": "02 08/03 12 22 33 35 26 16 05",
    "q": "32 38/33 22 12 03 05 16 26 35", "r": "02 06/03 12 22 33",
    "s": "33 22 12 03 14 24 35 26 16 05",
    "t": "10 15 26 36/02 32", "u": "02 05 16 26 35/32 36", "v": "02 26 42", "w": "02 16 23 36 42",
    "x": "02 36/32 06", "y": "02 26/42 18 08", "z": "02 32 06 36",
    ".": "06", ",": "06 07", ":": "02/05", ";": "02/05 07", "-": "03 23", "–": "03 33",
    "+": "03 43/21 25",
    "=": "02 32/04 34", "(": "20 01 05 26", ")": "00 21 25 06", "[": "10 00 06 16",
    "]": "00 10 16 06",
    "/": "06 30", "%": "06 40/01 10/36 45", "_": "06 46", "…": "06/26/46", "→": "03 43 32/43 34",
    "←": "43 03 12/03 14", "↑": "26 20 01/20 41", "↓": "20 26 05/26 45", "*": "12 34/32 14/22 24",
    "'": "00 01", "\"": "00 01/20 21", "!": "00 04/06", "?": "01 10 20 31 13 14/16",
    "<": "32 04 36",
    ">": "02 34 06", "#": "11 15/31 35/02 42/04 44", "&": "46 11 10 20 21 03 05 16 26 44",
    "~": "03 12 23 32",
    "|": "00 06", "^": "02 20 42", "@": "33 22 13 24 33 34 43 41 30 10 01 05 16 36",
  ]
}
