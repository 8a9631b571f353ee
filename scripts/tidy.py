#!/usr/bin/env python3
"""clang-tidy on our sources, but only on those that changed since they were last found clean.

    tidy.py BUILD_DIR [--all] [--budget SECONDS]

A file is remembered as clean by the hash of everything that decides the verdict: its text, the headers of ours that it
includes, .clang-tidy and the version of clang-tidy. With a budget, what does not fit is left for the next run.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
INCLUDE_ROOTS = [ROOT / "src", ROOT]
CHECKED = ("src/", "sim/", "bench/")


def closure(source: Path) -> "list[Path]":
    """`source` and the headers of ours that it includes, directly or not."""
    seen, todo = set(), [source]
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            todo += [root / name for root in INCLUDE_ROOTS if (root / name).is_file()][:1]
    return sorted(seen)


def verdict_key(source: Path, common: bytes) -> str:
    digest = hashlib.sha256(common)
    for path in closure(source):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help="build directory with compile_commands.json")
    parser.add_argument("--all", action="store_true", help="forget what was found clean before")
    parser.add_argument("--budget", type=float, default=0, help="start no file after so many seconds (0: no limit)")
    options = parser.parse_args()

    clean_folder = options.build / "tidy-clean"
    clean_folder.mkdir(exist_ok=True)
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    common = version + (ROOT / ".clang-tidy").read_bytes()

    commands = json.loads((options.build / "compile_commands.json").read_text(encoding="utf-8"))
    sources = sorted({Path(c["file"]) for c in commands})
    sources = [s for s in sources if s.is_relative_to(ROOT) and s.is_file()
               and str(s.relative_to(ROOT)).startswith(CHECKED)]
    todo = {s: verdict_key(s, common) for s in sources}
    if not options.all:
        todo = {s: key for s, key in todo.items() if not (clean_folder / key).exists()}
    newest_first = sorted(todo, key=lambda s: -s.stat().st_mtime)

    start = time.monotonic()

    def check(source: Path) -> "bool | None":
        if options.budget and time.monotonic() - start > options.budget:
            return None
        run = subprocess.run(["clang-tidy", "--quiet", "--warnings-as-errors=*", "-p", str(options.build), str(source)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if run.returncode == 0:
            (clean_folder / todo[source]).touch()
            return True
        print(run.stdout.replace(f"{ROOT}/", "") or run.stderr, end="", flush=True)
        return False

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = list(pool.map(check, newest_first))
    left = results.count(None)
    print(f"clang-tidy: {len(sources)} files, {len(todo)} to check, {results.count(False)} with findings"
          + (f", {left} left for lack of time" if left else "") + f", {time.monotonic() - start:.0f} s")
    return 1 if False in results else 0


if __name__ == "__main__":
    sys.exit(main())
