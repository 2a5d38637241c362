import Foundation
import Interchange
import RLCore
import Store
import Testing

struct CheckpointTests {
  private let temporary = TemporaryFolder()
  private var folder: String { temporary.path }

  @Test("A checkpoint comes back exactly, and its digest is what `write` said")
  func roundTrip() throws {
    let path = folder + "/models/deep/a.safetensors"
    let written = try CheckpointStore.write(archive(1), to: path)
    #expect(written == digest(of: archive(1)))
    #expect(try CheckpointStore.load(path) == archive(1))
  }

  @Test("A newer checkpoint replaces the old one and leaves no other file")
  func replacing() throws {
    let path = folder + "/a.safetensors"
    try CheckpointStore.write(archive(1), to: path)
    try CheckpointStore.write(archive(2), to: path)
    #expect(try CheckpointStore.load(path) == archive(2))
    #expect(try names(in: folder) == ["a.safetensors"])
  }

  @Test("The checkpoint before is kept where that is asked for")
  func keepingPrevious() throws {
    let path = folder + "/a.safetensors"
    for step: UInt8 in 1...3 {
      try CheckpointStore.write(archive(step), to: path, keepingPrevious: true)
    }
    #expect(try CheckpointStore.load(path) == archive(3))
    #expect(try CheckpointStore.load(CheckpointStore.previous(of: path)) == archive(2))
    #expect(try names(in: folder) == ["a.previous.safetensors", "a.safetensors"])
  }

  @Test("Any byte that changes is noticed, and the error names the sound one before")
  func damage() throws {
    let path = folder + "/a.safetensors"
    try CheckpointStore.write(archive(1), to: path)
    try CheckpointStore.write(archive(2), to: path, keepingPrevious: true)
    let sound = try [UInt8](Data(contentsOf: URL(filePath: path)))
    for place in sound.indices {
      var bytes = sound
      bytes[place] ^= 1
      try Data(bytes).write(to: URL(filePath: path))
      // Padding may change its form; what it holds may not.
      guard let error = loadingError(path) else {
        #expect(try CheckpointStore.load(path) == archive(2))
        continue
      }
      switch error {
      case .damagedCheckpoint(path, _, CheckpointStore.previous(of: path)): break
      case .notACheckpoint(path): break
      default: Issue.record("byte \(place): \(error)")
      }
    }
  }

