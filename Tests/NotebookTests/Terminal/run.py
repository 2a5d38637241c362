"""`run.py PROGRAM [WORD …]` runs the tests with one of the words in their names, or all, and prints
a line for each: `ok NAME`, or `FAIL NAME` with what was seen."""

import concurrent.futures
import os
import sys
import tempfile
import traceback

import cells_test
import prompt_test
import readme_test
import work_test
from screen import Prompt


def outcome(test):
    """What was wrong, or nothing."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            test(folder)
        except AssertionError as error:
            return str(error) or traceback.format_exc()
        except Exception:
            return traceback.format_exc()
    return None


def main():
    Prompt.program = os.path.abspath(sys.argv[1])
    Prompt.paste_limit = float(os.environ.get("PASTE_SECONDS", "3"))
    words = sys.argv[2:]
    tests = {
        name.removeprefix("test_").replace("_", " "): test
        for module in (cells_test, prompt_test, readme_test, work_test)
        for name, test in vars(module).items()
        if name.startswith("test_") and (not words or any(word in name for word in words))
    }
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for name, failure in zip(tests, pool.map(outcome, tests.values())):
            print(f"ok {name}" if failure is None else f"FAIL {name}\n{failure}", flush=True)


if __name__ == "__main__":
    main()
