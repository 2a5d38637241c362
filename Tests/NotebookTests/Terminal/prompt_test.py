"""The prompt: typing, editing, history, completion, and what it does to the terminal."""

import os
import random
import signal
import termios
import time

from screen import (
    ALT_ENTER, BACKSPACE, DOWN, END, ENTER, ESCAPE, HOME, LEFT, RIGHT, TAB, UP, Prompt, at, control,
    line_is)


def test_typed_text_is_shown_after_a_numbered_prompt(folder):
    with Prompt(folder) as s:
        s.type("print 1")
        s.wait(line_is("[1] print 1"))
        assert s.cursor[1] == 11
        s.send(ENTER)
        s.wait(line_is("[2]"))


def test_enter_on_a_blank_line_gives_the_prompt_again(folder):
    with Prompt(folder) as s:
        s.send(ENTER)
        s.wait(lambda s: line_is("[1]")(s) and s.lines.count("[1]") == 2)
        s.type("  ")
        s.send(ENTER)
        s.wait(lambda s: s.lines.count("[1]") == 3)
        s.run("print 1")


def test_words_are_coloured_while_typed(folder):
    with Prompt(folder) as s:
        s.type("print 12 ")
        row = s.cursor[0]
        s.wait(lambda s: s.color(row, 4) != "default", what="a coloured command")
        assert s.color(row, 10) != s.color(row, 4)
        assert s.color(row, 1) == "green"


def test_no_color_means_none(folder):
    with Prompt(folder, NO_COLOR="1") as s:
        s.type("print 12")
        s.settle()
        row = s.cursor[0]
        assert all(s.color(row, column) == "default" for column in range(12))
        assert b"\x1b[3" not in s.raw.replace(b"\x1b[?", b"")


def test_enter_goes_on_until_the_cell_is_complete(folder):
    with Prompt(folder) as s:
        s.type("fn f(x) {")
        s.send(ENTER)
        s.wait(at(2), what="indentation")
        s.type("x + 1")
        s.send(ENTER)
        s.wait(at(2))
        s.send("}")
        s.wait(line_is("}"), what="a brace that went back")
        s.send(ENTER)
        s.wait(line_is("[2]"))
        assert "  x + 1" in s.lines


def test_alt_enter_breaks_the_line(folder):
    with Prompt(folder) as s:
        s.type("print 1")
        s.send(ALT_ENTER)
        s.wait(at(0))
        s.type("print 2")
        s.send(UP)
        s.wait(line_is("[1] print 1"))
        s.send(HOME)
        s.wait(at(4))
        s.send(END)
        s.wait(at(11))
        s.send(ENTER)
        s.wait(line_is("[2]"))


def test_up_recalls_a_whole_cell_and_goes_on_above_its_lines(folder):
    with Prompt(folder) as s:
        s.run("print 1")
        s.send("if true {" + ENTER + "print 2" + ENTER + "}" + ENTER)
        s.wait(line_is("[3]"))
        s.send(UP)
        s.wait(line_is("}"))
        s.send(UP)
        s.wait(lambda s: "print 1" in s.lines[s.cursor[0]], what="the cell before")
        s.send(DOWN)
        s.wait(line_is("}"))
        s.send(DOWN)
        s.wait(line_is("[3]"))


def test_up_looks_for_what_begins_as_typed(folder):
    with Prompt(folder) as s:
        for cell in ["x = 1", "print 1", "x = 2", "print 2"]:
            s.run(cell)
        s.type("x")
        s.send(UP)
        s.wait(line_is("[5] x = 2"))
        s.send(UP)
        s.wait(line_is("[5] x = 1"))
        s.send(UP)
        s.settle()
        assert line_is("[5] x = 1")(s)


def test_history_is_there_for_the_next_prompt(folder):
    with Prompt(folder) as s:
        s.run("print 41")
        s.send(control("d"))
        s.child.expect_exact(["\x1b[?2004l"])
    with Prompt(folder) as s:
        s.send(UP)
        s.wait(line_is("[1] print 41"))