  @Test("A flipped number gives a sentence that says what is wrong and what to do")
  func wording() throws {
    let path = folder + "/a.safetensors"
    try CheckpointStore.write(archive(1), to: path)
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes[bytes.count - 1] ^= 0x80
    try bytes.write(to: URL(filePath: path))
    #expect(
      loadingError(path)?.description
        == "checkpoint \(path) is damaged: its contents do not match its checksum")
    #expect(loadingError(path)?.hint == "load another checkpoint than \(path)")
  }

  @Test("A file without checksum, a folder and a missing file are told apart from damage")
  func noCheckpoint() throws {
    let path = folder + "/foreign.safetensors"
    try Data(Safetensors.encode(archive(1))).write(to: URL(filePath: path))
    #expect(loadingError(path) == .notACheckpoint(path: path))
    #expect(loadingError(folder) == .notACheckpoint(path: folder))
    let missing = folder + "/missing"
    #expect(loadingError(missing) == .file(path: missing, verb: "read", code: ENOENT))
  }

  @Test("A disk that fills leaves the old checkpoint whole and no draft")
  func fullDisk() async throws {
    let path = folder + "/a.safetensors"
    try CheckpointStore.write(archive(1), to: path)
    // A limit on the size of files stands for the disk's end; it holds for a whole process.
    await #expect(processExitsWith: .success) { [path = path as String] in
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
      precondition(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      do {
        try CheckpointStore.write(archive(2, size: 100_000), to: path, keepingPrevious: true)
        preconditionFailure("it was written")
      } catch {
        precondition(error as? StoreError == .diskFull(path: path), "\(error)")
      }
    }
    #expect(try CheckpointStore.load(path) == archive(1))
    #expect(try names(in: folder) == ["a.safetensors"])
  }

  @Test("A process killed while it writes leaves a whole checkpoint, and its draft is taken over")
  func killed() async throws {
    let path = folder + "/a.safetensors"
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      try CheckpointStore.write(archive(0, size: 200_000), to: path)
      let parent = getpid()
      Thread.detachNewThread {
        usleep(100_000)
        kill(parent, SIGKILL)
      }
      var step: UInt8 = 0
      while true {
        step &+= 1
        try CheckpointStore.write(archive(step, size: 200_000), to: path)
      }
    }
    let left = try CheckpointStore.load(path)
    #expect(left == archive(left.tensors[0].bytes[0], size: 200_000))
    try CheckpointStore.write(archive(9), to: path)
    #expect(try names(in: folder) == ["a.safetensors"])
  }

  @Test("Several that write to one path at once leave one of their checkpoints")
  func concurrency() async throws {
    let path = folder + "/a.safetensors"
    try await withThrowingTaskGroup { group in
      for writer: UInt8 in 1...4 {
        group.addTask {
          for _ in 0..<5 { try CheckpointStore.write(archive(writer, size: 50_000), to: path) }
        }
      }
      try await group.waitForAll()
    }
    let left = try CheckpointStore.load(path)
    #expect(left == archive(left.tensors[0].bytes[0], size: 50_000))
    #expect(try names(in: folder) == ["a.safetensors"])
  }

  @Test("A path in a folder that cannot be made gives an error and changes nothing")
  func impossibleFolder() throws {
    let file = folder + "/file"
    try Data("text".utf8).write(to: URL(filePath: file))
    #expect(throws: StoreError.file(path: file + "/a", verb: "written", code: ENOTDIR)) {
      try CheckpointStore.write(archive(1), to: file + "/a")
    }
    let link = folder + "/link"
    #expect(symlink("nowhere", link) == 0)
    #expect(throws: StoreError.file(path: link + "/b", verb: "made", code: ENOENT)) {
      try CheckpointStore.write(archive(1), to: link + "/b/a")
    }
    #expect(try names(in: folder) == ["file", "link"])
  }

  @Test("What is no plain file is left as it is", arguments: ["folder", "pipe", "link to a pipe"])
  func noPlainFile(name: String) throws {
    let path = folder + "/" + name
    #expect(mkdir(folder + "/folder", 0o700) == 0)
    #expect(mkfifo(folder + "/pipe", 0o600) == 0)
    #expect(symlink("pipe", folder + "/link to a pipe") == 0)
    #expect(throws: StoreError.notAFile(path: path)) {
      try CheckpointStore.write(archive(1), to: path)
    }
    #expect(try names(in: folder) == ["folder", "link to a pipe", "pipe"])
  }

  @Test("A link stays a link, and what it names is replaced")
  func links() throws {
    let path = folder + "/a.safetensors"
    try CheckpointStore.write(archive(1), to: path)
    let link = folder + "/latest.safetensors"
    #expect(symlink("a.safetensors", link) == 0)
    try CheckpointStore.write(archive(2), to: link)
    #expect(try CheckpointStore.load(path) == archive(2))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "a.safetensors")
  }

  private func loadingError(_ path: String) -> StoreError? {
    do {
      _ = try CheckpointStore.load(path)
      return nil
    } catch {
      return error
    }
  }

  private func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }
}

/// An archive told from others by the value that fills it.
private func archive(_ fill: UInt8, size: Int = 12) -> StateArchive {
  var archive = StateArchive()
  archive.tensors = [
    .init(
      name: "w", elementType: .uint8, shape: [size], bytes: .init(repeating: fill, count: size)),
    .init(name: "steps", elementType: .int64, shape: [], bytes: [1, 2, 3, 4, 5, 6, 7, 8]),
  ]
  archive.metadata = ["format": "rlhs", "algorithm": "dqn"]
  return archive
}
