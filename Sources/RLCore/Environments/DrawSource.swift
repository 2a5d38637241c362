/// Where a game's chances come from: a random stream, or in a test a script of what another
/// implementation drew. Generic code over it is specialised, so a stream costs what it costs alone.
protocol DrawSource {
  /// A number in [0, 1).
  mutating func uniform() -> Double
  /// An integer from 0 up to but not including `bound`.
  mutating func integer(below bound: Int) -> Int
}

extension RandomSource: DrawSource {}
