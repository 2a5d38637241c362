"""The evaluator against CPython, and stepping environments against Gymnasium, in one run.

Each program times nothing itself: its processor time is taken, less that of the start-up (an empty
program, or the same program with no steps). Ratios are medians over pairs of runs, Python's time
over rlhs's.
"""
import os
import resource
import statistics
import subprocess
import sys

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
    "map updates": (
        "fn run() {\n  words = split(\"the quick brown fox jumps over the lazy dog again and again\")\n"
        "  m = {}\n  for i in 1..100k { for w in words { if w in m { m[w] += 1 } else { m[w] = 1 } } }\n"
        "  m.again\n}\nprint run()",
        "def run():\n    words = 'the quick brown fox jumps over the lazy dog again and again'.split()\n"
        "    m = {}\n    for i in range(100_000):\n        for w in words:\n"
        "            if w in m: m[w] += 1\n            else: m[w] = 1\n    return m['again']\nprint(run())",
    ),
    "records": (
        "fn run() {\n  p = {x: 0.0, y: 0.0, n: 0}\n"
        "  for i in 1..1M { p.x = p.x + 0.5; p.y = p.y - p.x; p.n += 1 }\n  p.y\n}\nprint run()",
        "def run():\n    p = {'x': 0.0, 'y': 0.0, 'n': 0}\n    for i in range(1_000_000):\n"
        "        p['x'] = p['x'] + 0.5\n        p['y'] = p['y'] - p['x']\n        p['n'] += 1\n"
        "    return p['y']\nprint(run())",
    ),
    "nested updates": (
        "fn run() {\n  g = {a: {b: {c: 0}}, xs: [[0, 1], [2, 3]]}\n"
        "  for i in 1..500k { g.a.b.c += 1; g.xs[1][0] += i }\n  g.a.b.c + g.xs[1][0]\n}\nprint run()",
        "def run():\n    g = {'a': {'b': {'c': 0}}, 'xs': [[0, 1], [2, 3]]}\n    for i in range(1, 500_001):\n"
        "        g['a']['b']['c'] += 1\n        g['xs'][1][0] += i\n    return g['a']['b']['c'] + g['xs'][1][0]\nprint(run())",
    ),
    "keys and values": (
        "fn run() {\n  m = {}\n  for i in 0..<200 { m[\"k{i}\"] = i }\n  t = 0\n"
        "  for n in 1..3000 { for k, v in m { t += v } }\n  t\n}\nprint run()",
        "def run():\n    m = {}\n    for i in range(200): m[f'k{i}'] = i\n    t = 0\n    for n in range(3000):\n"
        "        for k, v in m.items(): t += v\n    return t\nprint(run())",
    ),
    "caught errors": (
        "fn run() {\n  t = 0\n  for i in 1..500k { try { if i % 3 == 0 { fail(\"x\") }; t += 1 } catch e { t += 2 } }\n"
        "  t\n}\nprint run()",
        "def run():\n    t = 0\n    for i in range(1, 500_001):\n        try:\n"
        "            if i % 3 == 0: raise ValueError('x')\n            t += 1\n        except ValueError as e: t += 2\n"
        "    return t\nprint(run())",
    ),
    "matrices": (
        "fn run() {\n  n = 100\n  a = map(0..<n, fn(i) => map(0..<n, fn(j) => i * j % 7 + 0.5))\n  c = []\n"
        "  for i in 0..<n {\n    row = []\n    for j in 0..<n {\n      s = 0.0\n"
        "      for k in 0..<n { s += a[i][k] * a[k][j] }\n      row += [s]\n    }\n    c += [row]\n  }\n"
        "  c[3][4]\n}\nprint run()",
        "def run():\n    n = 100\n    a = [[i * j % 7 + 0.5 for j in range(n)] for i in range(n)]\n    c = []\n"
        "    for i in range(n):\n        row = []\n        for j in range(n):\n            s = 0.0\n"
        "            for k in range(n): s += a[i][k] * a[k][j]\n            row.append(s)\n        c.append(row)\n"
        "    return c[3][4]\nprint(run())",
    ),
    "sorting": (
        "fn run() {\n  xs = map(0..<300k, fn(i) => i * 7919 % 300007)\n"
        "  ys = sort(xs)\n  zs = filter(ys, fn(x) => x % 2 == 0)\n  sum(zs)\n}\nprint run()",
        "def run():\n    xs = list(map(lambda i: i * 7919 % 300007, range(300_000)))\n"
        "    ys = sorted(xs)\n    zs = list(filter(lambda x: x % 2 == 0, ys))\n    return sum(zs)\nprint(run())",
    ),
}


STEP_LOOPS = {
    "one action": (
        "env CartPole-v1 seed=1\no = reset\n"
        "for i in 1..N { r = step 1; if r.terminated or r.truncated { reset } }",
        "for i in range(N):\n    o, r, terminated, truncated, info = env.step(1)\n"
        "    if terminated or truncated: env.reset()",
    ),
    "a policy": (
        "env CartPole-v1 seed=1\no = reset\nfor i in 1..N {\n"
        "  r = step (if o[2] + o[3] > 0 { 1 } else { 0 })\n"
        "  o = if r.terminated or r.truncated { (reset) } else { r.observation }\n}",
        "for i in range(N):\n"
        "    o, r, terminated, truncated, info = env.step(1 if o[2] + o[3] > 0 else 0)\n"
        "    if terminated or truncated: o, _ = env.reset()",
    ),
    "a sum of rewards": (
        "env CartPole-v1 seed=1\no = reset\ntotal = 0\nfor i in 1..N {\n"
        "  r = step (i % 2)\n  total += r.reward\n  if r.terminated { reset } else if r.truncated { reset }\n}",
        "total = 0\nfor i in range(N):\n    o, r, terminated, truncated, info = env.step(i % 2)\n"
        "    total += r\n    if terminated or truncated: env.reset()",
    ),
}
GYMNASIUM = "import gymnasium\nenv = gymnasium.make('CartPole-v1')\no, _ = env.reset(seed=1)\n"

