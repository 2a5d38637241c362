"""Cells that are run again, and runs that are removed after a question."""

from screen import ENTER, Prompt, line_is


def run_all(s, *cells):
    for cell in cells:
        s.run(cell)


def test_stale_cells_run_again_and_only_those(folder):
    with Prompt(folder) as s:
        run_all(s, "n = 5", "m = n * 2", "k = 1", "print \"m is\" m", "n = 7")
        s.run("filter(cells(), fn(c) => c.stale) | map fn(c) => c.number")
        assert "[2, 4]" in s.text
        s.send("rerun stale" + ENTER)
        s.wait(line_is("[10]"))
        assert "m is 14" in s.text
        s.run("rerun stale")
        assert "no cell is stale" in s.text


def test_training_again_is_asked_about(folder):
    with Prompt(folder) as s:
        run_all(s, "env CartPole-v1 seed=7", "a = agent dqn", "train a steps=300",
                "print \"steps\" a.steps", "a = agent dqn learning_rate=1e-3")
        s.send("rerun stale" + ENTER)
        s.wait("stale: cells 3 and 4, of which 3 train again. Go on? y, n >")
        s.send("n")
        s.wait(line_is("[7]"))
        s.send("rerun stale training=false" + ENTER)
        s.wait(line_is("[9]"))
        assert "steps 0" in s.text
        s.send("rerun stale" + ENTER)
        s.wait("Go on?")
        s.send("y")
        s.wait("steps 300")


def test_more_training_makes_what_looks_at_the_agent_stale(folder):
    with Prompt(folder) as s:
        run_all(s, "env CartPole-v1 seed=7", "a = agent dqn", "train a steps=300",
                "print \"steps\" a.steps", "train a steps=100")
        s.send("rerun stale" + ENTER)
        s.wait(line_is("[8]"))
        assert "steps 400" in s.text


def test_a_range_of_cells_runs_again(folder):
    with Prompt(folder) as s:
        run_all(s, "x = 1", "x += 1", "x *= 10")
        s.send("rerun 2..3" + ENTER)
        s.wait(line_is("[7]"))
        s.run("print \"x is\" x")
        assert "x is 210" in s.text


def test_removing_several_runs_is_asked_about(folder):
    with Prompt(folder) as s:
        run_all(s, "env CartPole-v1 seed=7", "a = agent dqn", "train a steps=100",
                "train a steps=100")
        s.send("rm 1..2" + ENTER)
        s.wait("2 runs of 200 steps in all are to be removed. Go on? y, n >")
        s.send("n")
        s.wait(line_is("[6]"))
        s.run("print \"left\" len(runs())")
        assert "left 2" in s.text
        s.run("rm 1")
        assert "removed run 1" in s.text


def test_a_file_that_was_written_makes_what_read_it_stale(folder):
    with Prompt(folder) as s:
        run_all(s, "write_text(\"t.txt\", \"ab\" * 40)", "corpus t.txt", "m = agent lm width=16 heads=2",
                "print \"steps\" m.steps", "n = 1")
        s.run("count(cells(), fn(c) => c.stale)")
        assert s.lines[s.cursor[0] - 1] == "0"
        with open(folder + "/t.txt", "w") as file:
            file.write("abc" * 50)
        s.run("filter(cells(), fn(c) => c.stale) | map fn(c) => c.number")
        assert "[2, 3, 4]" in s.text


def test_cells_are_a_table(folder):
    with Prompt(folder) as s:
        run_all(s, "n = 5", "nosuch", "cells")
        assert "outcome" in s.text and "{" not in s.text.split("cells")[-1]
        row = s.lines[s.row_of("nosuch")]
        assert "failed" in row
