/// What a worker runs: environments behind a socket, by the protocol that `PythonWorker` describes.
///
/// Spaces become numbers here: members of `Discrete` begin at 0, arrays are flat and row-major, and
/// `Dict` and `Tuple` are laid out part after part with the parts' names. A discrete part of a mixed
/// observation is shown one-hot, as `gymnasium.spaces.flatten` does.
enum WorkerScript {
  static let source = #"""
    import json, os, signal, socket, struct, sys

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    link = socket.socket(fileno=3)
    requests = link.makefile("rb")


    def answer(body):
        link.sendall(struct.pack("<I", len(body)) + body)


    def request():
        header = requests.read(4)
        if len(header) < 4:
            close()
        return requests.read(struct.unpack("<I", header)[0])


    def close():
        for env in [*seats.values(), *spares]:
            try:
                env.close()
            except Exception:
                pass
        os._exit(0)


    class Unsupported(Exception):
        """A space that cannot be written as numbers, said in words that follow its name."""


    def cause(error):
        return f"{type(error).__name__}: {error}"


    seats, spares = {}, []
    task = json.loads(request()[1:])
    sys.path.insert(0, task["folder"])
    sys.dont_write_bytecode = True
    try:
        import gymnasium
        import numpy
        from gymnasium import spaces
    except ModuleNotFoundError as error:
        answer(json.dumps({"error": cause(error), "package": error.name}).encode())
        close()


    def own_class(name):
        """The class that `module:Class` names; None where it is an environment's registered name."""
        if ":" not in name:
            return None
        import importlib
        module, member = name.split(":", 1)
        return getattr(importlib.import_module(module), member, None)


    def make():
        """A copy without Gymnasium's time limit, which is kept on the other side."""
        if own is not None:
            return own(**task["options"])
        return gymnasium.make(
            task["name"], disable_env_checker=True, max_episode_steps=-1, **task["options"])


    def parts(space, name):
        """The simple spaces in one, with what each is called."""
        if isinstance(space, spaces.Dict):
            inner = [(f"{name}.{key}" if name else key, s) for key, s in space.spaces.items()]
        elif isinstance(space, spaces.Tuple):
            inner = [(f"{name}.{index}" if name else str(index), s)
                     for index, s in enumerate(space.spaces)]
        else:
            return [(name, space)]
        return [part for key, s in inner for part in parts(s, key)]


    def members(value, space):
        """The values of those spaces, in the same order."""
        if isinstance(space, spaces.Dict):
            inner = [(value[key], s) for key, s in space.spaces.items()]
        elif isinstance(space, spaces.Tuple):
            inner = list(zip(value, space.spaces))
        else:
            return [value]
        return [member for v, s in inner for member in members(v, s)]


    def assemble(values, space):
        """The reverse of `members`; values are taken from the iterator."""
        if isinstance(space, spaces.Dict):
            return {key: assemble(values, s) for key, s in space.spaces.items()}
        if isinstance(space, spaces.Tuple):
            return tuple(assemble(values, s) for s in space.spaces)
        return next(values)


    class Simple:
        """A simple space as numbers: how many, what they are called, and the two ways."""

        def __init__(self, name, space):
            self.space, self.name = space, name
            if isinstance(space, spaces.Discrete):
                self.shape, self.counts = (), [int(space.n)]
                self.start = int(space.start)
            elif isinstance(space, spaces.MultiDiscrete):
                self.shape, self.counts = space.shape, [int(n) for n in space.nvec.flatten()]
                start = getattr(space, "start", None)
                self.start = 0 if start is None else start.flatten()
            elif isinstance(space, spaces.MultiBinary):
                self.shape, self.start = space.shape, 0
                self.counts = [2] * int(numpy.prod(space.shape))
            elif isinstance(space, spaces.Box):
                self.shape, self.counts = space.shape, None
            else:
                kind = type(space).__name__
                where = f" ({name})" if name else ""
                raise Unsupported(f"has a space {kind}{where}, which is not known here")
            self.size = int(numpy.prod(self.shape)) if self.shape else 1

        def names(self):
            if not self.name or self.size == 1:
                return [self.name] * self.size
            places = numpy.ndindex(*self.shape)
            return [f"{self.name}[{', '.join(map(str, place))}]" for place in places]

        def numbers(self, value):
            flat = numpy.asarray(value, dtype=numpy.float64).reshape(-1)
            return flat if self.counts is None else flat - self.start

        def value(self, numbers):
            if isinstance(self.space, spaces.Discrete):
                return int(numbers[0]) + self.start
            if self.counts is not None:
                numbers = numbers + self.start
            return numbers.astype(self.space.dtype).reshape(self.shape)


    def finite(numbers):
        return [float(x) if abs(x) < 1e38 else None for x in numbers]


    class Layout:
        """A space as a flat list of numbers."""

