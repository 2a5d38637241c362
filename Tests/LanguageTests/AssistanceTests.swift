import Schema
import Testing

@testable import Language

/// A shop's words: nothing here is of the host that the language is made for.
private let catalogue: Catalogue = {
  let drinks = Family("drink")
  return Catalogue(
    commands: [
      Declaration(
        name: "brew", summary: "Makes a drink.",
        parameters: [
          Parameter("drink", .member(drinks), .positional, default: .required, "Which drink."),
          Parameter("cups", .integer(from: 1), default: .setting(1), "How many."),
          Parameter("hot", .boolean, default: .setting(true), "Whether it is heated."),
        ],
        examples: [Example("brew tea cups=2", gives: "two cups\n")], group: "kitchen",
        details: "A long story about leaves and beans."),
      Declaration(
        name: "serve", summary: "Puts a drink on a table.",
        parameters: [
          Parameter("drink", .handle("cup"), .subject, default: .described("the last"), "What."),
          Parameter(
            "side", .words([Word("left", "To the left."), Word("right", "To the right.")]),
            .positional, default: .setting("left"), "Where."),
          Parameter("steps", .integer(from: 0), default: .required, "How far."),
          Parameter("bill", .path, default: .described("none"), "Where the bill is written."),
          Parameter("tip", .real(0...1), default: .setting(0.1), "The share on top."),
        ], group: "hall"),
      Declaration(
        name: "time", summary: "Says how long something takes.",
        parameters: [
          Parameter("what", .either([.command, .block]), .positional, default: .required, "What.")
        ], group: "hall"),
      Declaration(
        name: "show", summary: "Writes values.",
        parameters: [Parameter("values", .anything, .variadic, default: .required, "What.")],
        group: "hall"),
      Declaration(
        name: "table", summary: "Makes a table, or defines a kind with a block.",
        parameters: [
          Parameter("kind", .member(Family("table")), .positional, default: .required, "Kind."),
          Parameter("definition", .block, .positional, default: .described("none"), "What."),
        ], group: "hall", defines: Family("table")),
      Declaration(
        name: "mix", summary: "Makes a drink of its own.",
        parameters: [
          Parameter("drink", .member(drinks), .positional, default: .required, "Which drink."),
          Parameter("settings", .block, .positional, default: .described("none"), "Its settings."),
        ], group: "kitchen"),
    ],
    functions: Builtins.all.map(\.declaration),
    families: [
      drinks: [
        Declaration(
          name: "tea", summary: "Leaves in water.",
          parameters: [
            Parameter("minutes", .positiveReal, default: .setting(3.5), "How long it draws.")
          ]),
        Declaration(name: "flat-white", summary: "Coffee with milk."),
      ]
    ])
}()

private func styles(_ text: String, names: [Assistance.KnownName] = []) -> [String] {
  let bytes = Array(text.utf8)
  return Assistance.highlights(of: text, catalogue: catalogue, names: names).map {
    "\($0.style):" + String(decoding: bytes[$0.range], as: UTF8.self)
  }
}

private func complete(
  _ text: String, names: [Assistance.KnownName] = []
) -> (candidates: [String], replaced: String, wantsPath: Bool) {
  let offset = text.utf8.count
  let found = Assistance.completions(of: text, at: offset, catalogue: catalogue, names: names)
  return (
    found.candidates.map(\.text),
    String(decoding: Array(text.utf8)[found.replacing], as: UTF8.self), found.wantsPath
  )
}

private func hint(_ text: String) -> String? {
  Assistance.hint(of: text, catalogue: catalogue)
}

