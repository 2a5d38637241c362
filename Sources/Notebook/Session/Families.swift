import Bridge
import RLCore
import Schema

/// All that one word can choose from a list, by family.
package enum Families {
  package static let all: [Family: [Declaration]] = [
    Environments.family: Environments.all.map(\.declaration) + [GymEnvironment.declaration],
    Algorithms.family:
      Algorithms.all.map(\.declaration) + [LanguageModels.declaration],
    FeedbackMethods.family:
      FeedbackMethods.all.map(\.declaration) + TextMethods.all.map(\.declaration),
    Teachers.family: Teachers.all.map(\.declaration),
    Samplers.family: Samplers.all.map(\.declaration),
  ]
}