        def __init__(self, space, is_shown):
            self.space = space
            self.simple = [Simple(name, s) for name, s in parts(space, "")]
            self.is_discrete = isinstance(space, spaces.Discrete)
            self.is_mixed = any(p.counts is None for p in self.simple)
            if self.is_mixed and not is_shown and any(p.counts for p in self.simple):
                raise Unsupported("takes actions that are partly discrete and partly continuous")
            self.is_plain = len(self.simple) == 1 and self.is_mixed

        def describe(self):
            names = []
            if not self.is_mixed:
                for part in self.simple:
                    names += part.names()
                counts = [count for part in self.simple for count in part.counts]
                if self.is_discrete:
                    return {"kind": "discrete", "counts": counts, "names": []}
                binary = all(isinstance(p.space, spaces.MultiBinary) for p in self.simple)
                kind = "binary" if binary else "choices"
                return {"kind": kind, "counts": counts, "names": names}
            low, high = [], []
            for part in self.simple:
                if part.counts is None:
                    low += finite(part.space.low.flatten())
                    high += finite(part.space.high.flatten())
                    names += part.names()
                else:
                    low += [0.0] * sum(part.counts)
                    high += [1.0] * sum(part.counts)
                    for name, count in zip(part.names(), part.counts):
                        names += [f"{name}={choice}" for choice in range(count)]
            shape = list(self.simple[0].shape) if self.is_plain else [len(low)]
            return {"kind": "box", "low": low, "high": high, "shape": shape or [1],
                    "names": names if any(names) else []}

        def encode(self, value):
            if self.is_plain:
                return numpy.asarray(value, dtype=numpy.float32).tobytes()
            if self.is_discrete:
                return struct.pack("<f", int(value) - self.simple[0].start)
            pieces = []
            for part, member in zip(self.simple, members(value, self.space)):
                numbers = part.numbers(member)
                if self.is_mixed and part.counts is not None:
                    for number, count in zip(numbers, part.counts):
                        row = numpy.zeros(count)
                        row[int(number)] = 1
                        pieces.append(row)
                else:
                    pieces.append(numbers)
            return numpy.concatenate(pieces).astype(numpy.float32).tobytes()

        def size(self):
            return sum(part.size for part in self.simple)

        def decode(self, numbers):
            if self.is_discrete:
                return int(numbers[0]) + self.simple[0].start
            values, at = [], 0
            for part in self.simple:
                values.append(part.value(numbers[at:at + part.size]))
                at += part.size
            return assemble(iter(values), self.space)


    def plain(value):
        """What of an info a record can hold; the rest is left out."""
        if isinstance(value, (bool, int, float, str)) or value is None:
            return value
        if isinstance(value, numpy.generic):
            return value.item()
        if isinstance(value, numpy.ndarray) and value.size <= 64:
            return plain(value.tolist())
        if isinstance(value, dict):
            return {str(k): plain(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)) and len(value) <= 64:
            return [plain(v) for v in value]
        return None


    def outcome(flags, reward, text, observation=b""):
        return struct.pack("<BdI", flags, reward, len(text)) + text + observation


    def told(info):
        return json.dumps(plain(info)).encode() if info else b""


    try:
        own = own_class(task["name"])
        spares.append(make())
        seen = Layout(spares[0].observation_space, True)
        done = Layout(spares[0].action_space, False)
        spec = None if own else gymnasium.spec(task["name"])
        facts = {
            "observation": seen.describe(),
            "action": done.describe(),
            "max_episode_steps": spec and spec.max_episode_steps,
            "reward_threshold": spec and spec.reward_threshold,
        }
    except Unsupported as error:
        facts = {"unsupported": str(error)}
    except Exception as error:
        facts = {"error": cause(error)}
    answer(json.dumps(facts).encode())
    if "action" not in facts:
        close()

    width = 8 * done.size()
    while True:
        body = request()
        at, outcomes = 1, []
        while at < len(body):
            command, seat = struct.unpack_from("<BI", body, at)
            at += 5
            try:
                if command == 0:
                    seed, = struct.unpack_from("<Q", body, at)
                    at += 8
                    if seat not in seats:
                        seats[seat] = spares.pop() if spares else make()
                    observation, info = seats[seat].reset(seed=seed)
                    outcomes.append(outcome(0, 0.0, told(info), seen.encode(observation)))
                elif command == 1:
                    action = done.decode(numpy.frombuffer(body, "<f8", width // 8, at))
                    at += width
                    observation, reward, terminated, truncated, info = seats[seat].step(action)
                    flags = bool(terminated) | bool(truncated) << 1
                    outcomes.append(
                        outcome(flags, float(reward), told(info), seen.encode(observation)))
                elif seat in seats:
                    spares.append(seats.pop(seat))
            except Exception as error:
                outcomes.append(outcome(128, 0.0, cause(error).encode()))
        answer(b"".join(outcomes))
    """#
}
