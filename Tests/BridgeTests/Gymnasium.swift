import Foundation
import RLCore
import Schema
import Testing

@testable import Bridge

/// What one thread sets and the same one reads in a callback.
final class Flag: @unchecked Sendable {
  var isSet = false
}

/// The Python that the tests find, and a module of environments made for them.
enum Gymnasium {
  static let isThere = hasModule("gymnasium")

  static func hasModule(_ name: String) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [PythonWorker.interpreter, "-c", "import \(name)"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  /// An environment of the module, or of Gymnasium where the name has no colon.
  static func instance(
    _ name: String, _ settings: Settings = [:],
    isAbandoned: @escaping @Sendable () -> Bool = { false }
  ) throws -> EnvironmentInstance {
    try GymEnvironment.instance(
      named: "gym:\(name)", settings: settings, folder: try folder.get(), seed: 7,
      isAbandoned: isAbandoned)
  }

  private static let folder = Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "rlhs-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try module.write(to: folder.appending(path: "tasks.py"), atomically: true, encoding: .utf8)
    return folder.path
  }

  private static let module = #"""
    import os
    import time
    import gymnasium
    import numpy as np
    from gymnasium import spaces


    class Walk(gymnasium.Env):
        """A walk whose steps are drawn from the seed. It says what it was told, and cuts itself."""
        observation_space = spaces.Box(-100, 100, (2,), np.float64)
        action_space = spaces.Discrete(3, start=-1)

        def __init__(self, size=5, cut=0):
            self.size, self.cut = size, cut

        def reset(self, seed=None, options=None):
            super().reset(seed=seed)
            self.place, self.steps = self.np_random.random(), 0
            return self.observe(), {"process": os.getpid()}

        def observe(self):
            return np.array([self.place, self.steps])

        def step(self, action):
            self.steps += 1
            self.place += action + self.np_random.random()
            is_over = self.place > self.size
            return self.observe(), float(action), is_over, self.steps == self.cut, {
                "action": action, "process": os.getpid(), "place": self.place}


    class Fragile(Walk):
        """Ends its process by a step to the right, in two ways."""

        def step(self, action):
            if action == 1 and self.steps < 20:
                os.abort()
            if action == 1:
                print("about to fail", flush=True)
                os._exit(3)
            return super().step(action)


    class Hanging(Walk):
        """Does not come back from a step to the right."""

        def step(self, action):
            if action == 1:
                print("waiting for a door", flush=True)
                time.sleep(100)
            return super().step(action)


    class Forgetful(Walk):
        """Draws from something else than its seed."""

        def observe(self):
            return np.array([self.place, os.urandom(1)[0] + 256 * os.urandom(1)[0]])


    class Parts(gymnasium.Env):
        """Observations and actions of many parts."""
        observation_space = spaces.Dict({
            "score": spaces.Box(-np.inf, np.inf, ()),
            "kind": spaces.Discrete(3, start=1),
            "pair": spaces.Tuple((spaces.Box(0, 1, (1, 2)), spaces.MultiBinary(2)))})
        action_space = spaces.Dict({"turn": spaces.Discrete(2), "keys": spaces.MultiDiscrete([3, 4])})

        def reset(self, seed=None, options=None):
            return {"score": 2.5, "kind": 2, "pair": (np.array([[.25, .75]]), [1, 0])}, {}

        def step(self, action):
            seen, _ = self.reset()
            seen["score"] = action["turn"] + 10 * action["keys"][0] + 100 * action["keys"][1]
            return seen, 1, False, False, {}


    class Choices(Parts):
        observation_space = spaces.Tuple((spaces.Discrete(3), spaces.MultiBinary(2)))
        action_space = spaces.MultiBinary(3)

        def reset(self, seed=None, options=None):
            return (2, [0, 1]), {}

        def step(self, action):
            return (int(sum(action)) % 3, action[:2]), 1, False, False, {}


    class Continuous(Parts):
        observation_space = spaces.Box(-9, 9, (2, 2))
        action_space = spaces.Tuple((spaces.Box(-1, 1, (2,)), spaces.Box(0, 2, ())))

        def reset(self, seed=None, options=None):
            return np.zeros((2, 2), np.float32), {}

        def step(self, action):
            (a, b), c = action
            return np.array([[a, b], [c, 9]], np.float32), 1, False, False, {}


    class Mixed(Parts):
        action_space = spaces.Tuple((spaces.Discrete(2), spaces.Box(-1, 1)))


    class Words(Parts):
        observation_space = spaces.Text(10)


    class Broken(Walk):
        def step(self, action):
            raise ValueError("the wheel came off")
    """#
}