def test_a_hint_from_the_history_is_taken_with_right(folder):
    with Prompt(folder) as s:
        s.run("print 123456")
        s.send("pri")
        s.wait("[2] print 123456")
        row = s.cursor[0]
        assert s.cursor[1] == 7
        assert s.color(row, 7) == "brightblack"
        s.send(RIGHT)
        s.wait(at(16))
        s.send(control("u"))
        s.wait(line_is("[2]"))


def test_search_finds_any_script(folder):
    with Prompt(folder) as s:
        s.run('x = "日本語"')
        s.run('y = "本"')
        s.run("print 1")
        s.send(control("r"))
        s.wait("history:")
        s.send("本")
        s.wait(lambda s: 'y = "本"' in s.lines[s.cursor[0]])
        s.send(control("r"))
        s.wait(lambda s: 'x = "日本語"' in s.lines[s.cursor[0]])
        s.send(ESCAPE)
        s.wait(lambda s: "history:" not in s.text, what="the end of the search")
        assert line_is('[4] x = "日本語"')(s)
        s.send(control("r"))
        s.wait("history:")
        s.send("zzz")
        s.wait("not in history")
        s.send(control("g"))
        s.wait(lambda s: "history" not in s.text)
        assert line_is('[4] x = "日本語"')(s)


def test_tab_completes_a_command(folder):
    with Prompt(folder) as s:
        s.type("eval")
        s.send(TAB)
        s.wait(lambda s: s.lines[s.cursor[0]].startswith("[1] evaluate"))


def test_tab_lists_options_with_their_documentation(folder):
    with Prompt(folder) as s:
        s.type("agent dqn exploration_f")
        s.send(TAB)
        s.wait("exploration_final_eps")
        row = s.cursor[0]
        assert s.lines[row + 1].startswith("exploration_fraction") and len(s.lines[row + 1]) > 30
        assert s.lines[row + 2].startswith("exploration_final_eps")
        s.send(TAB)
        s.wait(line_is("[1] agent dqn exploration_fraction="))
        s.send(TAB)
        s.wait(line_is("[1] agent dqn exploration_final_eps="))
        s.send("1")
        s.wait(lambda s: not any(s.lines[s.cursor[0] + 1:]), what="the list gone")
        assert line_is("[1] agent dqn exploration_final_eps=1")(s)


def test_a_paste_of_thousands_of_lines_is_one_edit(folder):
    lines = ["xs = ["] + [f'  "line {i} of a long text", # {i}' for i in range(3000)] + ["]"]
    with Prompt(folder) as s:
        start = time.monotonic()
        s.send("\x1b[200~" + "\n".join(lines) + "\x1b[201~")
        s.wait(lambda s: "line 2999" in s.text and s.cursor == (23, 1), seconds=20)
        seconds = time.monotonic() - start
        assert seconds < Prompt.paste_limit, f"the paste took {seconds:.2f} s"
        s.send(ENTER)
        s.wait_for_prompt()
        s.send(UP)
        s.wait("line 2999")
        s.send("\x1b[5~")
        s.wait(lambda s: s.lines[0].endswith("xs = ["), what="the first line in view")


def test_a_paste_keeps_its_own_indentation(folder):
    with Prompt(folder) as s:
        s.send("\x1b[200~if true {\r\n    print 1\r\n}\x1b[201~")
        s.wait(line_is("}"))
        assert "    print 1" in s.lines
        s.send(ENTER)
        s.wait(line_is("[2]"))


def test_ctrl_c_clears_the_line_and_keeps_it_in_history(folder):
    with Prompt(folder) as s:
        s.type("print 99")
        s.send(control("c"))
        s.wait(line_is("[1]"))
        s.send(UP)
        s.wait(line_is("[1] print 99"))


def test_a_signal_from_outside_clears_the_line_too(folder):
    with Prompt(folder) as s:
        s.type("print 98")
        os.kill(s.child.pid, signal.SIGINT)
        s.wait(line_is("[1]"))
        s.type("print 1")


