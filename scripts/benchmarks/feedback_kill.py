"""`scripts/soak feedback`: kills the program at random moments while it is taught, and checks what is
left.

A script teaches an agent in a loop: episodes are rated, what was said is folded in, the agent trains. It
tells after each operation what the agent's hash is. Run once to its end it gives the reference; then it
is killed with SIGKILL at a random moment, many times, each time in a project of its own. After each kill

- the project opens, and the ledger holds every answer that was acknowledged;
- `resume` gives an agent whose hash is one that the reference had, with as many answers;
- what `resume` gives, taught on to the end, has the reference's last hash.
"""

import json
import os
import random
import subprocess
import sys
import tempfile

ROUNDS = 12

SCRIPT = """
rounds = args.rounds
fn tell(a, word, i) {{ print "at {{word}} {{i}} {{a.steps}} {{len(filter(ledger(), fn(r) => not r.retracted))}} {{hash(a)}}" }}
{start}
critic = fn(ep) => if ep.length % 2 == 0 {{ 1 }} else {{ -1 }}
for i in first..rounds {{
  if a.steps < 300 * i {{
    train a steps=300 * i - a.steps
    tell(a, "trained", i)
  }}
  for k in 1..3 {{
    if count(filter(ledger(), fn(r) => not r.retracted), fn(r) => r.note == "{{i}}.{{k}}") == 0 {{
      ep = rollout a seed=10 * i + k
      feedback ep (critic(ep)) note="{{i}}.{{k}}"
      tell(a, "given", i)
    }}
  }}
  learn a
  tell(a, "learned", i)
}}
"""

FRESH = "env CartPole-v1 seed=5\na = agent dqn seed=5 learning_starts=100\nfirst = 1"
RESUMED = "env CartPole-v1 seed=5\na = resume\ntell(a, \"resumed\", 0)\nfirst = max(1, a.steps // 300)"


def write(folder):
    for name, start in (("fresh", FRESH), ("resumed", RESUMED)):
        with open(os.path.join(folder, name + ".rlhs"), "w", encoding="utf-8") as file:
            file.write(SCRIPT.format(start=start))


def command(program, script):
    return [program, "--json", script + ".rlhs", f"rounds={ROUNDS}"]


def told(lines):
    """What each `at …` line says: the word, steps, answers, hash."""
    found = []
    for line in lines:
        event = json.loads(line)
        if event["event"] == "print" and event["text"].startswith("at "):
            _, word, _, steps, answers, digest = event["text"].split()
            found.append((word, int(steps), int(answers), digest))
    return found


def acknowledged(lines):
    return [json.loads(line)["id"] for line in lines if '"event":"feedback"' in line]


def whole_lines(text):
    """A line that was cut off by the kill was not said."""
    return text.split("\n")[:-1]


def run(program, script, folder):
    done = subprocess.run(
        command(program, script), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return whole_lines(done.stdout)


def killed(program, folder, seconds):
    """What it had said when it was killed after so long; nothing of it where it was done by then."""
    with open(os.path.join(folder, "out"), "w+", encoding="utf-8") as out:
        process = subprocess.Popen(
            command(program, "fresh"), cwd=folder, stdout=out, stderr=subprocess.DEVNULL)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        out.seek(0)
        return whole_lines(out.read()), process.returncode < 0


def check(program, folder, lines, reference):
    """What was wrong after a kill, or nothing; and whether there was a checkpoint to go on from."""
    given = acknowledged(lines)
    listed = subprocess.run(
        [program, "--json", "-c", "print json(map(ledger(), fn(r) => r.id))"],
        cwd=folder, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        return "the project does not open: " + listed.stdout + listed.stderr, False
    kept = json.loads(json.loads(listed.stdout.split("\n")[0])["text"])
    if missing := set(given) - set(kept):
        return f"lost answers {sorted(missing)}", False
    if not any(word == "trained" for word, *_ in told(lines)):
        return None, False
    again = told(run(program, "resumed", folder))
    states = {(steps, answers, digest) for _, steps, answers, digest in reference}
    for word, *state in again:
        if tuple(state) not in states:
            return f"after {word}, {state} is no state of the reference", True
    if again[-1][1:] != reference[-1][1:]:
        return f"it ends with {again[-1]}, the reference with {reference[-1]}", True
    return None, True


def main():
    program, kills = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        write(folder)
        before = os.times()
        reference = told(run(program, "fresh", folder))
        length = os.times().elapsed - before.elapsed
    print(f"seed {seed}; the reference took {length:.2f} s and had {len(reference)} states", flush=True)
    hits = resumed = failures = 0
    while hits < kills:
        with tempfile.TemporaryDirectory() as folder:
            write(folder)
            lines, was_killed = killed(program, folder, dice.uniform(0.0, length))
            hits += was_killed
            wrong, went_on = check(program, folder, lines, reference)
            resumed += went_on and was_killed
            if wrong:
                failures += 1
                print(f"FAIL {wrong}", flush=True)
        if hits % 20 == 0 and was_killed:
            print(f"{hits} kills, {resumed} gone on from, {failures} failures", flush=True)
    print(f"{hits} kills, {resumed} gone on from to the reference's end, {failures} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
