"""10,000 recorded runs: the time of `runs | where ... | table`, and of the prompt's start beside them.
Wall time of whole processes, the least of ten; start-up of the program alone taken off the first."""

import os
import pty
import select
import sqlite3
import subprocess
import tempfile
import time

BINARY = os.environ["RLHS_BINARY"]
RUNS = 10_000


def seconds(folder, code):
    times = []
    for _ in range(10):
        start = time.monotonic()
        subprocess.run([BINARY, "-c", code], cwd=folder, capture_output=True, check=True)
        times.append(time.monotonic() - start)
    return min(times)


def prompt_start(folder):
    """Seconds until the prompt is there."""
    times = []
    for _ in range(10):
        master, slave = pty.openpty()
        start = time.monotonic()
        process = subprocess.Popen([BINARY], cwd=folder, stdin=slave, stdout=slave, stderr=slave,
                                   env=dict(os.environ, TERM="xterm"))
        seen = b""
        while b"[1]" not in seen:
            if not select.select([master], [], [], 10)[0]:
                raise SystemExit(f"no prompt after 10 s: {seen!r}")
            seen += os.read(master, 4096)
        times.append(time.monotonic() - start)
        process.kill()
        process.wait()
        os.close(master)
        os.close(slave)
    return min(times)


with tempfile.TemporaryDirectory() as folder:
    subprocess.run([BINARY, "-c", "env CartPole-v1\na = agent dqn\ntrain a steps=300"], cwd=folder,
                   capture_output=True, check=True)
    with sqlite3.connect(f"{folder}/.rlhs/store.sqlite") as store:
        columns = [row[1] for row in store.execute("PRAGMA table_info(runs)") if row[1] != "id"]
        names = ", ".join(columns)
        select_one = ", ".join("n" if c == "steps" else c for c in columns)
        store.execute(
            f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {RUNS - 1}) "
            f"INSERT INTO runs ({names}) SELECT {select_one} FROM numbers, (SELECT * FROM runs WHERE id = 1)")
    nothing = seconds(folder, "null")
    few = seconds(folder, "runs | where fn(r) => r.steps > 9_900 | table")
    all_rows = seconds(folder, "runs | where fn(r) => r.steps > 0 | table")
    print(f"{RUNS:,} runs: where to 100 rows and table {(few - nothing) * 1e3:.0f} ms, to all rows "
          f"{(all_rows - nothing) * 1e3:.0f} ms; prompt there after {prompt_start(folder) * 1e3:.0f} ms")
