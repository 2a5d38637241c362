#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Files that are replaced as a whole: whatever happens, a crash and a full disk included, a reader
/// finds the old contents or the new, never a part.
package enum AtomicFile {
  /// Makes `pieces`, one after the other, the contents of the file at `path`, and returns when they
  /// are on the disk. Folders that are missing are made. `previous` is a path under which the old
  /// file stays.
  package static func replace(
    _ path: String, with pieces: [[UInt8]], keeping previous: String? = nil
  ) throws(StoreError) {
    let path = try target(of: path)
    let (folder, name) = split(path)
    try makeFolder(folder)
    let draft = "\(folder)/.\(name).partial"
    let file = try openLocked(draft, for: path)
    defer { close(file) }
    do throws(StoreError) {
      if ftruncate(file, 0) != 0 { throw StoreError.system(path, "written") }
      for piece in pieces { try append(piece, to: file, path) }
      if synchronize(file) != 0 { throw StoreError.system(path, "written") }
      if let previous, access(path, F_OK) == 0 {
        // Linked, so that at no moment `path` is missing; not every file system has links.
        unlink(previous)
        if link(path, previous) != 0, rename(path, previous) != 0 {
          throw StoreError.system(previous, "written")
        }
      }
      if rename(draft, path) != 0 { throw StoreError.system(path, "written") }
    } catch {
      unlink(draft)
      throw error
    }
    try synchronizeFolder(folder)
  }

  /// Makes a folder, and those it lies in where they are missing. They last through a loss of power.
  static func makeFolder(_ path: String) throws(StoreError) {
    let (parent, _) = split(path)
    if mkdir(path, 0o777) == 0 { return try synchronizeFolder(parent) }
    if errno == EEXIST { return }
    guard errno == ENOENT, parent != path else { throw .system(path, "made") }
    try makeFolder(parent)
    // Once: below a link that leads nowhere it fails for ever.
    if mkdir(path, 0o777) != 0, errno != EEXIST { throw .system(path, "made") }
    try synchronizeFolder(parent)
  }

  /// The file that `path` names, through links. What is there must be a plain file: taking the place
  /// of a device or a pipe would break it for everyone.
  private static func target(of path: String) throws(StoreError) -> String {
    var facts = stat()
    guard stat(path, &facts) == 0 else { return path }
    guard facts.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
    guard let resolved = realpath(path, nil) else { throw .system(path, "written") }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The folder that a path lies in, and its last part.
  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    return (folder, String(path[path.index(after: slash)...]))
  }

  /// Opens a draft that no other process is writing. What a killed process left is taken over, so
  /// drafts do not pile up.
  private static func openLocked(_ draft: String, for path: String) throws(StoreError) -> Int32 {
    while true {
      let file = open(draft, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
      guard file >= 0 else { throw .system(path, "written") }
      lock(file)
      // While we waited, its writer may have renamed the draft: then this is the finished file.
      var ours = stat()
      var current = stat()
      if fstat(file, &ours) == 0, lstat(draft, &current) == 0, ours.st_ino == current.st_ino,
        ours.st_dev == current.st_dev
      {
        return file
      }
      close(file)
    }
  }

  /// Carries out `body` while no other process does so for the same folder.
  static func alone<Result>(in folder: String, _ body: () throws -> Result) throws -> Result {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreError.system(folder, "read") }
    defer { close(descriptor) }
    lock(descriptor)
    return try body()
  }

  /// Waits until this process alone holds the file. A file system without locks goes without.
  private static func lock(_ file: Int32) {
    while flock(file, LOCK_EX) != 0, errno == EINTR {}
  }

  private static func append(
    _ bytes: [UInt8], to file: Int32, _ path: String
  ) throws(StoreError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        write(file, buffer.baseAddress! + written, buffer.count - written)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw .system(path, "written")
      }
      written += count
    }
  }

  /// Waits until the file is on the disk itself, which on macOS takes more than `fsync`.
  private static func synchronize(_ file: Int32) -> Int32 {
    #if canImport(Darwin)
      if fcntl(file, F_FULLFSYNC) == 0 { return 0 }
    #endif
    return fsync(file)
  }

  /// Makes a name just given last through a loss of power.
  private static func synchronizeFolder(_ folder: String) throws(StoreError) {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(folder, "read") }
    defer { close(descriptor) }
    // Some file systems cannot do this for a folder, and say EINVAL.
    if fsync(descriptor) != 0, errno != EINVAL { throw .system(folder, "written") }
  }
}
