extension ExportFormat {
  /// One page that needs nothing else: for a screen of any width, light or dark, and for paper.
  static let page = ExportFormat(
    ending: "html", summary: "One page with curves, tables and episodes that play."
  ) { report, name in
    var body = "<h1>\(escaped(report.title))</h1>\n"
    for cell in report.cells { body += section(cell, report) }
    if let feedback = report.feedback {
      // A teacher's hundreds of answers would bury what was typed.
      let count = feedback.rows.count
      let table = markup(of: feedback)
      let shown =
        count <= 20 ? table : "<details><summary>\(count) answers</summary>\n\(table)</details>\n"
      body += "<section>\n<h2>Feedback</h2>\n\(shown)</section>\n"
    }
    let hasFilm = report.cells.contains { cell in
      cell.items.contains { if case .picture(.film, _) = $0 { true } else { false } }
    }
    let page = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="generator" content="rlhs \(Version.text)">
      <link rel="icon" href="data:,">
      <title>\(escaped(report.title))</title>
      <style>\(Drawing.style)
      \(style)</style>
      </head>
      <body>
      <main>
      \(body)</main>
      \(hasFilm ? "<script>\(Film.script)</script>\n" : "")</body>
      </html>

      """
    return [ExportedFile(path: "\(name).html", text: page)]
  }

  private static func section(_ cell: Journal.Cell, _ report: Report) -> String {
    var text = "<section>\n"
    if !cell.title.isEmpty { text += "<h2>\(escaped(cell.title))</h2>\n" }
    let source = cell.sourceWithoutTitle
    text += "<div class=\"cell\"><span class=\"number\">[\(cell.number)]</span>"
    text += "<pre class=\"source\"><code>\(colored(source, report.highlights(source)))</code></pre>"
    text += "</div>\n"
    for item in cell.items {
      switch item {
      case .text(let output):
        text += "<pre class=\"output\">\(escaped(output.trimmedEnd))</pre>\n"
      case .picture(.table(let table), _): text += markup(of: table)
      case .picture(.film(let film), _): text += film.markup() + "\n"
      case .picture(let picture, _):
        text +=
          "<figure class=\"still\">\(picture.drawing?.markup(standalone: false) ?? "")</figure>\n"
      }
    }
    return text + "</section>\n"
  }

  /// The source with its parts as the prompt colours them.
  private static func colored(_ source: String, _ highlights: [Highlight]) -> String {
    let bytes = Array(source.utf8)
    var text = ""
    var place = 0
    func plain(to end: Int) {
      text += escaped(String(decoding: bytes[place..<end], as: UTF8.self))
      place = end
    }
    for highlight in highlights where highlight.range.lowerBound >= place {
      plain(to: highlight.range.lowerBound)
      text += "<span class=\"\(highlight.style)\">"
      plain(to: min(highlight.range.upperBound, bytes.count))
      text += "</span>"
    }
    plain(to: bytes.count)
    return text
  }

  private static func markup(of table: Table) -> String {
    func row(_ cells: [String], _ tag: String) -> String {
      "<tr>" + cells.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined() + "</tr>\n"
    }
    return "<div class=\"table\"><table>\n<thead>\(row(table.titles, "th"))</thead>\n<tbody>"
      + table.rows.map { row($0, "td") }.joined() + "</tbody>\n</table></div>\n"
  }

  private static let style = """
    :root{color-scheme:light dark;--back:#fff;--ink:#1f2328;--dim:#59636e;--soft:#f6f8fa;\
    --rule:#d1d9e0;--k:#8250df;--c:#0550ae;--o:#0a7a8a;--s:#116329;--n:#953800}
    @media(prefers-color-scheme:dark){:root{--back:#0d1117;--ink:#e6edf3;--dim:#9198a1;\
    --soft:#161b22;--rule:#30363d;--k:#d2a8ff;--c:#79c0ff;--o:#56d4dd;--s:#7ee787;--n:#ffa657}}
    body{margin:0;background:var(--back);color:var(--ink);\
    font:16px/1.5 ui-sans-serif,system-ui,sans-serif}
    main{max-width:48rem;margin:0 auto;padding:1.5rem 1rem 4rem}
    h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.2rem;margin:2rem 0 .5rem}
    section{margin:1.25rem 0}
    pre{margin:.4rem 0;overflow-x:auto;font:13px/1.35 ui-monospace,Menlo,Consolas,monospace}
    .cell{display:flex;gap:.6rem;align-items:baseline}
    .number{color:var(--dim);font:12px ui-monospace,monospace;min-width:2rem;text-align:right}
    .source{flex:1;min-width:0;background:var(--soft);border:1px solid var(--rule);\
    border-radius:6px;padding:.6rem .8rem}
    .output{white-space:pre-wrap;overflow-wrap:anywhere}summary{cursor:pointer;margin-left:2.6rem}
    .output,.table,figure{margin:.4rem 0 .4rem 2.6rem}
    svg.picture{display:block;width:100%;height:auto;}
    figcaption{color:var(--dim);font-size:.85rem;margin:.3rem 0}
    .controls{display:flex;gap:.6rem;align-items:center}
    .controls input{flex:1;min-width:4rem}.controls button{font-size:1rem;width:2.6rem;height:2rem}
    .controls output{font:12px ui-monospace,monospace;color:var(--dim);min-width:11rem}
    .frame{line-height:1.1;background:var(--soft);padding:.5rem;display:inline-block}
    .table{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
    th,td{text-align:left;padding:.25rem .7rem;border-bottom:1px solid var(--rule);\
    font-variant-numeric:tabular-nums;white-space:nowrap}\
    td:last-child{white-space:normal;min-width:8rem}
    .keyword{color:var(--k)}.command,.function{color:var(--c)}.option{color:var(--o)}\
    .string{color:var(--s)}.number{color:var(--n)}.cell .number{color:var(--dim)}\
    code .number{color:var(--n)}.comment{color:var(--dim)}.error{text-decoration:underline wavy red}
    @media(max-width:36rem){.output,.table,figure,summary{margin-left:0}.number{min-width:0}\
    .controls{flex-wrap:wrap}\
    figure.still{overflow-x:auto}figure.still svg.picture{width:max(100%,34rem)}}
    @media print{main{max-width:none;padding:0}.controls{display:none}\
    section{break-inside:avoid}pre{white-space:pre-wrap}}
    """
}
