"""The evaluator against CPython: the same small programs, in turn, in one run.

Each program times nothing itself; the start-up of both (measured with an empty program) is taken
off. The ratio is the median over pairs of runs, Python's time over rlhs's.
"""
import os
import statistics
import subprocess
import sys
import time

ROUNDS = 7

PROGRAMS = {
    "loop": (
        "n = 0\nfor i in 1..10M { if i % 3 == 0 { n = n + i } else { n = n + 1 } }\nprint n",
        "def run():\n    n = 0\n    for i in range(1, 10_000_001):\n"
        "        if i % 3 == 0: n = n + i\n        else: n = n + 1\n    print(n)\nrun()",
    ),
    "while": (
        "fn run() {\n  i = 0\n  s = 0.0\n  while i < 5M { s = s + i * 0.5; i += 1 }\n  s\n}\nprint run()",
        "def run():\n    i = 0\n    s = 0.0\n    while i < 5_000_000:\n        s = s + i * 0.5\n        i += 1\n"
        "    return s\nprint(run())",
    ),
    "fib(27)": (
        "fn fib(n) => if n < 2 { n } else { fib(n - 1) + fib(n - 2) }\nfor k in 1..5 { x = fib(27) }\nprint x",
        "def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\nfor k in range(5): x = fib(27)\nprint(x)",
    ),
    "lists": (
        "fn run() {\n  xs = []\n  for i in 1..2M { xs += [i * 2] }\n  t = 0\n  for i in 0..<2M { t += xs[i] }\n"
        "  for x in xs { t += x }\n  t\n}\nprint run()",
        "def run():\n    xs = []\n    for i in range(1, 2_000_001): xs += [i * 2]\n    t = 0\n"
        "    for i in range(2_000_000): t += xs[i]\n    for x in xs: t += x\n    return t\nprint(run())",
    ),
    "strings": (
        "fn run() {\n  s = \"\"\n  for i in 1..1M { s += \"{i % 10},\" }\n  len(s)\n}\nprint run()",
        "def run():\n    s = ''\n    for i in range(1, 1_000_001): s += f'{i % 10},'\n    return len(s)\nprint(run())",
    ),
    "maps": (
        "fn run() {\n  m = {}\n  for i in 1..1M { k = \"k{i % 1000}\"; m[k] = get(m, k, 0) + 1 }\n  len(m)\n}\nprint run()",
        "def run():\n    m = {}\n    for i in range(1, 1_000_001):\n        k = f'k{i % 1000}'\n        m[k] = m.get(k, 0) + 1\n"
        "    return len(m)\nprint(run())",
    ),
}


def seconds(command):
    start = time.perf_counter()
    result = subprocess.run(command, capture_output=True, check=True, text=True)
    return time.perf_counter() - start, result.stdout


def ours(source):
    return [os.environ["RLHS_BINARY"], "-c", source]


def theirs(source):
    return [sys.executable, "-c", source]


print(f"Python {sys.version.split()[0]}")
for name, (source, python_source) in PROGRAMS.items():
    ratios, own, peer = [], [], []
    for _ in range(ROUNDS):
        base_own = seconds(ours("null"))[0]
        base_peer = seconds(theirs("None"))[0]
        own_time, own_output = seconds(ours(source))
        peer_time, peer_output = seconds(theirs(python_source))
        assert own_output == peer_output, (name, own_output, peer_output)
        own.append(own_time - base_own)
        peer.append(peer_time - base_peer)
        ratios.append(peer[-1] / own[-1])
    print(f"{name:10} rlhs {statistics.median(own):6.3f} s   Python {statistics.median(peer):6.3f} s   "
          f"ratio {statistics.median(ratios):5.2f} ({min(ratios):.2f}-{max(ratios):.2f})")
