import Language
import Schema

/// Functions that make schedules: values of a setting that lie evenly over `total_steps`.
package enum ScheduleFunctions {
  package static var all: [Builtin] { [linear] }

  private static var linear: Builtin {
    Builtin(
      checking: Declaration(
        name: "linear",
        summary: "Gives the schedule that goes evenly from one value to another over total_steps.",
        parameters: [
          Parameter("start", .real(from: 0), .positional, default: .required, "The first value."),
          Parameter("end", .real(from: 0), .positional, default: .setting(0.0), "The last value."),
        ],
        examples: [
          Example("print linear(1e-3)", gives: "[0.001, 0.0]\n"),
          Example(
            """
            env CartPole-v1
            a = agent ppo learning_rate=linear(1e-3, 1e-4)
            b = agent ppo learning_rate=fn(p) => 1e-3 * (1 - p) ** 2
            """),
        ], group: "schedules")
    ) { arguments, _ in .list([arguments[0], arguments[1]]) }
  }
}
