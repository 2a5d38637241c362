#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What can go wrong while a file format is read or written: the facts. The wording is below.
package enum InterchangeError: Error, Equatable {
  /// The system refused: `verb` is what was tried, such as `read`, and `code` its `errno`.
  case file(path: String, verb: String, code: Int32)
  /// It is a folder, a pipe or a device.
  case notAFile(path: String)
  /// A text is no JSON at this byte, counted from 0.
  case json(offset: Int, reason: String)
  /// A file breaks the rules of the safetensors format. `name` is its path, or what holds the bytes.
  case safetensors(name: String, reason: String)
  /// A folder with a language model, or one of its files, that is unsound or of an unknown kind.
  case transformers(name: String, reason: String)
  /// A file is no zip archive that can be read here.
  case zip(name: String, reason: String)
  /// A file of Python objects breaks the rules of its format, or holds what is not known here.
  case pickle(name: String, reason: String)
  /// A file of Stable-Baselines3 holds no policy that can be used here.
  case stableBaselines(name: String, reason: String)
  /// An agent that another program's format cannot hold.
  case notExportable(format: String, reason: String)
}

extension InterchangeError: CustomStringConvertible {
  /// One sentence without a full stop, fit to be shown to a user.
  package var description: String {
    switch self {
    case .file(let path, let verb, let code):
      "\(path) cannot be \(verb): \(String(cString: strerror(code)))"
    case .notAFile(let path): "\(path) is not a plain file"
    case .json(let offset, let reason): "the JSON text is wrong at byte \(offset): \(reason)"
    case .safetensors(let name, let reason): "\(name) is no sound safetensors file: \(reason)"
    case .transformers(let name, let reason):
      "\(name) is not a language model that can be opened: \(reason)"
    case .zip(let name, let reason): "\(name) is no sound zip archive: \(reason)"
    case .pickle(let name, let reason): "\(name) is no sound file of PyTorch: \(reason)"
    case .stableBaselines(let name, let reason):
      "\(name) holds no policy of Stable-Baselines3 that can be used here: \(reason)"
    case .notExportable(let format, let reason):
      "the agent cannot be written as \(format): \(reason)"
    }
  }

  /// What to do about it, where that is known.
  package var hint: String? {
    switch self {
    case .file(_, _, ENOENT): "check the path; it is relative to the working folder"
    case .file(_, _, EACCES): "check the permissions of the file and of its folder"
    case .file, .json, .transformers, .stableBaselines, .notExportable: nil
    case .notAFile: "give the path of a file"
    case .zip, .pickle: "copy or save it again; the transfer or the writing was cut short"
    case .safetensors: "copy or save it again; the transfer or the writing was cut short"
    }
  }
}