@Suite("Colours")
struct HighlightTests {
  @Test("Commands, their words, options and values each have their colour")
  func commands() {
    #expect(
      styles("c = brew flat-white cups=2 hot=true  # two")
        == [
          "operator:=", "command:brew", "word:flat-white", "option:cups", "number:2", "option:hot",
          "keyword:true", "comment:# two",
        ])
    #expect(styles("brew tea minutes=2").contains("option:minutes"))
    #expect(styles("serve right steps=1").contains("word:right"))
    #expect(styles("serve cup right steps=1").contains("word:right"))
  }

  @Test("Unknown options, commands and words are errors at once")
  func errors() {
    #expect(styles("brew tea cup=2").contains("error:cup"))
    #expect(styles("brew flat-white minutes=2").contains("error:minutes"))
    #expect(styles("brwe tea").contains("error:brwe"))
    #expect(styles("brew tee cups=1").contains("error:tee"))
    #expect(styles("serve side=up").contains("error:up"))
    #expect(styles("brew(\"tea\", x=1)\nabs(y=1)").contains("error:y"))
    #expect(styles("1 + )").contains("error:)"))
  }

  @Test("What is still being typed is no error yet")
  func typing() {
    #expect(!styles("brew te").contains { $0.hasPrefix("error") })
    #expect(!styles("brw").contains { $0.hasPrefix("error") })
    #expect(styles("show \"half").last == "string:\"half")
    #expect(!styles("table Round { legs = 4 }").contains { $0.hasPrefix("error") })
  }

  @Test("A known name before an argument is no unknown command")
  func variables() {
    #expect(styles("x = 1\nx -1\nfoo 1").filter { $0.hasPrefix("error") } == ["error:foo"])
    #expect(styles("cup 1", names: [("cup", "integer")]).allSatisfy { !$0.hasPrefix("error") })
  }

  @Test("A variable hides the command or function of its name")
  func shadowing() {
    #expect(styles("time*2") == ["operator:*", "number:2"])
    #expect(styles("time + 1") == ["operator:+", "number:1"])
    #expect(styles("show len", names: [("len", "integer")]) == ["command:show"])
    #expect(styles("show len(x) pi") == ["command:show", "function:len", "function:pi"])
  }

  @Test("Blocks, functions and pipes begin statements and arguments of their own")
  func structure() {
    #expect(
      styles("for i in 1..3 { brew tea }\nif x { show 1 } else { show 2 }")
        == [
          "keyword:for", "keyword:in", "number:1", "operator:..", "number:3", "command:brew",
          "word:tea", "keyword:if", "command:show", "number:1", "keyword:else", "command:show",
          "number:2",
        ])
    #expect(
      styles("show fn(o) => if o[2] > 0 { 1 } else { 0 }")
        == [
          "command:show", "keyword:fn", "operator:=>", "keyword:if", "number:2", "operator:>",
          "number:0", "number:1", "keyword:else", "number:0",
        ])
    #expect(
      styles("xs | sort | serve left steps=2")
        == [
          "operator:|", "function:sort", "operator:|", "command:serve", "word:left", "option:steps",
          "number:2",
        ])
    #expect(
      styles("time brew tea cups=3")
        == ["command:time", "command:brew", "word:tea", "option:cups", "number:3"])
    #expect(styles("r = (brew tea cups=1).left").contains("option:cups"))
    #expect(styles("show {left: 1, brew: 2}") == ["command:show", "number:1", "number:2"])
    #expect(
      styles("a = [\n  1,\n  2\n]\nbrew tea").suffix(2) == ["command:brew", "word:tea"])
    #expect(styles("show 1 +\n  brew") == ["command:show", "number:1", "operator:+"])
  }

  @Test("Pieces are in order, do not overlap, and never fail, whatever is cut off")
  func robust() {
    let text = """
      table Round {
        legs = 4
        fn reset(rng) => {x: 0, y: 'ä'}
      }
      é = "{brew} \\n" ; for k, v in m { x.y[1] += -2 ** 3 }
      try { serve right steps=1..9 step 2 bill=out/a.st } catch e { show e.kind }
      ?words in help
      brew ?
      """
    let bytes = Array(text.utf8)
    for end in stride(from: 0, through: bytes.count, by: 3) {
      let part = String(decoding: bytes[..<end], as: UTF8.self)
      var last = 0
      for piece in Assistance.highlights(of: part, catalogue: catalogue) {
        #expect(piece.range.lowerBound >= last && !piece.range.isEmpty)
        last = piece.range.upperBound
      }
      #expect(last <= part.utf8.count)
      let found = Assistance.completions(of: part, at: end, catalogue: catalogue)
      #expect(found.replacing.upperBound <= end)
      _ = hint(part)
    }
  }

  @Test("A cell of a few hundred lines is no work to speak of")
  func speed() {
    let text = String(
      repeating: "for i in 1..10 { x = brew tea cups=i + 2 * len(\"abc\") }  # a comment\n",
      count: 300)
    let clock = ContinuousClock()
    let time = clock.measure { _ = Assistance.highlights(of: text, catalogue: catalogue) }
    // Unoptimised code on a busy machine; the optimised build needs 2 ms.
    #expect(time < .seconds(1))
  }
}

