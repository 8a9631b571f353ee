#!/usr/bin/env python3
"""Runs every libFuzzer target for a while and prints one line for each; exits 1 if one of them found something.

    fuzz.py BIN_DIR SECONDS

Seeds are read from tests/fuzz/corpus/NAME; new inputs go to build/fuzz-corpus/NAME and are reused next time.
Inputs that fail are kept in build/fuzz-artifacts/NAME.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def stat(log: str, name: str) -> str:
    found = re.findall(rf"^stat::{name}:\s+(\d+)", log, re.M)
    return found[-1] if found else "-"


def fuzz(target: Path, seconds: int) -> "tuple[str, bool, str]":
    """Runs one target; returns its line of the table, whether it is clean, and its log."""
    name = target.name.removeprefix("fuzz_")
    seeds = ROOT / "tests/fuzz/corpus" / name
    grown = ROOT / "build/fuzz-corpus" / name
    artifacts = ROOT / "build/fuzz-artifacts" / name
    for folder in (grown, artifacts):
        folder.mkdir(parents=True, exist_ok=True)
    command = [str(target), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
               "-use_value_profile=1", f"-artifact_prefix={artifacts}/", str(grown)]
    if seeds.is_dir():
        command.append(str(seeds))
    environment = {**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1"}
    run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, errors="replace", env=environment, check=False)
    log = run.stdout
    coverage = re.findall(r"\bcov: (\d+)", log)
    clean = run.returncode == 0
    line = (f"{name:<24} {stat(log, 'number_of_executed_units'):>12} {stat(log, 'average_exec_per_sec'):>10} "
            f"{coverage[-1] if coverage else '-':>8} {stat(log, 'new_units_added'):>6}  {'ok' if clean else 'FAILED'}")
    return line, clean, log


def report_failure(target: Path, log: str) -> None:
    print(f"\n--- {target.name}")
    print("\n".join(log.splitlines()[-60:]))
    written = re.findall(r"Test unit written to (\S+)", log)
    if written:
        print(f"reproduce: {os.path.relpath(target)} {os.path.relpath(written[-1])}")


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    seconds = int(sys.argv[2])
    targets = sorted(p for p in Path(sys.argv[1]).resolve().glob("fuzz_*") if os.access(p, os.X_OK))
    if not targets:
        print("fuzz: no targets")
        return 1
    jobs = os.cpu_count() or 1
    print(f"{len(targets)} targets, {seconds} s each, {jobs} at a time")
    print(f"{'target':<24} {'inputs':>12} {'per s':>10} {'coverage':>8} {'new':>6}", flush=True)
    failures = []
    with ThreadPoolExecutor(jobs) as pool:
        for target, (line, clean, log) in zip(targets, pool.map(lambda t: fuzz(t, seconds), targets)):
            print(line, flush=True)
            if not clean:
                failures.append((target, log))
    for target, log in failures:
        report_failure(target, log)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
