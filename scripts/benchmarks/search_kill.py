"""Kills a search at 50 random moments and takes it up again each time; the final table must be the
one of a run that nobody stopped, times aside. Three kinds of search: whole trials, ones that climb
rungs from checkpoint to checkpoint, and a population whose members go on from each other's."""

import contextlib
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

BINARY = os.environ["RLHS_BINARY"]
MOST_KILLS = 4  # of one search
KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 50
TASK = "env CartPole-v1 seed=3\na = agent dqn layers=[64, 64] batch_size=32\n"
SPACE = "over={learning_rate: loguniform(1e-4, 1e-2), gamma: [0.95, 0.98, 0.99]}"
ADAPTED = "over={learning_rate: loguniform(1e-4, 1e-2), batch_size: [32, 64]}"
KINDS = {
    "tpe": f"s = search tpe trials=12 steps=6_000 seeds=2 {SPACE}\n",
    "gp, asha": f"s = search gp trials=16 steps=9_000 pruner=asha {SPACE}\n",
    "pbt": f"s = search random trials=8 steps=9_000 pruner=pbt rungs=5 {ADAPTED}\n",
}
TABLE = "trials s | table\nprint s.best.number s.best_value"


def start(folder, code):
    return subprocess.Popen(
        [BINARY, "--json", "-c", TASK + code + TABLE],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def is_recorded(folder):
    path = f"{folder}/.rlhs/store.sqlite"
    if not os.path.exists(path):
        return False
    try:
        with contextlib.closing(sqlite3.connect(path)) as store:
            return store.execute("SELECT count(*) FROM studies").fetchone()[0] > 0
    except sqlite3.OperationalError:  # killed before there were tables
        return False


def table(output):
    """The rows without their times, and the winner with its value."""
    events = [json.loads(line) for line in output.splitlines()]
    rows = next(e["value"] for e in reversed(events) if e["event"] == "value")
    for row in rows:
        del row["seconds"]
    return rows, events[-1]["text"]


def finished(process):
    output, errors = process.communicate()
    if process.returncode != 0:
        sys.exit(f"failed with {process.returncode}: {output[-500:]}{errors}")
    return table(output)


def main():
    rng = random.Random(20261124)
    killed, searches = 0, 0
    expected, length = {}, {}
    for name, code in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            begun = time.monotonic()
            expected[name] = finished(start(folder, code))
            length[name] = time.monotonic() - begun
            print(f"{name}: {len(expected[name][0])} trials in {length[name]:.1f} s undisturbed")
    while killed < KILLS:
        name, code = list(KINDS.items())[searches % len(KINDS)]
        with tempfile.TemporaryDirectory() as folder:
            kills_here = 0
            while killed < KILLS and kills_here < MOST_KILLS:
                process = start(folder, "s = resume s\n" if is_recorded(folder) else code)
                # Seldom so early that nothing is recorded, seldom late enough to end.
                try:
                    process.wait(rng.uniform(0.02, 0.4) * length[name])
                    break
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
                    killed += 1
                    kills_here += 1
            else:
                process = start(folder, "s = resume s\n" if is_recorded(folder) else code)
            got = finished(process)
            searches += 1
            verdict = "equal" if got == expected[name] else "DIFFERENT"
            print(f"{name}: killed {kills_here} times, then {verdict}")
            if got != expected[name]:
                sys.exit(f"expected {expected[name]}\ngot      {got}")
    print(f"{killed} kills in {searches} searches: every final table is the undisturbed one's")


main()
