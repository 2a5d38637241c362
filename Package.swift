// swift-tools-version: 6.2
import PackageDescription

/// Targets in strict order: each sees only those before it, and names all that it imports, or an
/// incremental build would leave it as it was. `Schema` holds what can be named and set; `RLCore` is
/// pure compute; `Language` knows no reinforcement-learning word; `Notebook` brings them together.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
  name: "rlhs",
  products: [
    .executable(name: "rlhs", targets: ["rlhs"]),
    .library(name: "RLCore", targets: ["RLCore"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
  ],
  targets: [
    .target(name: "CKernels", linkerSettings: [.linkedLibrary("m")]),
    .target(name: "CLineEditor", linkerSettings: [.linkedLibrary("edit")]),
    .target(name: "Schema", swiftSettings: strict),
    .target(name: "RLCore", dependencies: ["Schema", "CKernels"], swiftSettings: strict),
    .target(name: "Language", dependencies: ["Schema"], swiftSettings: strict),
    .target(
      name: "Interchange", dependencies: ["RLCore", "Schema", "CKernels"], swiftSettings: strict),
    .target(
      name: "Bridge", dependencies: ["RLCore", "Schema", "Interchange"], swiftSettings: strict),
    .target(
      name: "Store",
      dependencies: [
        "RLCore", "Schema", "Interchange", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .target(
      name: "Notebook",
      dependencies: [
        "RLCore", "Schema", "Language", "Interchange", "Bridge", "Store", "CLineEditor",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "rlhs",
      dependencies: [
        "Notebook", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "Benchmarks",
      dependencies: ["RLCore", "CKernels", "Schema", "Interchange", "Bridge"],
      swiftSettings: strict),
    .testTarget(name: "SchemaTests", dependencies: ["Schema"], swiftSettings: strict),
    .testTarget(
      name: "RLCoreTests", dependencies: ["RLCore", "Schema", "CKernels"],
      resources: [.copy("Traces")], swiftSettings: strict),
    .testTarget(
      name: "LanguageTests", dependencies: ["Language", "Schema"],
      exclude: ["Golden"], swiftSettings: strict),
    .testTarget(
      name: "InterchangeTests", dependencies: ["Interchange", "RLCore", "Schema"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "BridgeTests", dependencies: ["Bridge", "RLCore", "Schema"], swiftSettings: strict),
    .testTarget(
      name: "StoreTests", dependencies: ["Store", "RLCore", "Interchange"], swiftSettings: strict),
    .testTarget(
      name: "NotebookTests", dependencies: ["Notebook", "Language", "RLCore"],
      exclude: ["Terminal"],
      swiftSettings: strict),
    .testTarget(
      name: "ContractTests", dependencies: ["Notebook", "Language", "Schema"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)

// The fuzzer's main program comes with the compiler's instrumentation, so only `scripts/soak fuzz`
// builds it.
if Context.environment["RLHS_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "Fuzz", dependencies: ["Notebook", "Language", "Schema"], swiftSettings: strict))
}
