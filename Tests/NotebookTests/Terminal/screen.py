"""A program in a pseudo-terminal, seen through a terminal emulator.

Tests send keys and wait for a state of the screen; they never sleep for a fixed time.
"""

import os
import time

import pexpect
import pyte

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
HOME, END, ENTER, ALT_ENTER = "\x1b[H", "\x1b[F", "\r", "\x1b\r"
BACKSPACE, ESCAPE, TAB = "\x7f", "\x1b", "\t"


def control(letter):
    return chr(ord(letter) & 31)


def at(column):
    def holds(screen):
        return screen.cursor[1] == column
    holds.what = f"the cursor in column {column}"
    return holds


def line_is(text):
    """The row with the cursor reads so, spaces at its end aside."""
    def holds(screen):
        return screen.lines[screen.cursor[0]] == text.rstrip()
    holds.what = f"`{text}` in the cursor's row"
    return holds


class Screen:
    def __init__(self, arguments, folder, columns=80, rows=24, **environment):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        settings = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": folder,
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
        }
        settings.update(environment)
        self.raw = b""
        self.child = pexpect.spawn(
            arguments[0], arguments[1:], env=settings, dimensions=(rows, columns), cwd=folder)
        self.child.delaybeforesend = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if isinstance(value, AssertionError):
            value.args = (f"{value}\n{self.picture}",)
        self.child.close(force=True)

    def send(self, text):
        self.child.send(text)

    def read(self, seconds=0.02):
        try:
            data = self.child.read_nonblocking(1 << 16, seconds)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        self.raw += data
        self.stream.feed(data)
        return True

    def wait(self, condition, seconds=10, what=None):
        """Reads until `condition(self)` holds, or is a text that is on the screen."""
        test = condition if callable(condition) else lambda s: condition.rstrip() in s.text
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if test(self):
                return
            self.read()
        what = what or getattr(condition, "what", condition)
        raise AssertionError(f"not seen in {seconds} s: {what}")

    def settle(self):
        """Reads until nothing has come for a moment: for what must *not* have happened."""
        while self.read(0.1):
            pass

    def type(self, text):
        """Sends text and waits until the cursor's row shows it."""
        self.send(text)
        self.wait(lambda s: text.rstrip() in s.lines[s.cursor[0]], what=text)

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    @property
    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self):
        return "\n".join(self.lines).rstrip()

    @property
    def cursor(self):
        return (self.screen.cursor.y, self.screen.cursor.x)

    def row_of(self, text):
        """The last row with `text`."""
        return max(i for i, line in enumerate(self.lines) if text in line)

    def color(self, row, column):
        return self.screen.buffer[row][column].fg

    @property
    def picture(self):
        return f"--- screen, cursor at {self.cursor}\n{self.text}\n---"


class Prompt(Screen):
    """The program under test, from its first prompt on."""

    program = None
    paste_limit = None

    def __init__(self, folder, *arguments, **options):
        super().__init__([self.program, *arguments], folder, **options)

    def __enter__(self):
        self.wait(lambda s: s.lines[s.cursor[0]].startswith("[1]"), what="the first prompt")
        return self

    def run(self, text):
        """Runs a cell and waits for the next prompt."""
        number = int(self.lines[self.cursor[0]].split("]")[0].removeprefix("["))
        self.send(text + ENTER)
        self.wait(line_is(f"[{number + 1}]"))

    def wait_for_prompt(self):
        self.wait(lambda s: s.lines[s.cursor[0]].startswith("[") and s.cursor[1] == 4,
                  what="a fresh prompt")
