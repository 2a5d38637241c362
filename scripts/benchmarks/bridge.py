"""Steps a second of environments in Python: rlhs's workers against Gymnasium's vector environments.

Every program steps the same number of copies with random actions and begins new episodes by itself; a
copy's step counts, not a round. Each is run twice in processes of its own, with few steps and with
many, and the difference counts, so that starting up does not. Rates are by the clock, and by the
processor's seconds of all processes together; each is the best of some rounds, the programs taken in
turn.
"""
import json
import os
import resource
import subprocess
import sys

COPIES = 8
ROUNDS = 3
FEW = 1_000
TASKS = {"CartPole-v1": 81_000, "LunarLander-v3": 41_000}


def vector(kind, name, steps):
    """What the peer's process does: gives the seconds that the steps took."""
    import time

    import gymnasium
    from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv

    vector_kind = {"SyncVectorEnv": SyncVectorEnv, "AsyncVectorEnv": AsyncVectorEnv}[kind]
    environment = vector_kind([lambda: gymnasium.make(name)] * COPIES)
    environment.reset(seed=1)
    environment.action_space.seed(1)
    start = time.perf_counter()
    for _ in range(steps // COPIES):
        environment.step(environment.action_space.sample())
    seconds = time.perf_counter() - start
    environment.close()
    print(json.dumps({"event": "benchmark", "seconds": seconds}))


def peer(kind):
    return lambda name, steps: [sys.executable, __file__, kind, name, str(steps)]


def own(workers):
    def command(name, steps):
        program = f"env gym:{name} workers={workers} seed=1\nbenchmark n={COPIES} steps={steps}"
        return [os.environ["RLHS_BINARY"], "--json", "-c", program]

    return command


PROGRAMS = {
    "rlhs, 1 worker": own(1), "rlhs, 2 workers": own(2),
    "SyncVectorEnv": peer("SyncVectorEnv"), "AsyncVectorEnv": peer("AsyncVectorEnv"),
}


def spent(command):
    """Seconds by the clock within the loop, and the processor's of the whole process tree."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    events = [json.loads(line) for line in output.splitlines()]
    seconds = next(e["seconds"] for e in events if e.get("event") == "benchmark")
    return seconds, (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def rates(command, name, many):
    few_seconds, few_processor = spent(command(name, FEW))
    seconds, processor = spent(command(name, many))
    return (many - FEW) / (seconds - few_seconds), (many - FEW) / (processor - few_processor)


def main():
    print(f"{COPIES} copies, random actions; steps/s by the clock and a processor's second")
    for name, many in TASKS.items():
        best = {title: (0, 0) for title in PROGRAMS}
        for _ in range(ROUNDS):
            for title, command in PROGRAMS.items():
                best[title] = tuple(map(max, best[title], rates(command, name, many)))
        sync, asynchronous = best["SyncVectorEnv"], best["AsyncVectorEnv"]
        for title, (clock, processor) in best.items():
            print(f"{name:16} {title:16} {clock / 1e3:7.1f}k {processor / 1e3:7.1f}k"
                  f"   {clock / sync[0]:5.2f}x {processor / sync[1]:5.2f}x Sync"
                  f"   {clock / asynchronous[0]:5.2f}x {processor / asynchronous[1]:5.2f}x Async",
                  flush=True)


if len(sys.argv) > 1:
    vector(sys.argv[1], sys.argv[2], int(sys.argv[3]))
else:
    main()
