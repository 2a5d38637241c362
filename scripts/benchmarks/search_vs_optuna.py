"""Samplers against Optuna's in one run: the best value after 50 and 100 trials over many seeds, and
the CPU time of one suggestion after 100 and 1000 trials. Both minimise the same functions.

    search_vs_optuna.py [TPE SEEDS]     of Optuna; by default 100, as many as ours
"""

import math
import os
import random
import statistics
import subprocess
import sys
import time
import warnings

import optuna
import torch

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")
torch.set_num_threads(1)

SEEDS = int(sys.argv[1]) if len(sys.argv) > 1 else 100
HEIGHTS = [1.0, 1.2, 3, 3.2]
SLOPES = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8],
          [17, 8, 0.05, 10, 0.1, 14]]
CENTERS = [[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
           [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]]


def branin(p):
    x, y = p
    bend = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return bend * bend + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def hartmann6(p):
    return -sum(
        height * math.exp(-sum(s * (x - c * 1e-4) ** 2 for s, c, x in zip(slopes, centers, p)))
        for height, slopes, centers in zip(HEIGHTS, SLOPES, CENTERS))


FUNCTIONS = {"branin": (branin, [(-5, 10), (0, 15)]), "hartmann6": (hartmann6, [(0, 1)] * 6)}


def samplers(seed):
    return {"tpe": optuna.samplers.TPESampler(multivariate=True, seed=seed),
            "gp": optuna.samplers.GPSampler(seed=seed)}


def ask(trial, bounds):
    return [trial.suggest_float(f"x{i}", low, high) for i, (low, high) in enumerate(bounds)]


def best_values(name, sampler, seed):
    function, bounds = FUNCTIONS[name]
    study = optuna.create_study(sampler=samplers(seed)[sampler])
    best, after = math.inf, []
    for _ in range(100):
        trial = study.ask()
        value = function(ask(trial, bounds))
        study.tell(trial, value)
        best = min(best, value)
        after.append(best)
    return after[49], after[99]


def suggestion_seconds(name, sampler, trials):
    """Of the CPU, after so many random trials: the median of some suggestions."""
    function, bounds = FUNCTIONS[name]
    rng = random.Random(1)
    study = optuna.create_study(sampler=samplers(2)[sampler])
    space = {f"x{i}": optuna.distributions.FloatDistribution(*b) for i, b in enumerate(bounds)}
    for _ in range(trials):
        point = [rng.uniform(*b) for b in bounds]
        study.add_trial(optuna.trial.create_trial(
            params=dict(zip(space, point)), distributions=space, value=function(point)))
    times = []
    for _ in range(2 if sampler == "gp" and trials > 500 else 5):
        start = time.process_time()
        trial = study.ask()
        ask(trial, bounds)
        times.append(time.process_time() - start)
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
    return statistics.median(times)


def bootstrap(ours, theirs, rounds=2000):
    """The 95 % interval of the difference of the medians."""
    rng = random.Random(0)
    draws = sorted(
        statistics.median(rng.choices(ours, k=len(ours)))
        - statistics.median(rng.choices(theirs, k=len(theirs))) for _ in range(rounds))
    return draws[int(0.025 * rounds)], draws[int(0.975 * rounds)]


def main():
    lines = subprocess.run([os.environ["RLHS_BENCHMARKS"], "search-values"], capture_output=True,
                           check=True, text=True).stdout.split("\n")
    own_best, own_time = {}, {}
    for words in map(str.split, lines):
        if words[:1] == ["best"]:
            own_best.setdefault((words[1], words[2]), []).append((float(words[4]), float(words[5])))
        elif words:
            own_time[words[1], words[2], int(words[3])] = float(words[4])
    print(f"Optuna {optuna.__version__}, one thread")
    for name in FUNCTIONS:
        for index, trials in enumerate((50, 100)):
            values = [v[index] for v in own_best[name, "gp"]]
            print(f"{name} gp @{trials}: {statistics.median(values):.5f} over {len(values)} seeds")
    for name in FUNCTIONS:
        for sampler in ("tpe", "gp"):
            for trials in (100, 1000):
                own = own_time[name, sampler, trials]
                peer = suggestion_seconds(name, sampler, trials)
                print(f"{name} {sampler} suggestion at {trials}: {own * 1e3:.2f} ms, Optuna "
                      f"{peer * 1e3:.1f} ms, ratio {peer / own:.0f}", flush=True)
    for name in FUNCTIONS:
        theirs = [best_values(name, "tpe", seed) for seed in range(SEEDS)]
        for index, trials in enumerate((50, 100)):
            own = [v[index] for v in own_best[name, "tpe"]]
            peer = [v[index] for v in theirs]
            low, high = bootstrap(own, peer)
            verdict = "better" if high < 0 else "worse" if low > 0 else "no difference"
            print(f"{name} tpe @{trials}: {statistics.median(own):.4f}, Optuna "
                  f"{statistics.median(peer):.4f}, difference [{low:.4f}, {high:.4f}]: {verdict}",
                  flush=True)


main()
