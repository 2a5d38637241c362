import Schema

/// The names that a program is read with: commands, built-in functions and the families of what
/// words can name, which own definitions add to.
struct Vocabulary {
  private(set) var commands: [String: Command] = [:]
  private(set) var builtins: [String: FunctionObject] = [:]
  private(set) var constants: [String: Value] = [:]
  /// Reads a program that another one runs, by its path; nil where it cannot be read, or not yet.
  var program: ((_ path: String) -> Source?)?
  private var members: [Family: [String: Declaration]] = [:]
  /// Every option of every member, for commands that accept the options of what a handle is.
  private var optionWords: [String: Set<String>] = [:]

  init(
    commands: [Command], builtins: [Builtin], families: [Family: [Declaration]],
    constants: [String: Value]
  ) {
    for command in commands { self.commands[command.declaration.name] = command }
    for builtin in builtins {
      self.builtins[builtin.declaration.name] = FunctionObject(builtin: builtin)
    }
    self.constants = constants
    for (family, declarations) in families {
      for declaration in declarations { define(declaration, in: family) }
    }
  }

  mutating func define(_ declaration: Declaration, in family: Family) {
    members[family, default: [:]][declaration.name] = declaration
    for parameter in declaration.parameters {
      let words = parameter.domain.fixedWords.map(\.text)
      if !words.isEmpty { optionWords[parameter.name, default: []].formUnion(words) }
    }
  }

  /// The member of that name. One whose own name ends in a colon stands for every name that begins
  /// so: `gym:` for `gym:CartPole-v1`.
  func member(_ name: String, of family: Family) -> Declaration? {
    if let member = members[family]?[name] { return member }
    guard let colon = name.firstIndex(of: ":"), name.index(after: colon) < name.endIndex else {
      return nil
    }
    return members[family]?[String(name[...colon])]
  }

  func memberNames(of family: Family) -> [String] { (members[family] ?? [:]).keys.sorted() }

  /// Whether some member's option of that name takes this word.
  func isOptionWord(_ word: String, of option: String) -> Bool {
    optionWords[option]?.contains(word) == true
  }

  /// The value of a built-in function or constant.
  func value(of name: String) -> Value? {
    if let builtin = builtins[name] { return .object(builtin) }
    return constants[name]
  }
}
