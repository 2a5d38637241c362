"""Steps a CPU-second of the environments against EnvPool, Gymnasium and MinAtar, in one run.

Every program steps with random actions and begins new episodes by itself. rlhs and EnvPool step 64
copies at once (rlhs also 1024 and one alone); a copy's step counts, not a round. EnvPool is asked for
with one thread. Each rate is the best of some rounds, the programs taken in turn.
"""
import os
import subprocess
import time

import envpool
import gymnasium
import minatar
import numpy

COPIES = 64
ROUNDS = 5
CLASSIC = [
    "CartPole-v1", "Pendulum-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Acrobot-v1",
    "FrozenLake-v1", "CliffWalking-v1", "Taxi-v3", "Blackjack-v1",
]
# The peers' names where they differ.
POOLED = {"CliffWalking-v1": "CliffWalking-v0"}
SINGLE = {"Taxi-v3": "Taxi-v4"}
GAMES = {
    "Breakout": "breakout", "Asterix": "asterix", "Seaquest": "seaquest", "Freeway": "freeway",
    "SpaceInvaders": "space_invaders",
}


def rate(step, rounds, steps_each):
    """The best rate over ROUNDS of calling `step` so often."""
    best = 0
    for _ in range(ROUNDS):
        start = time.process_time()
        for index in range(rounds):
            step(index)
        best = max(best, rounds * steps_each / (time.process_time() - start))
    return best


def pooled(name):
    environment = envpool.make(POOLED.get(name, name), env_type="gymnasium", num_envs=COPIES,
                               num_threads=1)
    environment.reset()
    space = environment.action_space
    actions = [numpy.array([space.sample() for _ in range(COPIES)]) for _ in range(16)]
    return rate(lambda index: environment.step(actions[index % 16]), 300, COPIES)


def single(name):
    environment = gymnasium.make(SINGLE.get(name, name))
    environment.reset(seed=1)
    actions = [environment.action_space.sample() for _ in range(64)]

    def step(index):
        _, _, terminated, truncated, _ = environment.step(actions[index % 64])
        if terminated or truncated:
            environment.reset()

    return rate(step, 3000, 1)


def game(name):
    environment = minatar.Environment(name)
    actions = numpy.random.default_rng(1).integers(0, environment.num_actions(), 4096)

    def step(index):
        _, terminated = environment.act(actions[index % 4096])
        environment.state()
        if terminated:
            environment.reset()

    return rate(step, 3000, 1)


def own(name):
    output = subprocess.run([os.environ["RLHS_BENCHMARKS"], "stepping", name], check=True,
                            capture_output=True, text=True).stdout
    return [float(number) for number in output.split()[1:]]


def row(name, peers):
    many, wide, alone = own(name)
    ratios = "   ".join(f"{many / peer:7.0f}x {title} ({peer / 1e3:.0f}k)" for title, peer in peers)
    print(f"{name:26} {many / 1e6:7.1f}M of 64 {wide / 1e6:7.1f}M of 1024 {alone / 1e6:6.1f}M alone"
          f"   of 64: {ratios}", flush=True)


def peers_of(name):
    try:
        yield "EnvPool", pooled(name)
    except Exception as reason:  # A version of EnvPool without this environment.
        print(f"{name}: not in this EnvPool: {type(reason).__name__}")
    yield "Gymnasium", single(name)


print("steps a CPU-second, the best of some rounds, random actions")
for name in CLASSIC:
    row(name, list(peers_of(name)))
for name, peer in GAMES.items():
    row(f"MinAtar/{name}-v1", [("MinAtar", game(peer))])
