/// The commands, in the order in which help lists them. A new one is a new file and a line here.
package enum Commands {
  package static var all: [any SessionCommand.Type] {
    [

      EnvCommand.self, EnvsCommand.self, InfoCommand.self, ResetCommand.self, StepCommand.self,
      RenderCommand.self, PlayCommand.self, RewardCommand.self, CheckCommand.self,
      BenchmarkCommand.self,
      AgentCommand.self, AlgorithmsCommand.self, SetCommand.self, TrainCommand.self,
      EvaluateCommand.self, CompareCommand.self, RolloutCommand.self, PredictCommand.self,
      BestCommand.self,
      ForkCommand.self, HashCommand.self, SaveCommand.self, LoadCommand.self, ResumeCommand.self,
      FeedbackCommand.self, QuestionCommand.self, PreferCommand.self, CorrectCommand.self,
      DemonstrateCommand.self, TeacherCommand.self, CoachCommand.self, MethodsCommand.self,
      LearnCommand.self, LedgerCommand.self, UndoCommand.self, RetractCommand.self,
      JudgeCommand.self, WhatIfCommand.self, KeepCommand.self, DropCommand.self, WhyCommand.self,
      AdjustCommand.self,
      RehearseCommand.self,
      SearchCommand.self, TrialsCommand.self,
      PlotCommand.self, RunsCommand.self, TableCommand.self, WhereCommand.self, CellsCommand.self,
      RerunCommand.self, EditCommand.self, SourceCommand.self,
      ExportCommand.self,
      TimeCommand.self, PrintCommand.self, HelpCommand.self, TourCommand.self, QuitCommand.self,
    ]
  }
}
