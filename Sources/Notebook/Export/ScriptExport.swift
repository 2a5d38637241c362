extension ExportFormat {
  /// A script that does it all again.
  static let script = ExportFormat(ending: "rlhs", summary: "A script of the cells.") {
    report, name in
    let text = report.cells.map { cell in
      let source = cell.source
      return (source.hasPrefix("# %%") ? "" : "# %% \(cell.title)".trimmedEnd + "\n") + source
    }.joined(separator: "\n\n")
    return [ExportedFile(path: "\(name).rlhs", text: text + "\n")]
  }
}

extension String {
  /// Without white space at its end.
  var trimmedEnd: String {
    var text = self
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
