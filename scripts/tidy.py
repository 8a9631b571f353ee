#!/usr/bin/env python3
"""clang-tidy on our sources, but only on those that have changed since they were last found clean.

    tidy.py BUILD_DIR [--all] [--budget SECONDS]
    tidy.py --self-test     proves that a fault is reported, in a header too, and only where there is one

A file is remembered as clean by the hash of everything that determines the result: its text, our headers that it
includes, .clang-tidy and the version of clang-tidy. With a budget, the rest is left for the next run.
"""

import argparse
import contextlib
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
CHECKED = ("src/", "sim/", "bench/")


def closure(root: Path, source: Path) -> "list[Path]":
    """`source` and our headers that it includes, directly or not."""
    seen, todo = set(), [source]
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            todo += [folder / name for folder in (root / "src", root) if (folder / name).is_file()][:1]
    return sorted(seen)


def verdict_key(root: Path, source: Path, common: bytes) -> str:
    digest = hashlib.sha256(common)
    for path in closure(root, source):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def check_tree(root: Path, build: Path, check_all: bool, budget: float) -> int:
    """Prints the findings in the sources below `root`; returns the number of files with findings."""
    clean_folder = build / "tidy-clean"
    clean_folder.mkdir(exist_ok=True)
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    common = version + (root / ".clang-tidy").read_bytes()

    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    sources = sorted({Path(c["file"]) for c in commands})
    sources = [s for s in sources if s.is_relative_to(root) and s.is_file()
               and str(s.relative_to(root)).startswith(CHECKED)]
    todo = {s: verdict_key(root, s, common) for s in sources}
    if not check_all:
        todo = {s: key for s, key in todo.items() if not (clean_folder / key).exists()}
    newest_first = sorted(todo, key=lambda s: -s.stat().st_mtime)

    start = time.monotonic()

    def check(source: Path) -> "bool | None":
        if budget and time.monotonic() - start > budget:
            return None
        run = subprocess.run(["clang-tidy", "--quiet", "--warnings-as-errors=*", "-p", str(build), str(source)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if run.returncode == 0:
            (clean_folder / todo[source]).touch()
            return True
        print(run.stdout.replace(f"{root}/", "") or run.stderr, end="", flush=True)
        return False

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = list(pool.map(check, newest_first))
    left = results.count(None)
    print(f"clang-tidy: {len(sources)} files, {len(todo)} to check, {results.count(False)} with findings"
          + (f", {left} left for lack of time" if left else "") + f", {time.monotonic() - start:.0f} s")
    return results.count(False)


def self_test() -> int:
    """A tree with a fault in a source, one with a fault in a header, and one without any."""
    clean = "inline int twice(int n) {\n  return n * 2;\n}\n"
    faulty = ("struct Shape {\n  virtual int sides() { return 0; }\n};\n"
              "struct Box : Shape {\n  int sides() { return 4; }\n};\n")
    failures = 0
    for name, header, source, expected in (("no fault", clean, "", 0), ("a fault in the source", clean, faulty, 1),
                                           ("a fault in a header", faulty, "", 1)):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            (root / "src/dht").mkdir(parents=True)
            (root / "src/dht/a.h").write_text("#pragma once\n" + header, encoding="utf-8")
            (root / "src/dht/a.cpp").write_text('#include "dht/a.h"\n' + source, encoding="utf-8")
            (root / ".clang-tidy").write_bytes((ROOT / ".clang-tidy").read_bytes())
            command = {"directory": folder, "file": str(root / "src/dht/a.cpp"),
                       "command": f"clang++ -std=c++20 -I{root}/src -c {root}/src/dht/a.cpp"}
            (root / "compile_commands.json").write_text(json.dumps([command]), encoding="utf-8")
            with contextlib.redirect_stdout(io.StringIO()) as said:
                first = check_tree(root, root, False, 0)
                again = check_tree(root, root, False, 0)  # clean files are not checked again, others are
            if (first, again) != (expected, expected):
                failures += 1
                print(f"clang-tidy self-test: {name}: {first} and {again} files with findings\n{said.getvalue()}")
    print(f"clang-tidy self-test: {'failed' if failures else 'passed'}")
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, nargs="?", help="build directory with compile_commands.json")
    parser.add_argument("--all", action="store_true", help="forget which files were clean before")
    parser.add_argument("--budget", type=float, default=0, help="start no file after this many seconds (0: no limit)")
    parser.add_argument("--self-test", action="store_true", help="check the check")
    options = parser.parse_args()
    if options.self_test:
        return 1 if self_test() else 0
    if options.build is None:
        parser.error("a build directory is needed")
    return 1 if check_tree(ROOT, options.build.resolve(), options.all, options.budget) else 0


if __name__ == "__main__":
    sys.exit(main())
