#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import Schema

/// A loss over answers that people gave, by what a model makes of the responses they are about.
///
/// How it is gone down is in `LessonRun`; a lesson says what its examples are, and their loss.
protocol TextLesson: Sendable {
  /// The step size for a model of a million weights, where none is given.
  static var learningRate: Double { get }
  /// What of a response the loss depends on.
  var output: LessonOutput { get }
  /// Models side by side that learn it, each by itself.
  var members: Int { get }
  var epochs: Int { get }
  var batchSize: Int { get }
  /// The setting that gives the step size.
  var learningRateName: String { get }

  /// What can be learned from the answers, in their order.
  func examples(_ answers: [TextFeedback]) -> [LessonExample]

  /// What held-out answers are judged by: that which is learned, unless the lesson says otherwise.
  func judged(_ answers: [TextFeedback]) -> [LessonExample]

  /// The responses whose outputs the loss of a minibatch depends on.
  func responses(_ minibatch: [LessonExample]) -> [TextResponse]

  /// The mean loss of a minibatch, and its gradient by the outputs of `responses`.
  func loss(
    _ minibatch: [LessonExample], outputs: [Double]
  ) -> (loss: Double, gradients: [Double])

  /// The probability, by the outputs of an example's own responses, of what it says: that the first
  /// is better than the second, or that the only one is good.
  func probability(_ example: LessonExample, outputs: [Double]) -> Double
}

/// What a lesson looks at.
enum LessonOutput: Sendable {
  /// The value head's answer at the last token.
  case value
  /// log pi - log pi_ref of the whole response, nats.
  case logRatio
}

/// One answer as a lesson sees it.
struct LessonExample: Sendable {
  /// Two, the first of them judged by the label against the second; or one.
  let responses: [TextResponse]
  /// Of two: the probability that the first is better. Of one: its rating, from -1 to 1.
  let label: Double

  var isPair: Bool { responses.count == 2 }

  /// A pair of every answer that compares two responses.
  static func pairs(_ answers: [TextFeedback]) -> [LessonExample] {
    answers.compactMap { answer in
      answer.label.map { LessonExample(responses: answer.responses, label: $0) }
    }
  }

  /// Every rating.
  static func ratings(_ answers: [TextFeedback]) -> [LessonExample] {
    answers.compactMap { answer in
      if case .rating(_, let response, let value) = answer {
        LessonExample(responses: [response], label: min(max(value, -1), 1))
      } else {
        nil
      }
    }
  }
}

extension TextLesson {
  var members: Int { 1 }
  var learningRateName: String { "learning_rate" }

  func judged(_ answers: [TextFeedback]) -> [LessonExample] { examples(answers) }

  func responses(_ minibatch: [LessonExample]) -> [TextResponse] {
    minibatch.flatMap(\.responses)
  }
}

/// sigma(x) = 1 / (1 + e^-x), without overflow.
func sigmoid(_ x: Double) -> Double {
  x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
}

/// The cross-entropy of a label with P(first) = sigma(margin), and its derivative.
func logisticLoss(_ margin: Double, label: Double) -> (loss: Double, slope: Double) {
  // -l log sigma(m) - (1 - l) log sigma(-m), where -log sigma(m) = log(1 + e^-m).
  let loss = max(-margin, 0) + log1p(exp(-abs(margin))) + (1 - label) * margin
  return (loss, sigmoid(margin) - label)
}
