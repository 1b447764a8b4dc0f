"""Runs the scenarios, all at the same time against one stack, and ends with a plain count.

    python suite.py --tools DIR --bootstraps DIR --cutover FILE [SCENARIO ...]

A scenario is a function `test_…(stack)` in a file test_*.py beside this one. Most of a scenario's time is
a canary's wait of a real minute, so they wait together.
"""

import argparse
import concurrent.futures
import importlib
import pathlib
import sys
import time
import traceback

from stack import Stack

HERE = pathlib.Path(__file__).parent
LOG_LINES = 300


def parse_arguments():
    parser = argparse.ArgumentParser(description="Test the whole stack.")
    parser.add_argument("--tools", type=pathlib.Path, required=True)
    parser.add_argument("--bootstraps", type=pathlib.Path, required=True)
    parser.add_argument("--cutover", type=pathlib.Path, required=True)
    parser.add_argument("scenarios", nargs="*")
    return parser.parse_args()


def find_scenarios(wanted):
    modules = [importlib.import_module(path.stem) for path in sorted(HERE.glob("test_*.py"))]
    found = [function for module in modules for name, function in sorted(vars(module).items())
             if name.startswith("test_")]
    chosen = [f for f in found if not wanted or any(part in f.__name__ for part in wanted)]
    if not chosen:
        sys.exit(f"no scenario is called {' or '.join(wanted)}")
    return chosen


def run_scenario(name, scenario, stack):
    """Tells in a line how it went, and of a failure where."""
    began = time.monotonic()
    try:
        scenario(stack)
        failure = None
    except Exception:
        failure = traceback.format_exc()
    word = "FAILED" if failure else "passed"
    print(f"{name} {word} ({time.monotonic() - began:.0f} s)\n{failure or ''}", end="", flush=True)
    return failure is None


def run_all(scenarios, stack):
    with concurrent.futures.ThreadPoolExecutor(len(scenarios)) as pool:
        runs = [pool.submit(run_scenario, s.__name__[5:], s, stack) for s in scenarios]
        return [run.result() for run in runs]


def check_dead_letters(stack):
    """Whatever was done to the stack, no message may have been given up."""
    held = stack.dead_letters()
    assert not held, f"dead letters: {held}"


def run():
    arguments = parse_arguments()
    scenarios = find_scenarios(arguments.scenarios)
    with Stack(arguments.tools, arguments.bootstraps, arguments.cutover) as stack:
        passed = run_all(scenarios, stack)
        passed.append(run_scenario("dead_letters", check_dead_letters, stack))
        if not all(passed):
            print(stack.log_tail(LOG_LINES), flush=True)
    print(f"{passed.count(True)} passed, {passed.count(False)} failed")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(run())