def test_ctrl_c_stops_what_runs_and_the_prompt_goes_on(folder):
    with Prompt(folder) as s:
        s.send("while true { }" + ENTER)
        s.settle()
        s.send(control("c"))
        s.wait(lambda s: s.lines[s.cursor[0]].startswith("[") and s.cursor[1] == 4)
        s.type("print 5")


def test_ctrl_d_ends_on_an_empty_line_only(folder):
    with Prompt(folder) as s:
        s.type("ab")
        s.send(HOME + control("d"))
        s.wait(line_is("[1] b"))
        s.send(control("d"))
        s.wait(line_is("[1]"))
        s.send(control("d"))
        s.wait(lambda s: not s.child.isalive(), what="the end")
        assert s.child.exitstatus == 0


def test_a_narrow_terminal_wraps(folder):
    with Prompt(folder, columns=20) as s:
        s.send("print 123456 123456 123456 12345")
        s.wait(lambda s: s.cursor == (s.cursor[0], 16) and s.cursor[0] >= 1)
        row = s.cursor[0]
        assert s.lines[row - 1] == "[1] print 123456 123"
        assert s.lines[row] == "456 123456 12345"
        s.send(HOME)
        s.wait(lambda s: s.cursor == (row - 1, 4))


def test_wide_characters_keep_the_cursor_right(folder):
    with Prompt(folder) as s:
        s.type('x = "日本👍é"')
        s.wait(at(4 + 13))
        s.send(LEFT * 3)
        s.wait(at(4 + 9), what="before the emoji")
        s.send(BACKSPACE)
        s.wait(at(4 + 7))
        s.send("語")
        s.wait(line_is('[1] x = "日語👍é"'))


def test_an_accent_of_its_own_is_one_step(folder):
    with Prompt(folder) as s:
        s.send('"e\u0301x"')
        s.wait(at(8))
        s.send(LEFT * 3 + BACKSPACE)
        s.settle()
        s.wait(at(4))


def test_a_locale_without_utf8_is_mended(folder):
    with Prompt(folder, LC_ALL="C") as s:
        s.type('x = "日本é"')
        s.wait(at(4 + 11))


def test_a_new_size_is_taken(folder):
    with Prompt(folder) as s:
        s.type("print 123456789")
        s.resize(30, 12)
        s.settle()
        s.send(" 98765432101234")
        s.wait(lambda s: s.cursor[1] == 4, what="wrapped at the new width")
        assert s.lines[s.cursor[0] - 1] == "[1] print 123456789 9876543210"


def test_a_dumb_terminal_gets_no_escapes(folder):
    with Prompt(folder, TERM="dumb") as s:
        s.send("fn f(x) {" + ENTER)
        s.wait(lambda s: s.cursor[1] == 4 and s.cursor[0] > 0)
        s.send("x + 1" + ENTER + "}" + ENTER)
        s.wait(line_is("[2]"))
        assert b"\x1b" not in s.raw


def test_a_dumb_terminal_edits_within_one_row(folder):
    with Prompt(folder, columns=20, TERM="dumb") as s:
        s.send("print 1 + 3" + LEFT + BACKSPACE + "2 +")
        s.wait(line_is("[1] print 1 +2 +3"))
        s.wait(at(16))
        s.send(END + " + 4567")
        s.wait(lambda s: s.lines[s.cursor[0]].endswith("+ 4567") and s.cursor == (s.cursor[0], 19))
        s.send(control("u"))
        s.wait(line_is("[1]"))
        s.send("print 1" + ENTER)
        s.wait(line_is("[2]"))
        s.send(UP)
        s.wait(line_is("[2] print 1"))
        assert b"\x1b" not in s.raw


def test_the_terminal_is_given_back(folder):
    with Prompt(folder) as s:
        s.type("print 1")
        s.child.kill(signal.SIGTERM)
        s.wait(lambda s: not s.child.isalive(), what="the end")
        while s.read():
            pass
        assert b"\x1b[?2004l" in s.raw
        assert s.child.signalstatus == signal.SIGTERM


