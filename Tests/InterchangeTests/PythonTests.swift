import Foundation
import Interchange
import RLCore
import Testing

/// Python's own package as the judge of the format.
struct PythonTests {
  private static let hasSafetensors = Python.has("numpy, safetensors.numpy")

  @Test(
    "Python's safetensors reads what is written here, and the reverse",
    .enabled(if: hasSafetensors, "python3 has no package safetensors"))
  func exchange() throws {
    try withTemporaryFolder { folder in
      let ours = folder + "/ours.safetensors"
      let theirs = folder + "/theirs.safetensors"
      try Data(Safetensors.encode(.sample)).write(to: URL(filePath: ours))
      let listing = try Python.run(
        """
        import hashlib, sys
        from safetensors import safe_open
        from safetensors.numpy import save_file
        with safe_open(sys.argv[1], framework="numpy") as file:
          tensors = {name: file.get_tensor(name) for name in file.keys()}
          metadata = file.metadata()
        for name in sorted(tensors):
          tensor = tensors[name]
          print(name, tensor.dtype, list(tensor.shape), tensor.tobytes().hex())
        save_file(tensors, sys.argv[2], metadata=metadata)
        """, ours, theirs)
      let types: [StateArchive.ElementType: String] = [
        .float32: "float32", .float64: "float64", .int32: "int32", .int64: "int64",
        .uint64: "uint64", .uint8: "uint8",
      ]
      let expected = StateArchive.sample.tensors.sorted { $0.name < $1.name }.map { tensor in
        let hex = tensor.bytes.map { String(format: "%02x", $0) }.joined()
        return "\(tensor.name) \(types[tensor.elementType]!) \(tensor.shape) \(hex)"
      }
      #expect(listing.split(separator: "\n").map(String.init) == expected)

      let back = try Safetensors.read(theirs)
      #expect(back.metadata == StateArchive.sample.metadata)
      func byName(_ archive: StateArchive) -> [StateArchive.Tensor] {
        archive.tensors.sorted { $0.name < $1.name }
      }
      #expect(byName(back) == byName(.sample))
    }
  }
}
