#!/usr/bin/env python3
"""How long a person waits for the program itself, from the start of the process.

  help     `stp --help`, `stp get --help`: to the end of the process
  link     `stp share FILE`, whose hashes are known: to the link on stdout, with everything that comes before it (the file is
           looked at, its hashes are read, the port listens)

Each the median and the extremes of many runs. On a busy machine the smallest says most.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from harness import free_port, isolated_environment, machine, print_json, print_table, random_file, scratch

HERE = Path(__file__).resolve().parent
FILE_BYTES = 64 << 20
SETTLE_SECONDS = 2.5  # hashes of a file that was just written are not remembered
# The project's own goals: at most
GOALS = {"help": 0.020, "help_of_get": 0.020, "link": 0.100}


def help_seconds(words: "list[str]", environment: dict) -> float:
    began = time.monotonic()
    subprocess.run(words, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def link_seconds(stp: Path, work: Path, environment: dict) -> float:
    words = [str(stp), "share", "file", "--no-dht", "--listen", f"127.0.0.1:{free_port()}", "-q"]
    began = time.monotonic()
    with subprocess.Popen(words, cwd=work, env=environment, stdout=subprocess.PIPE) as process:
        link = process.stdout.readline()
        seconds = time.monotonic() - began
        process.kill()
    if not link.startswith(b"magnet:"):
        raise RuntimeError(f"no link, but {link!r}")
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent / "build/bench/bin", help="where stp is")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print the measurements as JSON")
    options = parser.parse_args()
    stp = options.bin.resolve() / "stp"
    with scratch(2 * FILE_BYTES) as work:
        environment = isolated_environment(work)
        random_file(work / "file", FILE_BYTES)
        time.sleep(SETTLE_SECONDS)
        link_seconds(stp, work, environment)  # hashes it
        measured = {name: [] for name in GOALS}
        for _ in range(options.rounds):
            measured["help"].append(help_seconds([str(stp), "--help"], environment))
            measured["help_of_get"].append(help_seconds([str(stp), "get", "--help"], environment))
            measured["link"].append(link_seconds(stp, work, environment))
    if options.json:
        print_json({"machine": machine(), "seconds": measured, "goals": GOALS})
        return 0
    rows = [[name, f"{statistics.median(values) * 1000:.1f} ms", f"{min(values) * 1000:.1f}–{max(values) * 1000:.1f} ms",
             f"≤ {GOALS[name] * 1000:.0f} ms", "met" if statistics.median(values) <= GOALS[name] else "missed"]
            for name, values in measured.items()]
    print_table(["start", "median", "all runs", "goal", ""], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
