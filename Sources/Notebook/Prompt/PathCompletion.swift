import Glibc

/// Files and folders that a beginning of a path could mean, folders with a slash. Hidden ones come
/// only when asked for by their dot; what cannot be read gives none. Outside quotes, a path that is
/// no single word comes in quotes of its own.
func pathCandidates(for beginning: String, inQuotes: Bool) -> [Candidate] {
  let split = beginning.lastIndex(of: "/").map { beginning.index(after: $0) }
  let folder = split.map { String(beginning[..<$0]) } ?? ""
  let name = split.map { String(beginning[$0...]) } ?? beginning
  guard let directory = opendir(expandingHome(folder.isEmpty ? "." : folder)) else { return [] }
  defer { closedir(directory) }
  var found: [Candidate] = []
  while let entry = readdir(directory) {
    let file = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    guard file != ".", file != "..", file.hasPrefix(name) else { continue }
    guard !file.hasPrefix(".") || name.hasPrefix(".") else { continue }
    let ending = isFolder(expandingHome(folder + file)) ? "/" : ""
    let path = folder + file + ending
    let text = inQuotes || path.allSatisfy(isOfWord) ? path : "'\(path)'"
    found.append(Candidate(text: text, label: file + ending))
  }
  return found.sorted { $0.label < $1.label }
}

/// A word of the language ends at a space, a quote, a bracket and some marks.
private func isOfWord(_ character: Character) -> Bool {
  !character.isWhitespace && !"'\"()[]{};|,=#".contains(character)
}

private func expandingHome(_ path: String) -> String {
  guard path.hasPrefix("~/"), let home = getenv("HOME") else { return path }
  return String(cString: home) + path.dropFirst()
}

private func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}
