"""The README's sessions, typed again: what it shows is what is seen."""

import os
import re

from screen import ENTER, Prompt, line_is

README = os.path.join(os.path.dirname(__file__), "..", "..", "..", "README.md")
# Times and rates differ from run to run.
TIMES = re.compile(r"in [0-9.]+m?s( \([0-9.]+[kM]? steps/s\))?$|in [0-9.]+s \([0-9.]+[kM]? steps/s\)")


def sessions():
    """The cells of each session, `(input, lines shown after it)`, one session a block."""
    with open(README, encoding="utf-8") as file:
        blocks = re.findall(r"^```\n(.*?)^```$", file.read(), re.DOTALL | re.MULTILINE)
    for block in blocks:
        cells = []
        for line in block.splitlines():
            start = re.match(r"\[\d+\] (.*)", line)
            if start:
                cells.append((start[1], []))
            elif cells:
                cells[-1][1].append(line)
        if cells:
            yield cells


def same(seen, shown):
    return TIMES.sub("", seen).rstrip() == TIMES.sub("", shown).rstrip()


def run_cell(s, number, text, shown):
    s.send(text + ENTER)
    if "render=true" in text:
        s.wait("speed 1x")
        s.send("q")
    keys = [re.search(r"Enter skips > (.)$", line) for line in shown]
    for key in filter(None, keys):
        s.wait("Enter skips >")
        s.send(key[1])
    s.wait(line_is(f"[{number + 1}]"), seconds=60)
    if "render=true" in text:
        return
    first = s.row_of(f"[{number}] {text[:40]}") + 1
    seen = s.lines[first:s.row_of(f"[{number + 1}]")]
    assert len(seen) == len(shown) and all(map(same, seen, shown)), (
        f"the README shows for `{text}`:\n" + "\n".join(shown) + "\nseen:\n" + "\n".join(seen))


def test_the_readme_shows_what_is_seen(folder):
    count = 0
    with Prompt(folder, columns=160, rows=120) as s:
        number = 1
        for cells in sessions():
            for text, shown in cells:
                run_cell(s, number, text, shown)
                number += 1
                count += 1
    assert count >= 10