@Suite("Completion")
struct CompletionTests {
  @Test("Commands complete at heads")
  func heads() {
    #expect(complete("br").candidates == ["brew"])
    #expect(complete("x = br").candidates == ["brew"])
    #expect(complete("for i in 1..3 { se").candidates == ["serve"])
    #expect(complete("show 1\nse").candidates == ["serve"])
    #expect(complete("(se").candidates == ["serve"])
    #expect(complete("").candidates.contains("time"))
    #expect(complete("xs | so").candidates == ["sort("])
  }

  @Test("A command's words and options complete, the member's own first, given ones not again")
  func arguments() {
    #expect(complete("brew ").candidates == ["tea", "flat-white", "cups=", "hot="])
    #expect(complete("brew fl").candidates == ["flat-white"])
    #expect(complete("brew flat-w").replaced == "flat-w")
    #expect(complete("brew tea ").candidates == ["minutes=", "cups=", "hot="])
    #expect(complete("brew tea cups=2 ").candidates == ["minutes=", "hot="])
    #expect(complete("brew tea cups=2 h").candidates == ["hot="])
    #expect(complete("brew tea hot=").candidates == ["true", "false"])
    #expect(complete("brew tea hot=t").candidates == ["true"])
    #expect(complete("time brew te").candidates == ["tea"])
    #expect(complete("serve ri").candidates == ["right"])
    // Not the functions that begin so: an option does.
    #expect(complete("serve st").candidates == ["steps="])
  }

  @Test("Variables of the fitting kind complete")
  func variables() {
    let names: [Assistance.KnownName] = [("mug", "cup"), ("count", "integer"), ("much", "real")]
    #expect(complete("serve ", names: names).candidates.contains("mug"))
    #expect(!complete("serve ", names: names).candidates.contains("count"))
    #expect(complete("serve steps=", names: names).candidates == ["count"])
    #expect(complete("serve mu", names: names).candidates == ["mug"])
    #expect(complete("1 + mu", names: names).candidates == ["mug", "much"])
  }

  @Test("Functions and their parameters complete in expressions")
  func functions() {
    #expect(complete("x = 1 + spl").candidates == ["split("])
    #expect(complete("sort(xs, desc").candidates == ["descending="])
    let label = Assistance.completions(of: "x = 1 + clam", at: 12, catalogue: catalogue)
      .candidates.first?.label
    #expect(label == "clamp(x, low, high)")
  }

  @Test("A path is asked for where one is wanted, with its beginning")
  func paths() {
    let found = complete("serve bill=out/a.s")
    #expect(found.wantsPath)
    #expect(found.replaced == "out/a.s")
    #expect(!complete("brew ").wantsPath)
  }

  @Test("What a variable holds completes behind a dot")
  func members() {
    func members(_ text: String) -> [String] {
      Assistance.completions(of: text, at: text.utf8.count, catalogue: catalogue) {
        $0 == "mug" ? ["size", "sugar", "lid"] : []
      }.candidates.map(\.text)
    }
    #expect(members("mug.s") == ["size", "sugar"])
    #expect(members("show mug.") == ["size", "sugar", "lid"])
    #expect(members("x = 1 + mug.l") == ["lid"])
    #expect(members("other.s").isEmpty)
    #expect(members("a.mug.s").isEmpty)
    #expect(members("\"mug.s").isEmpty)
    let map = Value.map(["x": .null, "a b": .null])
    #expect(map.memberNames == ["x"])
  }

