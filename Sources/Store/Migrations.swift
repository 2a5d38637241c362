import GRDB

/// The tables, as steps from each version to the next. A step that has been released is never
/// changed: a store out there has already taken it.
let migrations: DatabaseMigrator = {
  var migrations = DatabaseMigrator()
  migrations.registerMigration("1: runs, cells, searches") { database in
    try database.execute(
      sql: """
        CREATE TABLE runs (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          agent TEXT NOT NULL, algorithm TEXT NOT NULL, environment TEXT NOT NULL,
          settings TEXT NOT NULL, seed INTEGER NOT NULL, source TEXT NOT NULL,
          started REAL NOT NULL, seconds REAL NOT NULL, steps INTEGER NOT NULL,
          state TEXT NOT NULL, mean_return REAL, summary TEXT NOT NULL, checkpoint TEXT,
          kernels TEXT NOT NULL, version TEXT NOT NULL) STRICT;
        CREATE INDEX runs_by_agent ON runs (agent);
        CREATE INDEX runs_by_environment ON runs (environment, algorithm);

        -- Keyed by step, so that what a resumed run repeats replaces what it had recorded.
        CREATE TABLE metrics (
          run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
          name TEXT NOT NULL, step INTEGER NOT NULL, value REAL,
          PRIMARY KEY (run, name, step)) STRICT, WITHOUT ROWID;

        CREATE TABLE sessions (
          id INTEGER PRIMARY KEY AUTOINCREMENT, started REAL NOT NULL, version TEXT NOT NULL) STRICT;
        CREATE TABLE cells (
          session INTEGER NOT NULL REFERENCES sessions, number INTEGER NOT NULL,
          source TEXT NOT NULL, started REAL NOT NULL, seconds REAL NOT NULL,
          outcome TEXT NOT NULL, output TEXT NOT NULL,
          PRIMARY KEY (session, number)) STRICT, WITHOUT ROWID;

        CREATE TABLE studies (
          name TEXT PRIMARY KEY NOT NULL, settings TEXT NOT NULL, started REAL NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE trials (
          study TEXT NOT NULL REFERENCES studies, number INTEGER NOT NULL,
          params TEXT NOT NULL, seeds TEXT NOT NULL, "values" TEXT NOT NULL, value REAL,
          state TEXT NOT NULL, seconds REAL NOT NULL, checkpoint TEXT,
          PRIMARY KEY (study, number)) STRICT, WITHOUT ROWID;
        """)
  }
  migrations.registerMigration("2: ledger") { database in
    try database.execute(
      sql: """
        CREATE TABLE episodes (digest TEXT PRIMARY KEY NOT NULL, data BLOB NOT NULL) STRICT;
        CREATE TABLE feedback (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          kind TEXT NOT NULL, value TEXT NOT NULL, source TEXT NOT NULL, person TEXT NOT NULL,
          time REAL NOT NULL, note TEXT,
          agent TEXT NOT NULL, agent_hash TEXT NOT NULL, agent_steps INTEGER NOT NULL) STRICT;
        CREATE INDEX feedback_by_agent ON feedback (agent);
        CREATE TABLE fragments (
          feedback INTEGER NOT NULL REFERENCES feedback, place INTEGER NOT NULL,
          episode TEXT NOT NULL REFERENCES episodes, label TEXT NOT NULL,
          start INTEGER NOT NULL, "end" INTEGER NOT NULL,
          PRIMARY KEY (feedback, place)) STRICT, WITHOUT ROWID;
        CREATE TABLE retractions (
          feedback INTEGER PRIMARY KEY NOT NULL REFERENCES feedback,
          person TEXT NOT NULL, time REAL NOT NULL, note TEXT) STRICT;
        """)
    let keys = [
      "episodes": "digest = NEW.digest", "feedback": "id = NEW.id",
      "fragments": "feedback = NEW.feedback AND place = NEW.place",
      "retractions": "feedback = NEW.feedback",
    ]
    for (table, sameKey) in keys.sorted(by: { $0.key < $1.key }) {
      // The third catches INSERT OR REPLACE, which deletes without the trigger for it.
      try database.execute(
        sql: """
          CREATE TRIGGER \(table)_stay BEFORE UPDATE ON \(table)
          BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
          CREATE TRIGGER \(table)_last BEFORE DELETE ON \(table)
          BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
          CREATE TRIGGER \(table)_once BEFORE INSERT ON \(table)
          WHEN EXISTS (SELECT 1 FROM \(table) WHERE \(sameKey))
          BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
          """)
    }
  }
  migrations.registerMigration("3: what an answer took and meant") { database in
    // The agent's own number of what it got, so that a later process finds it there; and as JSON what
    // only some kinds have: a question's options, times of frames and keys.
    try database.execute(
      sql: """
        ALTER TABLE feedback ADD COLUMN seconds REAL;
        ALTER TABLE feedback ADD COLUMN agent_feedback INTEGER;
        ALTER TABLE feedback ADD COLUMN details TEXT;
        """)
  }
  migrations.registerMigration("4: jobs and scores of searches") { database in
    try database.execute(
      sql: """
        ALTER TABLE studies ADD COLUMN finished REAL;
        -- The trial that this one tries again.
        ALTER TABLE trials ADD COLUMN repeats INTEGER;
        CREATE TABLE jobs (
          study TEXT NOT NULL REFERENCES studies, number INTEGER NOT NULL,
          trial INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
          PRIMARY KEY (study, number)) STRICT, WITHOUT ROWID;
        CREATE TABLE scores (
          study TEXT NOT NULL, job INTEGER NOT NULL, seed INTEGER NOT NULL, value REAL,
          failed INTEGER NOT NULL, seconds REAL NOT NULL,
          PRIMARY KEY (study, job, seed)) STRICT, WITHOUT ROWID;
        """)
  }
  return migrations
}()
