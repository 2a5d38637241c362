"""DQN on CartPole-v1 with Stable-Baselines3's own settings, in rlhs and in Stable-Baselines3.

Same network, batch, buffer and update schedule, in turn, learning included, neither evaluating while
it trains (rlhs would, every 5 %, if it were not told not to). A rate is environment
steps a CPU-second of one process, its start-up (the program's own start, the imports) taken off by a
run of few steps. The peer is measured twice: held to one thread, which is its best, and as it
installs, where PyTorch takes every core for matrices too small to share and burns CPU in waiting.
"""
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 3
OWN_STEPS = 400_000
PEER_STEPS = 20_000
BASE_STEPS = 1_000

OWN = (
    "env CartPole-v1 seed={seed}\n"
    "a = agent dqn layers=[64, 64] learning_rate=1e-4 buffer_size=1M batch_size=32 learning_starts=100 "
    "train_freq=4 gradient_steps=1 target_update_interval=10k exploration_fraction=0.1 "
    "exploration_final_eps=0.05 n_eval_episodes=0 total_steps={total}\n"
    "train a steps={steps}\nprint a.steps"
)

PEER = """
import sys, torch
{threads}
import gymnasium, stable_baselines3
model = stable_baselines3.DQN("MlpPolicy", gymnasium.make("CartPole-v1"), seed={seed},
    policy_kwargs=dict(net_arch=[64, 64]), device="cpu", verbose=0)
model.learn({steps})
print(model.num_timesteps)
"""


def cpu_seconds(command, folder):
    environment = dict(os.environ, RLHS_THREADS="1")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def own_command(steps, seed):
    source = OWN.format(steps=steps, seed=seed, total=OWN_STEPS)
    return [os.environ["RLHS_BINARY"], "-c", source]


def peer_command(steps, seed):
    return [sys.executable, "-c", PEER.format(steps=steps, seed=seed, threads="torch.set_num_threads(1)")]


def installed_peer_command(steps, seed):
    return [sys.executable, "-c", PEER.format(steps=steps, seed=seed, threads="")]


def rate(command, steps, seed, folder):
    base = cpu_seconds(command(BASE_STEPS, seed), folder)
    return (steps - BASE_STEPS) / (cpu_seconds(command(steps, seed), folder) - base)


def peak_memory(folder):
    """In MiB, of one run of ours with its buffer of a million transitions."""
    result = subprocess.run(
        ["/usr/bin/env", "python3", "-c",
         "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True); "
         "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)", *own_command(OWN_STEPS, 0)],
        cwd=folder, capture_output=True, check=True, text=True)
    return int(re.findall(r"\d+", result.stdout)[-1]) / 1024


with tempfile.TemporaryDirectory() as folder:
    import stable_baselines3
    print(f"Stable-Baselines3 {stable_baselines3.__version__}, one core, CartPole-v1, its own DQN settings")
    ratios, installed_ratios = [], []
    for seed in range(ROUNDS):
        peer = rate(peer_command, PEER_STEPS, seed, folder)
        own = rate(own_command, OWN_STEPS, seed, folder)
        installed = rate(installed_peer_command, PEER_STEPS, seed, folder)
        ratios.append(own / peer)
        installed_ratios.append(own / installed)
        print(f"seed {seed}: rlhs {own:,.0f} steps/s   SB3 on one thread {peer:,.0f}, ratio {own / peer:.0f}   "
              f"SB3 as installed {installed:,.0f}, ratio {own / installed:.0f}", flush=True)
    print(f"median ratio {statistics.median(ratios):.0f} to one thread, "
          f"{statistics.median(installed_ratios):.0f} as installed; peak memory of rlhs {peak_memory(folder):.0f} MiB "
          f"after {OWN_STEPS:,} steps")