  @Test("Labels show type and default")
  func labels() {
    let found = Assistance.completions(of: "serve ", at: 6, catalogue: catalogue)
    let labels = found.candidates.map(\.label)
    #expect(labels.contains("tip: number 0 to 1 = 0.1"))
    #expect(labels.contains("steps: integer ≥ 0"))
    #expect(found.candidates.first { $0.text == "tip=" }?.summary == "The share on top.")
  }

  @Test("Nothing completes in strings and comments, and a block offers the settings of its kind")
  func places() {
    #expect(complete("show \"br").candidates.isEmpty)
    #expect(complete("# br").candidates.isEmpty)
    #expect(complete("serve.br").candidates.isEmpty)
    #expect(complete("mix tea { min").candidates.first == "minutes = ")
  }
}

@Suite("Hints and help")
struct HintAndHelpTests {
  @Test("The rest of the only word, or of the signature")
  func hints() {
    #expect(hint("brew flat") == "-white")
    #expect(hint("brew tea cups=2 ho") == "t=")
    #expect(hint("brew") == " DRINK [cups=…] [hot=…]")
    #expect(hint("brew tea ") == "[minutes=…] [cups=…] [hot=…]")
    #expect(hint("serve ") == "[DRINK] [SIDE] steps=… [bill=…] [tip=…]")
    #expect(hint("x = 1") == nil)
    #expect(hint("") == nil)
  }

  @Test("Only the rest of a word can be put into the line")
  func rests() {
    #expect(Assistance.rest(of: "brew flat", catalogue: catalogue) == "-white")
    #expect(Assistance.rest(of: "brew", catalogue: catalogue) == nil)
    #expect(Assistance.rest(of: "brew ", catalogue: catalogue) == nil)
    #expect(Assistance.signature(of: "brew flat", catalogue: catalogue) == nil)
  }

  @Test("A page has the usage, all parameters with defaults, and the examples")
  func pages() throws {
    let page = try #require(Help(catalogue).page(for: "brew"))
    #expect(
      page == """
        brew DRINK [cups=…] [hot=…]

        Makes a drink.

        arguments
          drink  a drink
              Which drink.
              tea flat-white

        options
          cups=  an integer from 1 up; default: 1
              How many.
          hot=  true or false; default: true
              Whether it is heated.

        A long story about leaves and beans.

        examples
          brew tea cups=2
          # two cups
        """)
    #expect(try #require(Help(catalogue).page(for: "clamp")).hasPrefix("clamp(x, low, high)"))
    #expect(try #require(Help(catalogue).page(for: "tea")).hasPrefix("tea (drink)"))
    #expect(Help(catalogue).page(for: "nothing") == nil)
  }

  @Test("Searching finds what mentions all words")
  func search() {
    #expect(Help(catalogue).search("leaves").split(separator: "\n").count == 2)
    #expect(Help(catalogue).search("leaves water") == "tea (drink)  Leaves in water.")
    let narrow = Help(catalogue, width: 16)
    #expect(narrow.search("leaves water") == "tea (drink)\n  Leaves in\n  water.")
    #expect(Help(catalogue).search("zebra").isEmpty)
    #expect(Help(catalogue).search(" ").isEmpty)
  }

  @Test("The overview lists every command under its heading")
  func overview() {
    let text = Help(catalogue).overview()
    #expect(
      text.hasPrefix(
        "kitchen\n  brew  Makes a drink.\n  mix   Makes a drink of its own.\n\nhall\n  serve  Puts")
    )
    for command in catalogue.commands { #expect(text.contains("  \(command.name)")) }
    for function in catalogue.functions { #expect(text.contains(function.name)) }
  }
}
