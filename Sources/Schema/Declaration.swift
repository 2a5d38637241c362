/// One parameter of something that can be named and set.
public struct Parameter: Sendable {
  /// What it is called, in the field's words.
  public var name: String
  /// What it can be set to.
  public var domain: Domain
  /// How it is written in a command.
  public var form: Form
  /// What holds when it is not given.
  public var defaultValue: Default
  /// One line that ends with a full stop.
  public var summary: String
  /// Where a search looks for good values when none are given; nil leaves it out.
  public var searchSpace: SearchSpace?
  /// A function given for it runs elsewhere, as a frozen copy: it may not assign what is around it.
  public var isFrozen: Bool

  /// How it is written in a command.
  public enum Form: Sendable, Hashable {
    /// By place, or by its name.
    case positional
    /// By place; where the value given is of another kind, the current object is meant and the value
    /// belongs to the next parameter: `train a steps=10` and `train steps=10`.
    case subject
    /// Only by its name: `steps=10`.
    case option
    /// All remaining values: `print a b c`.
    case variadic
  }

  /// What holds when it is not given.
  public enum Default: Sendable {
    case required
    case setting(Setting)
    /// Said in words, and decided by who declares it: `the preset's`.
    case described(String)
  }

  /// Made of its parts; most have a default.
  public init(
    _ name: String, _ domain: Domain, _ form: Form = .option, default defaultValue: Default,
    _ summary: String, search searchSpace: SearchSpace? = nil, isFrozen: Bool = false
  ) {
    self.name = name
    self.domain = domain
    self.form = form
    self.defaultValue = defaultValue
    self.summary = summary
    self.searchSpace = searchSpace
    self.isFrozen = isFrozen
  }
}

/// A sensible space of values to search.
public enum SearchSpace: Sendable, Hashable {
  case uniform(Double, Double)
  case logUniform(Double, Double)
  case integers(Int, Int)
  case choice([Setting])
}

/// An example: source, and what it shows. Both run and are compared in the tests.
public struct Example: Sendable {
  /// The program.
  public var source: String
  /// What it prints to standard output, or the last lines of it; nil where that is not fixed.
  public var output: String?

  /// An example and what it prints.
  public init(_ source: String, gives output: String? = nil) {
    self.source = source
    self.output = output
  }
}

/// Anything a user can name and set, declared once: a command, a function, an environment, an
/// algorithm, a feedback method, a teacher, a sampler.
public struct Declaration: Sendable {
  /// What it is called, in the field's words.
  public var name: String
  /// One line that ends with a full stop.
  public var summary: String
  /// In the order of places, options after them.
  public var parameters: [Parameter]
  /// Each runs in the tests.
  public var examples: [Example]
  /// The heading under which help lists it, such as `agents`.
  public var group: String
  /// More than a line, where it is needed.
  public var details: String
  /// The paper or programme it follows, if any.
  public var source: String?
  /// Options that this declaration does not list itself and that come from what a handle is:
  /// `set a learning_rate=…`. They are checked when it runs. Of a member of a family: options that
  /// what it names takes beside its own, whatever they are.
  public var acceptsOtherOptions: Bool
  /// With a block it defines a new member of this family: `env Pit { … }`.
  public var defines: Family?

  /// Made of its parts; most have a default.
  public init(
    name: String, summary: String, parameters: [Parameter] = [], examples: [Example] = [],
    group: String = "", details: String = "", source: String? = nil,
    acceptsOtherOptions: Bool = false,
    defines: Family? = nil
  ) {
    self.name = name
    self.summary = summary
    self.parameters = parameters
    self.examples = examples
    self.group = group
    self.details = details
    self.source = source
    self.acceptsOtherOptions = acceptsOtherOptions
    self.defines = defines
  }

  /// The parameter of that name, if any.
  public func parameter(_ name: String) -> Parameter? { parameters.first { $0.name == name } }
}

/// A type that declares what can be set of it.
public protocol Configurable {
  static var declaration: Declaration { get }
}

/// All that can be named in one program.
public struct Catalogue: Sendable {
  /// All commands, in the order in which help lists them.
  public var commands: [Declaration]
  /// All built-in functions.
  public var functions: [Declaration]
  /// What one word chooses from a list, by family.
  public var families: [Family: [Declaration]]
  /// Kinds of live objects that values can be, beside the plain types.
  public var handleKinds: [String]

  /// Made of its parts; most have a default.
  public init(
    commands: [Declaration] = [], functions: [Declaration] = [],
    families: [Family: [Declaration]] = [:], handleKinds: [String] = []
  ) {
    self.commands = commands
    self.functions = functions
    self.families = families
    self.handleKinds = handleKinds
  }
}