OWN_ENVIRONMENTS = {
    "Pit": """env Pit {
  size = 5
  actions = ["up", "down", "left", "right"]
  observation = box(0, 1, shape=[2])
  fn reset(rng) => {x: 0, y: 0}
  fn step(s, action, rng) {
    if action == 1 { s.y = min(s.y + 1, size - 1) }
    if action == 3 { s.x = min(s.x + 1, size - 1) }
    if s.x == size - 1 and s.y == size - 1 { return s, 1, true }
    return s, -0.01, false
  }
  fn observe(s) => [s.x / size, s.y / size]
}
""",
    "Spring": """env Spring {
  stiffness = 2.0
  actions = 3
  observation = box(-10, 10, shape=[4])
  fn reset(rng) => [draw(rng) - 0.5, 0.0, draw(rng) - 0.5, 0.0]
  fn step(s, action, rng) {
    force = action - 1
    vx = s[1] + 0.05 * (force - stiffness * s[0])
    vy = s[3] - 0.05 * stiffness * s[2]
    next = [s[0] + 0.05 * vx, vx, s[2] + 0.05 * vy, vy]
    return next, -abs(next[0]), abs(next[0]) > 5
  }
  fn observe(s) => s
  time_limit = 200
}
""",
}
REWARDS = {
    "a comparison": "reward fn(obs, action, next) => if next[2] > 0 { 1 } else { 0 }\n",
    "arithmetic": "reward fn(obs, action, next) => 1 - abs(next[2]) - 0.1 * next[0] * next[0]\n",
}


def seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run(command, capture_output=True, check=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, result.stdout


def per_step(program, few, many):
    """Seconds a step, from two lengths of the same program."""
    difference = seconds(program(many))[0] - seconds(program(few))[0]
    return difference / (many - few)


def stepping(rounds):
    print("a scripted step loop over CartPole-v1")
    for name, (source, python_source) in STEP_LOOPS.items():
        own, peer = [], []
        for _ in range(rounds):
            own.append(per_step(lambda n: ours(source.replace("N", str(n))), 1000, 1_000_000))
            peer.append(
                per_step(
                    lambda n: theirs(GYMNASIUM + python_source.replace("(N)", f"({n})")), 1000, 100_000))
        ratio = statistics.median(b / a for a, b in zip(own, peer))
        print(f"  {name:18} rlhs {1 / statistics.median(own) / 1e6:5.2f}M steps/s   "
              f"Gymnasium {1 / statistics.median(peer) / 1e6:5.2f}M   ratio {ratio:5.1f}")


def own_environments(rounds):
    print("an own environment")
    for name, block in OWN_ENVIRONMENTS.items():
        loop = block + f"env {name}\nreset\nfor i in 1..N {{ r = step (i % 3); if r.terminated or r.truncated {{ reset }} }}"
        train = block + f"env {name}\nagent dqn learning_starts=100M\ntrain steps=N"
        for what, source in (("stepped by a script", loop), ("in training", train)):
            cost = statistics.median(
                per_step(lambda n: ours(source.replace("N", str(n))), 1000, 300_000) for _ in range(rounds))
            print(f"  {name:8} {what:20} {1 / cost / 1e3:7.0f}k steps/s")


def own_rewards(rounds):
    print("an own reward in training adds")
    for name, reward in REWARDS.items():
        added = []
        for _ in range(rounds):
            costs = [
                per_step(
                    lambda n: ours(
                        "env CartPole-v1 seed=1\n" + source
                        + f"agent dqn seed=1 learning_starts=100M\ntrain steps={n}"),
                    1000, 1_000_000)
                for source in ("", reward)
            ]
            added.append(costs[1] - costs[0])
        print(f"  {name:18} {statistics.median(added) * 1e9:5.0f} ns a step")


def ours(source):
    return [os.environ["RLHS_BINARY"], "-c", source]


def theirs(source):
    return [sys.executable, "-c", source]


def programs(rounds):
    for name, (source, python_source) in PROGRAMS.items():
        ratios, own, peer = [], [], []
        for _ in range(rounds):
            base_own = seconds(ours("null"))[0]
            base_peer = seconds(theirs("None"))[0]
            own_time, own_output = seconds(ours(source))
            peer_time, peer_output = seconds(theirs(python_source))
            assert own_output == peer_output, (name, own_output, peer_output)
            own.append(own_time - base_own)
            peer.append(peer_time - base_peer)
            ratios.append(peer[-1] / own[-1])
        print(f"{name:15} rlhs {statistics.median(own):6.3f} s   Python {statistics.median(peer):6.3f} s   "
              f"ratio {statistics.median(ratios):5.2f} ({min(ratios):.2f}-{max(ratios):.2f})")


print(f"Python {sys.version.split()[0]}")
programs(ROUNDS)
stepping(3)
own_environments(3)
own_rewards(3)
