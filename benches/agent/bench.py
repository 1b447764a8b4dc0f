"""Measures the host agent. Needs Python, tar, unzip, zip, cp and diff.

    python3 bench.py --agent EXECUTABLE --least EXECUTABLE --cutover EXECUTABLE --folder PATH [--rounds N] [--agents N] [NAME ...]

    ratio      wall time beside plain tools that end with the same two trees (the unpacked revision, and its files in
               their places): tools, then agent, in turns; the median of the rounds' ratios
    synced     the same, with the tools followed by `sync` of that file system: they then promise what the agent promises
    least      the wall time of a program that does nothing but write as many files twice, in several threads, and sync once,
               beside the tools: what the disk and the system leave to be won
    processor  the same for the time that processors were busy, on which other work on the machine has less influence
    memory     the most that was resident; 9 MB is the least that can be seen
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

import live

HERE = pathlib.Path(__file__).parent
BUNDLES = {"directory": ("files", ""), "tgz": ("files", ".tgz"), "zip": ("files", ".zip"),
           "big-tgz": ("big", ".tgz"), "big-zip": ("big", ".zip")}
UNPACK = {"": ["cp", "-a", "{bundle}", "{to}"], ".tgz": ["tar", "xzf", "{bundle}", "-C", "{to}"],
          ".zip": ["unzip", "-q", "{bundle}", "-d", "{to}"]}
# Files, and bytes of each, of a bundle.
SIZES = {"files": (10_000, 10_000), "big": (1, 500_000_000)}
# Limits: ratio, MB of memory, milliseconds for the hooks.
MOST_RATIO, MOST_MEMORY, LONGEST_HOOKS = 0.5, 30, 100
SCRIPTS = {"ApplicationStop": 1, "BeforeInstall": 2, "AfterInstall": 1, "ApplicationStart": 2, "ValidateService": 1}


def parse_arguments():
    parser = argparse.ArgumentParser(description="Measure the host agent.")
    parser.add_argument("--agent", type=pathlib.Path, required=True)
    parser.add_argument("--least", type=pathlib.Path, required=True)
    parser.add_argument("--cutover", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("names", nargs="*", choices=[*BUNDLES, "hooks", "rest", "order", "fleet", []])
    return parser.parse_args()


def timed(*command):
    """Seconds, seconds of processors, and the most MB that were resident, of a command that has to succeed."""
    measured = [sys.executable, "-I", "-S", HERE / "measured.py", *command]
    done = subprocess.run([str(part) for part in measured], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed: {done.stdout[-2000:]}")
    return tuple(map(float, done.stdout.split()[-3:]))


def deploy(agent, root, bundle, kind):
    return timed(agent, "deploy-local", "-l", bundle, "-t", kind, "--root-dir", root, "--json")


class Bundle:
    """One bundle, unpacked and put in place by tools and by the agent, each time in new directories."""

    def __init__(self, options, name):
        self.options, self.name = options, name
        tree, self.end = BUNDLES[name]
        self.bundle = options.folder / "bundles" / (tree + self.end)
        self.kind = self.end.strip(".") or "directory"

    def measure(self):
        rounds, synced, least, busy, memory = [], [], [], [], 0
        seconds = {"tools": [], "agent": [], "sync": [], "least": []}
        for n in range(self.options.rounds + 1):
            place = self.options.folder / "rounds" / f"{self.name}-{n}"
            (place / "tools" / "unpacked").mkdir(parents=True)
            (place / "agent").mkdir()
            # Nobody waits for what others wrote.
            os.sync()
            tools, tools_busy = self.tools(place / "tools")
            sync = timed("sync", "-f", place)[0]
            now = self.options.folder / "now"
            now.unlink(missing_ok=True)
            now.symlink_to(place / "agent")
            took, took_busy, most = deploy(self.options.agent, place / "agent" / "root", self.bundle, self.kind)
            at_least = self.least(place / "least")
            if n == 0:
                # A round to warm up, and to see that both end with the same.
                self.compare(place)
                continue
            for name, took_by in (("tools", tools), ("agent", took), ("sync", sync), ("least", at_least)):
                seconds[name].append(took_by)
            rounds.append(took / tools)
            synced.append(took / (tools + sync))
            least.append(at_least / tools)
            busy.append(took_busy / tools_busy)
            memory = max(memory, most)
        ratio = statistics.median(rounds)
        told = "  ".join(f"{name} {statistics.median(of):.2f} s ({min(of):.2f}-{max(of):.2f})" for name, of in seconds.items())
        print(f"{self.name:10} ratio {ratio:.2f} ({min(rounds):.2f}-{max(rounds):.2f})  synced {statistics.median(synced):.2f}  "
              f"least {statistics.median(least):.2f}  "
              f"processor {statistics.median(busy):.2f}  "
              f"memory {memory:.1f} MB  {told}", flush=True)
        return [what for what, bad in ((f"{self.name}: ratio {ratio:.2f}", ratio > MOST_RATIO),
                                       (f"{self.name}: {memory:.1f} MB", memory > MOST_MEMORY)) if bad]

    def least(self, place):
        place.mkdir()
        subprocess.run(["sync", "-f", place], check=True)
        files, bytes_each = SIZES[BUNDLES[self.name][0]]
        done = subprocess.run([self.options.least, place, str(files), str(bytes_each)], check=True, capture_output=True)
        return float(done.stdout)

    def tools(self, place):
        unpacked, app = place / "unpacked", place / "app"
        to = unpacked / "tree" if not self.end else unpacked
        source = self.bundle / "tree" if not self.end else self.bundle
        command = [part.format(bundle=source, to=to) for part in UNPACK[self.end]]
        steps = timed(*command), timed("cp", "-a", unpacked / "tree", app)
        return sum(step[0] for step in steps), sum(step[1] for step in steps)

    def compare(self, place):
        [archive] = (place / "agent" / "root").glob("*/*/deployment-archive")
        for ours, theirs in ((archive / "tree", place / "tools/unpacked/tree"), (place / "agent/app", place / "tools/app")):
            timed("diff", "-r", ours, theirs)
            found = [subprocess.run(["find", ".", "-type", "f", "-printf", "%P %m %s %T@\n"], cwd=tree, check=True,
                                    capture_output=True).stdout.splitlines() for tree in (ours, theirs)]
            # Times in whole seconds, as archives have them.
            whole = [sorted(line.rsplit(b".", 1)[0] for line in lines) for lines in found]
            if whole[0] != whole[1]:
                sys.exit(f"{self.name}: {ours} and {theirs} differ in modes or times")


def hooks(options):
    """A deployment of seven scripts that do nothing, ApplicationStop of the one before among them."""
    bundle = options.folder / "rounds" / "no-op"
    bundle.mkdir(parents=True)
    events = ""
    for event, scripts in SCRIPTS.items():
        events += f"  {event}:\n" + "    - location: no-op.sh\n" * scripts
    (bundle / "appspec.yml").write_text(f"version: 0.0\nos: linux\nhooks:\n{events}")
    (bundle / "no-op.sh").write_text("#!/bin/sh\nexit 0\n")
    (bundle / "no-op.sh").chmod(0o755)
    root = options.folder / "rounds" / "no-op-root"
    took = [deploy(options.agent, root, bundle, "directory") for _ in range(options.rounds * 4 + 1)][1:]
    ms = [seconds * 1000 for seconds, *_ in took]
    print(f"hooks      seven no-op scripts {statistics.median(ms):.0f} ms ({min(ms):.0f}-{max(ms):.0f}), process and journals "
          f"included  memory {max(memory for *_, memory in took):.1f} MB", flush=True)
    return [f"hooks: {statistics.median(ms):.0f} ms"] if statistics.median(ms) > LONGEST_HOOKS else []


def main():
    options = parse_arguments()
    missing = [tool for tool in ("tar", "unzip", "zip", "cp", "diff", "sync", "find") if not shutil.which(tool)]
    if missing:
        sys.exit(f"not found: {', '.join(missing)}. Install them; the agent is measured beside them.")
    names = options.names or [*BUNDLES, "hooks", "rest", "order", "fleet"]
    options.folder = options.folder.absolute()
    shutil.rmtree(options.folder / "rounds", ignore_errors=True)
    (options.folder / "bundles").mkdir(parents=True, exist_ok=True)
    for tree in dict.fromkeys(BUNDLES[name][0] for name in names if name in BUNDLES):
        subprocess.run([sys.executable, HERE / "bundles.py", options.folder / "bundles", tree], check=True)
    missed = []
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {options.rounds} rounds", flush=True)
    try:
        for name in names:
            if name in BUNDLES:
                missed += Bundle(options, name).measure()
            else:
                missed += {"hooks": hooks, "rest": live.rest, "order": live.order, "fleet": live.fleet}[name](options)
    finally:
        # Not before: ext4 makes files slowly right after many were removed.
        shutil.rmtree(options.folder / "rounds", ignore_errors=True)
        (options.folder / "now").unlink(missing_ok=True)
    if missed:
        sys.exit("missed: " + "; ".join(missed))


main()
