import Language
import RLCore
import Schema

/// Formulas of the field as functions, so that scripts and tests can hold them against a paper.
package enum FormulaFunctions {
  package static var all: [Builtin] {
    [
      formula(
        "gae", "Gives generalised advantage estimates, one a step.",
        [
          list("rewards", "Of each step."),
          list("values", "The estimated value of each step's observation."),
          flags("terminated", "At which steps the task itself ended."),
          flags("truncated", "At which steps the time limit cut."),
          number("final", 0.0, "The value of the last observation."),
          number("gamma", 0.99, "The discount."),
          number("lambda", 0.95, "How far advantages reach."),
        ],
        example: "print map(gae([1.0], [0.5], gamma=0.9), fn(x) => round(x, 3))", gives: "[0.5]\n",
        source: "Schulman et al. 2016"
      ) { arguments throws(CoreError) in
        let rewards = reals(arguments[0])
        return CoreValues.list(
          try generalizedAdvantages(
            rewards: rewards, values: reals(arguments[1]),
            terminated: booleans(arguments[2], count: rewards.count),
            truncated: booleans(arguments[3], count: rewards.count), final: arguments[4].real!,
            gamma: arguments[5].real!, lambda: arguments[6].real!))
      },
      formula(
        "preference_probability", "Gives the probability that the first of two is preferred.",
        [
          number("d", "The first's return minus the second's."),
          number("error", 0, "The probability of an answer by chance."),
        ], example: "print round(preference_probability(1), 6)", gives: "0.731059\n",
        source: "Christiano et al. 2017"
      ) { arguments throws(CoreError) in
        .real(try preferenceProbability(arguments[0].real!, error: arguments[1].real!))
      },
      formula(
        "adaptive_kl", "Gives the next coefficient of an adaptive KL penalty.",
        [
          number("beta", "The present coefficient."), number("kl", "The KL divergence measured."),
          number("target", 6, "The KL divergence wanted."),
          number("horizon", 10_000, "Samples over which it adapts."),
          number("n", "Samples of this measurement."),
        ], example: "print round(adaptive_kl(1, 12, n=512), 5)", gives: "1.01024\n",
        source: "Ziegler et al. 2019"
      ) { arguments throws(CoreError) in
        .real(
          try adaptiveKL(
            coefficient: arguments[0].real!, divergence: arguments[1].real!,
            target: arguments[2].real!, horizon: arguments[3].real!, samples: arguments[4].real!))
      },
      formula(
        "dpo_loss", "Gives the DPO loss of one pair.",
        [
          number("d", "The chosen's log ratio minus the rejected's."),
          number("beta", 0.1, "How strongly the reference holds."),
        ], example: "print round(dpo_loss(4), 6)", gives: "0.513015\n",
        source: "Rafailov et al. 2023"
      ) { arguments throws(CoreError) in
        .real(dpoLoss(arguments[0].real!, beta: arguments[1].real!))
      },
      formula(
        "ipo_loss", "Gives the IPO loss of one pair.",
        [
          number("d", "The chosen's mean log ratio minus the rejected's."),
          number("beta", 0.1, "How strongly the reference holds."),
        ], example: "print ipo_loss(4)", gives: "1.0\n", source: "Azar et al. 2023"
      ) { arguments throws(CoreError) in
        .real(try ipoLoss(arguments[0].real!, beta: arguments[1].real!))
      },
      formula(
        "kl_estimates", "Gives the estimates k1, k2 and k3 of a KL divergence.",
        [list("xs", "Log ratios of samples.")],
        example: "print round(kl_estimates([0.3, -0.2]).k2, 4)", gives: "0.0325\n",
        source: "Schulman 2020"
      ) { arguments throws(CoreError) in
        let estimates = try KLEstimates(reals(arguments[0]))
        return .map([
          "k1": .real(estimates.k1), "k2": .real(estimates.k2), "k3": .real(estimates.k3),
        ])
      },
      formula(
        "best_of_n_kl", "Gives the bound of best-of-n sampling's KL divergence.",
        [Parameter("n", .integer(from: 1), .positional, default: .required, "How many samples.")],
        example: "print round(best_of_n_kl(4), 4)", gives: "0.6363\n", source: "Gao et al. 2022"
      ) { arguments throws(CoreError) in .real(try bestOfNKL(arguments[0].integer!)) },
      formula(
        "advise_probability",
        "Gives the probability that an action is right, by a teacher's votes.",
        [
          number("c", "The probability that the teacher is right."),
          number("d", "Votes for minus votes against."),
        ], example: "print round(advise_probability(0.8, 2), 4)", gives: "0.9412\n",
        source: "Griffith et al. 2013"
      ) { arguments throws(CoreError) in
        .real(
          try adviseProbability(consistency: arguments[0].real!, difference: arguments[1].real!))
      },
      formula(
        "kappa", "Gives Cohen's kappa: two raters' agreement beyond chance.",
        [
          Parameter(
            "matrix", .list(of: .list(of: .real)), .positional, default: .required,
            "Counts: row and column are what the two said.")
        ], example: "print round(kappa([[20, 5], [10, 15]]), 3)", gives: "0.4\n",
        source: "Cohen 1960"
      ) { arguments throws(CoreError) in
        .real(try kappa((arguments[0].elements ?? []).map { reals($0) }))
      },
      formula(
        "smooth_l1", "Gives the smooth-L1 (Huber) loss with its bend at 1.",
        [number("x", "The difference.")], example: "print smooth_l1(3)", gives: "2.5\n",
        source: "Huber 1964"
      ) { arguments in .real(smoothL1(arguments[0].real!)) },
      formula(
        "iqm", "Gives the interquartile mean: of the middle half.",
        [list("xs", "Numbers.")],
        example: "print round(iqm([0, 10, 100, 200, 300, 400, 500, 500, 500, 500]), 2)",
        gives: "333.33\n", source: "Agarwal et al. 2021"
      ) { arguments throws(CoreError) in
        let numbers = reals(arguments[0])
        guard !numbers.isEmpty else {
          throw CoreError.outsideDomain("iqm takes one number at least")
        }
        return .real(interquartileMean(numbers))
      },
    ]
  }

  private static func formula(
    _ name: String, _ summary: String, _ parameters: [Parameter], example: String, gives: String,
    source: String, _ body: @escaping (Arguments) throws(CoreError) -> Value
  ) -> Builtin {
    Builtin(
      checking: Declaration(
        name: name, summary: summary, parameters: parameters,
        examples: [Example(example, gives: gives)], group: "formulas", source: source)
    ) { arguments, _ throws(RunError) in
      do {
        return try body(arguments)
      } catch {
        throw RunError(converting: error)
      }
    }
  }

  private static func number(_ name: String, _ summary: String) -> Parameter {
    Parameter(name, .real, .positional, default: .required, summary)
  }

  private static func number(_ name: String, _ value: Double, _ summary: String) -> Parameter {
    Parameter(name, .real, .positional, default: .setting(.real(value)), summary)
  }

  private static func list(_ name: String, _ summary: String) -> Parameter {
    Parameter(name, .list(of: .real), .positional, default: .required, summary)
  }

  private static func flags(_ name: String, _ summary: String) -> Parameter {
    Parameter(
      name, .list(of: .boolean), .positional, default: .setting([]), summary + " By default none.")
  }

  private static func reals(_ value: Value) -> [Double] { CoreValues.reals(value) ?? [] }

  /// An empty list stands for no step.
  private static func booleans(_ value: Value, count: Int) -> [Bool] {
    let flags = (value.elements ?? []).compactMap(\.boolean)
    return flags.isEmpty ? Array(repeating: false, count: count) : flags
  }
}
