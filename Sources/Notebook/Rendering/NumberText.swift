import Glibc

/// `value` with so many decimals; `nan`, `inf` and `-inf` as words.
package func fixed(_ value: Double, decimals: Int) -> String {
  guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
  // The longest double has 309 digits before its point.
  let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
    let length = withVaList([Int32(min(max(decimals, 0), 40)), value]) {
      vsnprintf(buffer.baseAddress, buffer.count, "%.*f", $0)
    }
    return String(decoding: buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
  let isZero = text.hasPrefix("-") && text.dropFirst().allSatisfy { $0 == "0" || $0 == "." }
  return isZero ? String(text.dropFirst()) : text
}

/// `value` in about `digits` significant digits, short enough for a line of status: `231.5`,
/// `0.0123`, `1.2e-06`.
package func significant(_ value: Double, digits: Int = 4) -> String {
  guard value.isFinite, value != 0 else { return value == 0 ? "0" : fixed(value, decimals: 0) }
  let exponent = Int(log10(abs(value)).rounded(.down))
  if exponent < -4 || exponent >= 9 {
    let mantissa = fixed(value / pow(10, Double(exponent)), decimals: max(digits - 3, 0))
    let sign = exponent < 0 ? "-" : "+"
    return mantissa + "e" + sign + (abs(exponent) < 10 ? "0" : "") + String(abs(exponent))
  }
  return trimmed(fixed(value, decimals: max(digits - 1 - exponent, 0)))
}

/// A count with a unit of thousands in three digits: `950`, `12.3k`, `1.2M`, `50k`.
package func compact(_ value: Double) -> String {
  guard value.isFinite else { return fixed(value, decimals: 0) }
  var scaled = abs(value)
  var unit = 0
  while scaled >= 999.5, unit < countUnits.count - 1 {
    scaled /= 1000
    unit += 1
  }
  let decimals =
    unit == 0 && scaled == scaled.rounded() || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2
  return (value < 0 ? "-" : "") + trimmed(fixed(scaled, decimals: decimals)) + countUnits[unit]
}

package func compact(_ value: Int) -> String { compact(Double(value)) }

/// A duration in its two largest units: `0.4s`, `12s`, `3m 20s`, `2h 5m`, `1d 3h`.
package func duration(seconds: Double) -> String {
  guard seconds.isFinite, seconds >= 0 else { return "?" }
  if seconds < 9.95 { return fixed(seconds, decimals: seconds < 0.0995 ? 3 : 1) + "s" }
  guard seconds < 3.2e9 else { return "years" }
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole)s" }
  if whole < 3600 { return "\(whole / 60)m \(whole % 60)s" }
  if whole < 86_400 { return "\(whole / 3600)h \(whole % 3600 / 60)m" }
  return "\(whole / 86_400)d \(whole % 86_400 / 3600)h"
}

private let countUnits = ["", "k", "M", "G", "T"]

/// Without zeros at the end of the decimals.
private func trimmed(_ text: String) -> String {
  guard text.contains(".") else { return text }
  var text = text
  while text.last == "0" { text.removeLast() }
  if text.last == "." { text.removeLast() }
  return text
}
