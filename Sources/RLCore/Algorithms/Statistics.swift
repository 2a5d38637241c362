/// The arithmetic mean.
///
/// - Precondition: not empty; so for all functions here.
public func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

/// The standard deviation of the population.
public func standardDeviation(_ values: [Double]) -> Double {
  let mean = mean(values)
  return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
}

/// The middle value, or the mean of the two in the middle.
public func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}

/// The interquartile mean: of what is left when a quarter, rounded down, is cut off at each end.
///
/// Source: Agarwal et al., "Deep Reinforcement Learning at the Edge of the Statistical Precipice",
/// 2021.
public func interquartileMean(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let cut = sorted.count / 4
  return mean(Array(sorted[cut..<(sorted.count - cut)]))
}

/// The percentile bootstrap's 95 % interval of a statistic, by default the mean. The draws are
/// fixed, so that the same values give the same interval.
public func bootstrapInterval(
  _ values: [Double], draws: Int = 2000, of statistic: ([Double]) -> Double = mean
) -> ClosedRange<Double> {
  var random = RandomSource(seed: 0).split("bootstrap")
  var sample = values
  var results = (0..<draws).map { _ in
    for index in sample.indices { sample[index] = values[random.integer(below: values.count)] }
    return statistic(sample)
  }
  results.sort()
  return results[draws * 25 / 1000]...results[draws * 975 / 1000 - 1]
}
