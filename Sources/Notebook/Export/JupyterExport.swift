import Language

extension ExportFormat {
  /// A Jupyter notebook (format 4.5), with outputs and pictures in it.
  ///
  /// Source: the nbformat documentation, "The Jupyter Notebook format".
  static let jupyter = ExportFormat(
    ending: "ipynb", summary: "A Jupyter notebook with its outputs."
  ) { report, name in
    var cells: [Value] = []
    for cell in report.cells {
      if !cell.title.isEmpty {
        cells.append(
          .map([
            "cell_type": .string("markdown"), "id": .string("title-\(cell.number)"),
            "metadata": .map([:]),
            "source": .string("## \(cell.title)"),
          ]))
      }
      cells.append(
        .map([
          "cell_type": .string("code"), "id": .string("cell-\(cell.number)"), "metadata": .map([:]),
          "execution_count": .integer(cell.number), "source": .string(cell.sourceWithoutTitle),
          "outputs": .list(cell.items.map(output)),
        ]))
    }
    let notebook = Value.map([
      "cells": .list(cells),
      "metadata": .map([
        "kernelspec": .map([
          "name": .string("rlhs"), "display_name": .string("rlhs"), "language": .string("rlhs"),
        ]),
        "language_info": .map([
          "name": .string("rlhs"), "file_extension": .string(".rlhs"),
          "version": .string(Version.text),
        ]),
        "title": .string(report.title),
      ]),
      "nbformat": .integer(4), "nbformat_minor": .integer(5),
    ])
    return [ExportedFile(path: "\(name).ipynb", text: notebook.json + "\n")]
  }

  private static func output(_ item: Journal.Item) -> Value {
    var data: OrderedMap
    switch item {
    case .text(let text):
      return .map([
        "output_type": .string("stream"), "name": .string("stdout"), "text": .string(text),
      ])
    case .picture(let picture, let lines):
      data = OrderedMap()
      data["text/plain"] = .string(lines.joined(separator: "\n"))
      switch picture {
      case .film(let film):
        data["text/html"] = .string(
          "<style>\(Drawing.style)</style>\n\(film.markup())<script>\(Film.script)</script>")
        if lines.isEmpty { data["text/plain"] = .string(film.title) }
      case .table, .chart, .bars, .heatMap:
        if let drawing = picture.drawing {
          data["image/svg+xml"] = .string(drawing.markup(standalone: true))
          if lines.isEmpty { data["text/plain"] = .string(drawing.label) }
        }
      }
    }
    return .map(["output_type": .string("display_data"), "metadata": .map([:]), "data": .map(data)])
  }
}
