"""Training speed at the settings that peers are known by, in rlhs and in Stable-Baselines3.

Each row is one pair of programs in turn: the same network, batch, buffer and number of updates, learning
included, validation left out, one thread each. A rate is environment steps a CPU-second: of the whole
process for rlhs, of `learn` alone for the peer, whose imports would weigh too much. What is measured
is kept in .build/benchmarks/core.json, and a run goes on with the rows that are not there yet:

    scripts/bench core [again] [WORD of a row's name ...]

Both make the same updates a step: where learning starts late, the same steps.

Rows whose toughest peer is another program than Stable-Baselines3 carry that in their name: the ratio
here is to Stable-Baselines3 all the same, for it is what this script can install.
"""
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

ROUNDS = int(os.environ.get("RLHS_ROUNDS", 3))


class Row:
    def __init__(self, name, must, environment, algorithm, own, steps, peer, peer_steps, setup=""):
        self.name, self.must, self.environment = name, must, environment
        self.algorithm, self.own, self.steps = algorithm, own, steps
        self.peer, self.peer_steps, self.setup = peer, peer_steps, setup


# What a row says of the peer is Python: the arguments of its class, and what stands before.
VECTOR = "env = make_vec_env('{}', n_envs={})"
PENDULUM_PLAIN = "layers=[64, 64] batch_size=100 learning_starts=100 buffer_size=1M"
ROWS = [
    Row("DQN CartPole, SB3 defaults", 120, "CartPole-v1", "dqn",
        "layers=[64, 64] learning_rate=1e-4 buffer_size=1M batch_size=32 learning_starts=100 train_freq=4 "
        "gradient_steps=1 target_update_interval=10k exploration_fraction=0.1 exploration_final_eps=0.05 gamma=0.99",
        400_000, "policy_kwargs=dict(net_arch=[64, 64])", 10_000),
    Row("DQN CartPole, zoo", 8, "CartPole-v1", "dqn",
        "layers=[256, 256] learning_rate=2.3e-3 batch_size=64 buffer_size=100k learning_starts=1000 gamma=0.99 "
        "target_update_interval=10 train_freq=256 gradient_steps=128 exploration_fraction=0.16 exploration_final_eps=0.04",
        20_000,
        "policy_kwargs=dict(net_arch=[256, 256]), learning_rate=2.3e-3, batch_size=64, buffer_size=100_000, "
        "learning_starts=1000, gamma=0.99, target_update_interval=10, train_freq=256, gradient_steps=128, "
        "exploration_fraction=0.16, exploration_final_eps=0.04", 20_000),
    Row("DQN MountainCar, zoo", 5, "MountainCar-v0", "dqn", "", 20_000,
        "policy_kwargs=dict(net_arch=[256, 256]), learning_rate=4e-3, batch_size=128, buffer_size=10_000, "
        "learning_starts=1000, gamma=0.98, target_update_interval=600, train_freq=16, gradient_steps=8, "
        "exploration_fraction=0.2, exploration_final_eps=0.07", 20_000),
    Row("PPO CartPole, SB3 defaults", 90, "CartPole-v1", "ppo",
        "n_envs=1 n_steps=2048 batch_size=64 n_epochs=10 gae_lambda=0.95 gamma=0.99 learning_rate=3e-4 "
        "learning_rate_schedule=constant clip_range_schedule=constant", 204_800, "", 6_144),
    Row("PPO CartPole, zoo", 20, "CartPole-v1", "ppo", "", 102_400,
        "n_steps=32, batch_size=256, gae_lambda=0.8, gamma=0.98, n_epochs=20, ent_coef=0.0, "
        "learning_rate=lambda p: 1e-3 * p, clip_range=lambda p: 0.2 * p", 10_240,
        VECTOR.format("CartPole-v1", 8)),
    Row("PPO CartPole, purejaxrl's", None, "CartPole-v1", "ppo",
        "n_envs=4 n_steps=128 batch_size=128 n_epochs=4", 204_800,
        "n_steps=128, batch_size=128, n_epochs=4, gae_lambda=0.8, gamma=0.98", 10_240,
        VECTOR.format("CartPole-v1", 4)),
    Row("A2C CartPole, 8 environments", 40, "CartPole-v1", "a2c", "n_envs=8 n_steps=5", 400_000, "", 12_000,
        VECTOR.format("CartPole-v1", 8)),
    Row("PPO Pendulum, rl-tools'", None, "Pendulum-v1", "ppo",
        "layers=[64, 64] n_envs=4 n_steps=1024 batch_size=256 n_epochs=2 use_sde=false", 204_800,
        "n_steps=1024, batch_size=256, n_epochs=2, gamma=0.9", 16_384, VECTOR.format("Pendulum-v1", 4)),
    Row("SAC Pendulum, rl-tools'", None, "Pendulum-v1", "sac", PENDULUM_PLAIN, 8_000,
        "policy_kwargs=dict(net_arch=[64, 64]), batch_size=100, learning_starts=100", 800),
    Row("TD3 Pendulum, rl-tools'", None, "Pendulum-v1", "td3", PENDULUM_PLAIN, 8_000,
        "policy_kwargs=dict(net_arch=[64, 64]), batch_size=100, learning_starts=100", 1_000),
    Row("SAC Pendulum, zoo (rl-tools')", None, "Pendulum-v1", "sac",
        "layers=[256, 256] learning_starts=100", 2_000,
        "learning_rate=1e-3, learning_starts=100", 500),
    Row("DQN MinAtar Breakout, MLP 64x64", 40, "MinAtar/Breakout-v1", "dqn",
        "network=mlp layers=[64, 64] optimizer=adam learning_rate=1e-4 buffer_size=100k batch_size=32 "
        "learning_starts=100 train_freq=4 "
        "gradient_steps=1 target_update_interval=1000 exploration_fraction=0.1 exploration_final_eps=0.05", 100_000,
        "policy_kwargs=dict(net_arch=[64, 64]), buffer_size=100_000, target_update_interval=1000, train_freq=4",
        8_000, "import minatar.gym; minatar.gym.register_envs(); env = gymnasium.make('MinAtar/Breakout-v1')"),
]

