"""The tutorial's grid (learning rate x batch size, 3 x 3, 3 seeds, 20k steps of DQN on CartPole,
layers [64, 64]) against Stable-Baselines3 on the same cores: one of its trials is measured, in the
middle of the grid, and multiplied by the 27, shared by the cores. Then what two workers gain."""

import json
import os
import subprocess
import sys
import tempfile
import time

SETTINGS = ("layers=[64, 64] buffer_size=1M learning_starts=100 train_freq=4 gradient_steps=1 "
            "target_update_interval=10k exploration_fraction=0.1 exploration_final_eps=0.05")
SCRIPT = f"""
env CartPole-v1 seed=11
a = agent dqn {SETTINGS}
s = search grid steps=20_000 seeds=3 over={{learning_rate: [1e-4, 5e-4, 1e-3], batch_size: [32, 64, 128]}}
b = best s
evaluate b episodes=200
"""
PEER = """
import torch
torch.set_num_threads(1)
import time
import gymnasium, stable_baselines3
from stable_baselines3.common.evaluation import evaluate_policy
start = time.monotonic()
model = stable_baselines3.DQN("MlpPolicy", gymnasium.make("CartPole-v1"), seed=0, learning_rate=5e-4,
    batch_size=64, policy_kwargs=dict(net_arch=[64, 64]), device="cpu", verbose=0)
model.learn(20_000)
evaluate_policy(model, model.get_env(), n_eval_episodes=20)
print(time.monotonic() - start)
"""
TRIALS = 27


def own_run(threads):
    """Seconds from nothing to the last line, and the events."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        result = subprocess.run(
            [os.environ["RLHS_BINARY"], "--json", "-c", SCRIPT], cwd=folder, capture_output=True,
            text=True, check=True, env=dict(os.environ, RLHS_THREADS=str(threads)))
        seconds = time.monotonic() - start
    return seconds, [json.loads(line) for line in result.stdout.splitlines()]


def main():
    cores = os.cpu_count()
    own, events = own_run(cores)
    peer = float(subprocess.run([sys.executable, "-c", PEER], capture_output=True, text=True,
                                check=True).stdout)
    again, _ = own_run(cores)
    own = min(own, again)
    print(f"rlhs: {own:.1f} s on {cores} cores; SB3: one trial {peer:.1f} s, all {TRIALS} on {cores} "
          f"cores {peer * TRIALS / cores:.0f} s; ratio {peer * TRIALS / cores / own:.0f}")
    best = next(e for e in events if e["event"] == "best")
    after = next(e for e in events if e["event"] == "evaluate")
    print(f"best {best['params']}: reported {best['mean']:.1f} {best['ci']}, evaluated again "
          f"{after['mean']:.1f}")
    alone = [own_run(1)[0] for _ in range(2)]
    both = [own_run(2)[0] for _ in range(2)]
    print(f"one worker {min(alone):.1f} s, two {min(both):.1f} s: {min(alone) / min(both):.2f}x")


main()
