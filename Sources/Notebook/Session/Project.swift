import Glibc
import Language

/// The folder that a session belongs to: where its store lies and below which a script may read and
/// write.
package struct Project {
  /// Absolute, links resolved.
  package let folder: String
  /// Other paths given on the command line: those too are open to a script.
  private let allowed: [String]
  /// At the prompt a person names the path, and may name any.
  private let isConfined: Bool
  /// What was read of it lately.
  private let reads = ReadFiles()

  /// - Parameters:
  ///   - folder: the folder given by `--project`; without it the nearest folder upward that holds
  ///     `.rlhs/`, else the working folder.
  ///   - allowed: paths from the command line.
  package init(folder: String?, allowed: [String], isConfined: Bool) throws(RunError) {
    let working = Self.resolved(".") ?? "/"
    if let folder {
      guard let path = Self.resolved(folder), Self.isFolder(path) else {
        throw RunError(.file, "the project folder `\(folder)` does not exist")
      }
      self.folder = path
    } else {
      self.folder = Self.nearestStore(from: working) ?? working
    }
    self.allowed = allowed.compactMap(Self.resolved)
    self.isConfined = isConfined
  }

  /// The path to use for a name that a script gave, relative to the working folder.
  /// - Throws: kind `file` where it lies outside the project and was not named on the command line.
  package func path(_ name: String) throws(RunError) -> String {
    guard isConfined else { return name }
    guard let real = Self.resolved(name) else {
      throw RunError(.file, "`\(name)` cannot be reached: its folder does not exist")
    }
    let inside = ([folder] + allowed).contains { real == $0 || real.hasPrefix(Self.asPrefix($0)) }
    guard inside else {
      throw RunError(
        .file, "`\(name)` lies outside the project folder `\(folder)`",
        hint: "use a path below it, give the path on the command line, or set --project")
    }
    return name
  }

  /// The same for a file that is about to be read.
  func input(_ name: String) throws(RunError) -> String {
    let path = try path(name)
    reads.note(path)
    return path
  }

  /// The paths given by `input` since the last time.
  func takeReads() -> Set<String> { reads.take() }

  private static func asPrefix(_ folder: String) -> String {
    folder.hasSuffix("/") ? folder : folder + "/"
  }

  private static func nearestStore(from start: String) -> String? {
    var folder = start
    while true {
      if isFolder(asPrefix(folder) + ".rlhs") { return folder }
      guard folder != "/", let slash = folder.lastIndex(of: "/") else { return nil }
      folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The absolute path with links resolved as far as it exists; what does not exist yet is appended
  /// as it is, unless it climbs with `..`.
  private static func resolved(_ name: String) -> String? {
    var missing: [Substring] = []
    var path = Substring(name.isEmpty ? "." : name)
    while true {
      if let real = realpath(String(path), nil) {
        defer { free(real) }
        let base = String(cString: real)
        guard !missing.contains("..") else { return nil }
        return missing.isEmpty ? base : asPrefix(base) + missing.reversed().joined(separator: "/")
      }
      while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
      if let slash = path.lastIndex(of: "/") {
        missing.append(path[path.index(after: slash)...])
        path = slash == path.startIndex ? "/" : path[..<slash]
      } else if path == "." {
        return nil
      } else {
        missing.append(path)
        path = "."
      }
    }
  }
}