def test_the_terminal_is_as_before_while_a_cell_runs(folder):
    def modes(s):
        return termios.tcgetattr(s.child.child_fd)[3] & (termios.ICANON | termios.ECHO)
    with Prompt(folder) as s:
        assert modes(s) == 0
        s.send("while true { }" + ENTER)
        s.wait(lambda s: modes(s) == termios.ICANON | termios.ECHO, what="cooked modes")
        s.send(control("c"))
        s.wait(lambda s: modes(s) == 0, what="the prompt's modes")


def test_ctrl_k_and_ctrl_y_move_text_and_undo_takes_back(folder):
    with Prompt(folder) as s:
        s.type("abcde 12")
        s.send("\x1bb" + control("k"))
        s.wait(line_is("[1] abcde"))
        s.send(control("a") + control("y"))
        s.wait(line_is("[1] 12abcde"))
        s.send(control("_"))
        s.wait(line_is("[1] abcde"))
        s.send(control("_"))
        s.wait(line_is("[1] abcde 12"))


def test_ctrl_l_clears_the_screen_and_keeps_the_line(folder):
    with Prompt(folder) as s:
        s.run("print 1")
        s.type("print 2")
        s.send(control("l"))
        s.wait(lambda s: s.lines[0] == "[2] print 2" and s.cursor == (0, 11))


def test_vi_keys_of_the_users_editrc_work(folder):
    with open(os.path.join(folder, ".editrc"), "w") as file:
        file.write("bind -v\n")
    with Prompt(folder) as s:
        s.run("print 1")
        s.type("aprint 2")
        s.send(ESCAPE)
        s.settle()
        s.send("0x")
        s.wait(line_is("[2] print 2"))
        s.send("dd")
        s.wait(line_is("[2]"))
        s.send("k")
        s.wait(line_is("[2] print 1"))
        s.send("j")
        s.wait(line_is("[2]"))


def test_a_bad_editrc_does_no_harm(folder):
    with open(os.path.join(folder, ".editrc"), "w") as file:
        file.write("nonsense ^A\nbind ^M ed-delete-prev-char\nbind\n\x80\xff\n")
    with Prompt(folder) as s:
        s.run("print 1")


def test_lines_sent_all_at_once_are_run_one_after_the_other(folder):
    with Prompt(folder) as s:
        s.send("x = 1\nif x == 1 {\n  y = 2\n}\nz = 3\n")
        s.wait(line_is("[4]"))
        assert "  y = 2" in s.lines


def press_at_random(folder, seed):
    keys = [UP, DOWN, LEFT, RIGHT, HOME, END, ALT_ENTER, BACKSPACE, ESCAPE, TAB, "\x1b[Z",
            "\x1b[5~", "\x1b[6~", "\x1b[3~", "\x1bx", "\x1b4", "\x80", "\x1b[9;9~", "{", "(",
            "train ", "日本", "👩\u200d👧", "e\u0301", '"""',
            "\x1b[200~" + "line\n" * 60 + "\x1b[201~"]
    keys += [control(letter) for letter in "aefbkntruvwylgxoqs@_"] + [ESCAPE + c for c in "bfd\x7f"]
    random.seed(seed)
    with Prompt(folder, columns=40, rows=12) as s:
        for i in range(300):
            s.send(random.choice(keys))
            if i % 50 == 49:
                s.resize(random.choice([7, 40, 80]), random.choice([3, 12, 24]))
                s.read()
        while s.read(0.1):
            pass
        assert s.child.isalive(), f"ended by {s.child.signalstatus}"
        s.resize(80, 24)
        # A search or a list may be open, which takes the first for itself.
        for _ in range(3):
            s.send(control("c"))
            s.settle()
        s.run("print 1")


def test_keys_at_random_do_no_harm(folder):
    press_at_random(folder, seed=1)


def test_keys_at_random_do_no_harm_with_vi_keys(folder):
    with open(os.path.join(folder, ".editrc"), "w") as file:
        file.write("bind -v\n")
    press_at_random(folder, seed=2)
