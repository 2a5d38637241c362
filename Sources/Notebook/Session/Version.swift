/// The program's version, as records and reports carry it.
enum Version {
  static let text = "0.1.0"
}
