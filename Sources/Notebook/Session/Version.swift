/// The program's version, as records and reports carry it.
package enum Version {
  package static let text = "0.1.0"
}
