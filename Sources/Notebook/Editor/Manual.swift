import Language
import Schema
import Store

/// `rlhs reference DIR`: everything that can be named, as Markdown and as a page for `man`.
enum Manual {
  /// - Parameter usage: how the program is started, as its help says it.
  static func write(_ catalogue: Catalogue, usage: String, to folder: String) throws {
    let pages = Reference.pages(of: catalogue, title: "rlhs \(Version.text)")
    for page in pages {
      try AtomicFile.replace("\(folder)/\(page.path)", with: [Array(page.text.utf8)])
    }
    let manual = Reference.manualPage(
      of: catalogue, name: "rlhs", version: Version.text,
      summary: "reinforcement learning from human feedback, at a prompt and from scripts",
      usage: usage)
    try AtomicFile.replace("\(folder)/rlhs.1", with: [Array(manual.utf8)])
  }
}
