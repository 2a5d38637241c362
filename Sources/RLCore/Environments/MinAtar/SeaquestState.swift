extension Seaquest {
  var state: [Double] {
    let numbers = [
      oxygen, diversAboard, row, column, heading > 0 ? 1 : 0, isSurfaced ? 1 : 0, shotTimer,
      enemyInterval, enemyTimer, diverTimer, moveInterval, rampLevel,
    ]
    let others =
      [friendlyBullets, enemyBullets].flatMap(listed)
      + [fish, submarines, divers].flatMap(listed)
    return (numbers + others).map(Double.init)
  }

  /// Bullets are listed as swimmers are, without timers.
  private func listed(_ bullets: Bullets) -> [Int] {
    func listed(_ cells: Board, right: Int) -> [Int] {
      cells.places.flatMap { [$0.row, $0.column, right, 0, 0] }
    }
    let all = listed(bullets.right, right: 1) + listed(bullets.left, right: 0)
    return [all.count / 5] + all
  }

  private func listed(_ swimmers: Swimmers) -> [Int] {
    let all = swimmers.all
    return [all.count]
      + all.flatMap { swimmer in
        [
          swimmer.row, swimmer.column, swimmer.goesRight ? 1 : 0, swimmer.moveTimer,
          swimmer.shotTimer,
        ].map(Int.init)
      }
  }

  mutating func read(_ numbers: inout StateReader) throws(CoreError) {
    oxygen = try numbers.integer(in: -1...Self.fullOxygen)
    diversAboard = try numbers.integer(in: 0...Self.berths)
    row = try numbers.integer(in: 0...Self.waters.upperBound)
    column = try numbers.integer(in: 0...9)
    heading = try numbers.boolean() ? 1 : -1
    isSurfaced = try numbers.boolean()
    shotTimer = try numbers.integer(in: 0...Self.reloadingSteps)
    enemyInterval = try numbers.integer(in: 1...Self.slowestSpawn)
    enemyTimer = try numbers.integer(in: 0...Self.slowestSpawn)
    diverTimer = try numbers.integer(in: 0...Self.diverInterval)
    moveInterval = try numbers.integer(in: Self.fastestMove...Self.slowestMove)
    rampLevel = try numbers.integer(in: 0...Self.slowestSpawn)
    friendlyBullets = try bullets(from: &numbers)
    enemyBullets = try bullets(from: &numbers)
    fish = try swimmers(from: &numbers)
    submarines = try swimmers(from: &numbers, areArmed: true)
    divers = try swimmers(from: &numbers)
  }

  private func bullets(from numbers: inout StateReader) throws(CoreError) -> Bullets {
    var bullets = Bullets()
    for _ in 0..<(try numbers.integer(in: 0...numbers.count)) {
      let bullet = try swimmer(from: &numbers)
      bullets.add(bullet.cell, goesRight: bullet.goesRight)
    }
    return bullets
  }

  private func swimmers(
    from numbers: inout StateReader, areArmed: Bool = false
  ) throws(CoreError) -> Swimmers {
    var swimmers = Swimmers(areArmed: areArmed)
    for _ in 0..<(try numbers.integer(in: 0...numbers.count)) {
      swimmers.append(try swimmer(from: &numbers))
    }
    return swimmers
  }

  private func swimmer(from numbers: inout StateReader) throws(CoreError) -> Swimmer {
    Swimmer(
      row: try numbers.integer(in: 0...Self.waters.upperBound),
      column: try numbers.integer(in: 0...9), goesRight: try numbers.boolean(),
      moveTimer: try numbers.integer(in: 0...Self.slowestMove),
      shotTimer: try numbers.integer(in: 0...Self.enemyReloadingSteps))
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
