import Foundation
import Testing

@testable import Interchange

struct TensorBoardTests {
  @Test("The checksums are those of the standards' own example")
  func checksums() {
    #expect(CRC32.zip.checksum(of: "123456789".utf8) == 0xcbf4_3926)
    #expect(CRC32.castagnoli.checksum(of: "123456789".utf8) == 0xe306_9283)
  }

  @Test("An event file begins with a record that names its version")
  func version() {
    let bytes = TensorBoardLog(wallTime: 1.5).bytes
    #expect(bytes.prefix(8) == [24, 0, 0, 0, 0, 0, 0, 0])
    #expect(bytes.count == 8 + 4 + 24 + 4)
    #expect(String(decoding: bytes[23..<36], as: UTF8.self) == "brain.Event:2")
  }

  @Test(
    "TensorBoard's own reader gives back tags, steps, values and times",
    .enabled(if: Python.has("tensorboard"), "python3 has no package tensorboard"))
  func reader() throws {
    var log = TensorBoardLog(wallTime: 1000)
    log.add("rollout/ep_rew_mean", 21.5, step: 100, wallTime: 1000.25)
    log.add("train/loss", 1e-3, step: 100, wallTime: 1000.5)
    log.add("rollout/ep_rew_mean", -3, step: 3_000_000_000, wallTime: 1001)
    try withTemporaryFolder { folder in
      let path = "\(folder)/\(TensorBoardLog.fileName(wallTime: 1000))"
      try Data(log.bytes).write(to: URL(filePath: path))
      let listing = try Python.run(
        """
        import sys
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        events = EventAccumulator(sys.argv[1])
        events.Reload()
        for tag in sorted(events.Tags()["scalars"]):
          for event in events.Scalars(tag):
            print(tag, event.step, event.wall_time, round(event.value, 6))
        """, folder)
      #expect(
        listing == """
          rollout/ep_rew_mean 100 1000.25 21.5
          rollout/ep_rew_mean 3000000000 1001.0 -3.0
          train/loss 100 1000.5 0.001

          """)
    }
  }
}