PEER = """
import time, warnings
warnings.filterwarnings("ignore")
import gymnasium, torch
torch.set_num_threads(1)
from stable_baselines3 import {algorithm}
from stable_baselines3.common.env_util import make_vec_env
env = "{environment}"
{setup}
model = {algorithm}("MlpPolicy", env, seed={seed}, device="cpu", {arguments})
start = time.process_time()
model.learn({steps})
print("rate", model.num_timesteps / (time.process_time() - start))
"""


def own_rate(row, seed, folder):
    source = (f"env {row.environment} seed={seed}\n"
              f"a = agent {row.algorithm} {row.own} n_eval_episodes=0 total_steps={row.steps}\n"
              f"train a steps={row.steps}")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([os.environ["RLHS_BINARY"], "-c", source], cwd=folder, capture_output=True, check=True,
                   env=dict(os.environ, RLHS_THREADS="1"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return row.steps / (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def peer_rate(row, seed):
    source = PEER.format(algorithm=row.algorithm.upper(), environment=row.environment, setup=row.setup,
                         seed=seed, arguments=row.peer, steps=row.peer_steps)
    result = subprocess.run([sys.executable, "-c", source], capture_output=True, check=True, text=True)
    return float(re.search(r"^rate (\S+)$", result.stdout, re.MULTILINE)[1])


def measure(row):
    with tempfile.TemporaryDirectory() as folder:
        rounds = [(own_rate(row, seed, folder), peer_rate(row, seed)) for seed in range(ROUNDS)]
    own, peer = (statistics.median(rates) for rates in zip(*rounds))
    ratios = sorted(own / peer for own, peer in rounds)
    return {"rlhs": own, "peer": peer, "ratio": statistics.median(ratios), "from": ratios[0], "to": ratios[-1]}


def main():
    path = os.environ["RLHS_RESULTS"]
    words = [word for word in sys.argv[1:] if word != "again"]
    kept = {}
    if os.path.exists(path) and "again" not in sys.argv:
        with open(path) as file:
            kept = json.load(file)
    print(f"{'':34}{'rlhs':>12}{'SB3':>10}{'ratio':>8}{'  from .. to':16}must")
    for row in ROWS:
        if words and not all(word.lower() in row.name.lower() for word in words):
            continue
        if row.name not in kept:
            kept[row.name] = measure(row)
            with open(path + ".new", "w") as file:
                json.dump(kept, file, indent=1)
            os.replace(path + ".new", path)
        result = kept[row.name]
        verdict = "" if row.must is None else f"{row.must:>4}x {'reached' if result['ratio'] >= row.must else 'MISSED'}"
        print(f"{row.name:34}{result['rlhs']:>12,.0f}{result['peer']:>10,.0f}{result['ratio']:>7.1f}x"
              f"{result['from']:>7.1f} .. {result['to']:<5.1f}{verdict}", flush=True)


main()
