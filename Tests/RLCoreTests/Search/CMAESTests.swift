import Testing

@testable import RLCore

@Suite struct CMAESTests {
  @Test func `eigenvectors of a symmetric matrix rebuild it`() {
    let matrix = [[4.0, 1, -2], [1, 3, 0.5], [-2, 0.5, 1]]
    let eigen = SymmetricEigen(matrix)
    for i in 0..<3 {
      for j in 0..<3 {
        let rebuilt = (0..<3).reduce(0.0) {
          $0 + eigen.values[$1] * eigen.vectors[$1][i] * eigen.vectors[$1][j]
        }
        #expect(abs(rebuilt - matrix[i][j]) < 1e-12)
        let product = zip(eigen.vectors[i], eigen.vectors[j]).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(product - (i == j ? 1 : 0)) < 1e-12)
      }
    }
  }

  @Test func `the mean moves by the weighted steps of the better half`() {
    var evolution = Evolution(mean: [0.5], sigma: 0.1, population: 4)
    evolution.update([0.56, 0.5, 0.44, 0.6].map { .init(point: [$0], loss: -$0) })
    // Weights log(2.5) - log(1) and log(2.5) - log(2), normalised: 0.80418, 0.19582.
    let (first, second) = (0.916_290_731_874, 0.223_143_551_314)
    let expected = 0.5 + (first * 0.1 + second * 0.06) / (first + second)
    #expect(abs(evolution.mean[0] - expected) < 1e-9)
  }

  @Test func `it narrows down on the bottom of an ellipse`() {
    var evolution = Evolution(dimensions: 4, sigma: 1.0 / 6)
    var random = RandomSource(seed: 3)
    var generations = 0
    while !evolution.hasConverged, generations < 400 {
      evolution.update(
        (0..<evolution.population).map { _ in
          let point = evolution.draw(using: &random)
          let loss = point.enumerated().reduce(0.0) { sum, entry in
            let distance = entry.element - 0.3
            return sum + distance * distance * (entry.offset % 2 == 0 ? 1 : 100)
          }
          return .init(point: point, loss: loss)
        })
      generations += 1
    }
    #expect(generations < 400)
    for coordinate in evolution.mean { #expect(abs(coordinate - 0.3) < 1e-6) }
  }
}
