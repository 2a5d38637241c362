import Schema

/// A question that training asks: which of two pieces is better?
public struct Query: Sendable {
  /// The piece to be shown at the left.
  public let left: Episode
  /// The piece to be shown at the right.
  public let right: Episode
  /// Whether it was asked before in this session, with sides swapped: the answer should be the
  /// opposite. Give its comparison the first one's id as `repeats`.
  public let isRepeat: Bool
}

/// When a method asks within training, and how it chooses what.
struct QueryPlan: Sendable {
  let total: Int
  let sessions: Int
  let randomShare: Double
  let repeatShare: Double
  let length: Int

  /// Pieces of training that questions are drawn from.
  static let poolSize = 400
  /// Pieces there must be before the first session.
  static let minimum = 20
  /// Candidates for each question that is asked.
  static let candidates = 10
  /// The share of `total_steps` in which all is asked: early answers teach for longer.
  static let span = 0.5

  init(_ settings: Settings) {
    total = settings.integer("comparisons")
    sessions = settings.integer("sessions")
    randomShare = settings.real("random_queries")
    repeatShare = settings.real("repeats")
    length = settings.integer("fragment")
  }

  /// Steps between two sessions, at least.
  func interval(of totalSteps: Int) -> Int {
    max(1, Int(Double(totalSteps) * Self.span) / sessions / 2)
  }

  /// Comparisons that should have been asked for at that share of the training.
  func due(at progress: Double) -> Int {
    let session = Int(Double(sessions) * min(1, max(0, progress) / Self.span)) + 1
    return total * min(session, sessions) / sessions
  }
}

/// The questions of one session, drawn when it begins from a stream of their own.
struct QuerySession {
  private var queries: [Query]

  /// The next question; nil when the session is over.
  mutating func next() -> Query? { queries.popLast() }

  /// Draws `count` questions.
  init(
    count: Int, plan: QueryPlan, clips: [Episode], model: (any FeedbackModel)?,
    random: RandomSource
  ) {
    var random = random
    var pairs: [(left: Int, right: Int)] = []
    let wanted = count * QueryPlan.candidates
    while pairs.count < wanted {
      let (left, right) = (
        random.integer(below: clips.count), random.integer(below: clips.count)
      )
      if left != right { pairs.append((left, right)) }
    }
    var chosen = Array(pairs.prefix(count))
    if var modelling = model as? any RewardModelling, modelling.ensemble.isFitted {
      // The first ones stay as they were drawn, evenly.
      let evenly = Int((plan.randomShare * Double(count)).rounded(.up))
      let returns = clips.map { clip in
        modelling.ensemble.returns(modelling.ensemble.rows(Fragment(clip)))
      }
      let ranked = pairs.dropFirst(evenly).map { pair in
        let (left, right) = (returns[pair.left], returns[pair.right])
        let gaps = left.indices.map { left[$0] - right[$0] }
        return (pair: pair, spread: standardDeviation(gaps))
      }
      .sorted { $0.spread > $1.spread }
      chosen = Array(pairs.prefix(evenly)) + ranked.prefix(count - evenly).map(\.pair)
    }
    queries = chosen.map { Query(left: clips[$0.left], right: clips[$0.right], isRepeat: false) }
    for query in queries where random.bernoulli(plan.repeatShare) {
      queries.append(Query(left: query.right, right: query.left, isRepeat: true))
    }
    queries.reverse()
  }
}

extension Agent {
  /// How the method in use asks within training; nil where it does not.
  var queryPlan: QueryPlan? {
    guard let kind = try? FeedbackMethods.named(feedback.method) else { return nil }
    return kind.queries?(feedback.settings)
  }

  /// The questions that are to be asked now; nil for none.
  func querySession(_ plan: QueryPlan) -> QuerySession? {
    let clips = feedback.clips.clips
    guard clips.count >= QueryPlan.minimum, isQuietMoment else { return nil }
    let missing =
      plan.due(at: Double(steps) / Double(totalSteps)) - feedback.comparisons
    guard missing > 0 else { return nil }
    return QuerySession(
      count: missing, plan: plan, clips: clips, model: feedback.model,
      random: RandomSource(seed: seed).split("queries", steps))
  }

  /// Whether a new reward wastes nothing now: between two rollouts, once there is something to
  /// lose.
  private var isQuietMoment: Bool {
    algorithm.replayCount != nil || updates > updatesAtStep
      || feedback.comparisons == 0
  }
}
