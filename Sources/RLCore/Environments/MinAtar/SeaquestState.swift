extension Seaquest {
  var state: [Double] {
    let numbers = [
      oxygen, diversAboard, row, column, facesRight ? 1 : 0, isSurfaced ? 1 : 0, shotTimer,
      enemyInterval, enemyTimer, diverTimer, moveInterval, rampLevel,
    ]
    let swimmers = [friendlyBullets, enemyBullets, fish, submarines, divers].flatMap { group in
      [group.count]
        + group.flatMap { [$0.row, $0.column, $0.goesRight ? 1 : 0, $0.moveTimer, $0.shotTimer] }
    }
    return (numbers + swimmers).map(Double.init)
  }

  mutating func read(_ numbers: inout StateReader) throws(CoreError) {
    oxygen = try numbers.integer(in: -1...Self.fullOxygen)
    diversAboard = try numbers.integer(in: 0...Self.berths)
    row = try numbers.integer(in: 0...Self.waters.upperBound)
    column = try numbers.integer(in: 0...9)
    facesRight = try numbers.boolean()
    isSurfaced = try numbers.boolean()
    shotTimer = try numbers.integer(in: 0...Self.reloadingSteps)
    enemyInterval = try numbers.integer(in: 1...Self.slowestSpawn)
    enemyTimer = try numbers.integer(in: 0...Self.slowestSpawn)
    diverTimer = try numbers.integer(in: 0...Self.diverInterval)
    moveInterval = try numbers.integer(in: Self.fastestMove...Self.slowestMove)
    rampLevel = try numbers.integer(in: 0...Self.slowestSpawn)
    friendlyBullets = try swimmers(from: &numbers)
    enemyBullets = try swimmers(from: &numbers)
    fish = try swimmers(from: &numbers)
    submarines = try swimmers(from: &numbers)
    divers = try swimmers(from: &numbers)
  }

  private func swimmers(from numbers: inout StateReader) throws(CoreError) -> [Swimmer] {
    var swimmers: [Swimmer] = []
    for _ in 0..<(try numbers.integer(in: 0...numbers.count)) {
      swimmers.append(
        Swimmer(
          row: try numbers.integer(in: 0...Self.waters.upperBound),
          column: try numbers.integer(in: 0...9), goesRight: try numbers.boolean(),
          moveTimer: try numbers.integer(in: 0...Self.slowestMove),
          shotTimer: try numbers.integer(in: 0...Self.enemyReloadingSteps)))
    }
    return swimmers
  }
}

extension EnvironmentKind {
  static let seaquest = minAtar(
    "Seaquest", Seaquest.self,
    summary: "Shoot enemies, rescue divers and mind the oxygen, on 10 by 10 cells.",
    details: """
      Reward 1 an enemy shot; surfacing with six divers gives up to 10 by the oxygen left. Starts \
      at the surface; ends when an enemy or its bullet touches the submarine, without oxygen, or \
      when it surfaces with no diver. With ramping, surfacing makes enemies faster and more \
      frequent.
      """)
}
