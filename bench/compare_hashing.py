#!/usr/bin/env python3
"""How fast a file is hashed: by `stp share` before it prints its link, and by libtorrent, each with its own threads.

Contestants, of a file of random bytes in memory (tmpfs), read once:
  v2, hybrid              `stp share --v2`, `stp share`, from the start of the process to the link; no hash is known
  v1                      `stp share FILE.torrent FILE` of a v1 torrent, which is checked before the link is printed
  libtorrent-v1, -v2, -hybrid
                          set_piece_hashes() of libtorrent 2.0, in a Python that has started

Chunks have the size that each chooses for the file; hybrids hash everything twice, by SHA-256 and SHA-1.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from harness import (Contestant, free_port, interleave, isolated_environment, machine, medians, parse_size, print_json,
                     print_table, random_file, scratch, size_text, spread)

HERE = Path(__file__).resolve().parent
# Ratios of medians, the project's own goals: whose rate, than whose, at least.
GOALS = (("v1", "libtorrent-v1", 1.0), ("v2", "libtorrent-v2", 1.0), ("hybrid", "libtorrent-hybrid", 1.0), ("hybrid", "v2", 0.7))
# Prints the seconds that hashing took, and the processor's time of all threads.
LIBTORRENT = """
import os, sys, time
import libtorrent as lt
file, version, torrent = sys.argv[1:]
files = lt.file_storage()
lt.add_files(files, file)
flags = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}[version]
creator = lt.create_torrent(files, 0, flags=flags)
began = time.monotonic(), time.process_time()
lt.set_piece_hashes(creator, os.path.dirname(file))
print(time.monotonic() - began[0], time.process_time() - began[1])
open(torrent, "wb").write(lt.bencode(creator.generate()))
"""


class Hashing:
    def __init__(self, stp: Path, work: Path, size: int) -> None:
        self.stp_program, self.work, self.size = stp, work, size
        self.environment = isolated_environment(work)
        self.file = work / "file.bin"
        random_file(self.file, size)
        self.torrent = work / "v1.torrent"
        self.libtorrent("v1", 0)

    def numbers(self, seconds: float, cpu_seconds: float) -> dict:
        return {"mb_per_s": self.size / seconds / 1e6, "seconds": seconds, "cpu_seconds": cpu_seconds}

    def stp(self, words: "list[str | Path]") -> dict:
        for kind in ("CACHE", "STATE"):
            shutil.rmtree(self.environment[f"XDG_{kind}_HOME"], ignore_errors=True)  # no hash is known
        command = [self.stp_program, "share", *words, "--no-dht", "--listen", f"127.0.0.1:{free_port()}", "-q"]
        began = time.monotonic()
        with subprocess.Popen([str(word) for word in command], env=self.environment, stdout=subprocess.PIPE) as process:
            link = process.stdout.readline()
            seconds = time.monotonic() - began
            process.kill()
            _, _, costs = os.wait4(process.pid, 0)
            process.returncode = 0
        if not link.startswith(b"magnet:"):
            sys.exit(f"no link, but {link!r}")
        return self.numbers(seconds, costs.ru_utime + costs.ru_stime)

    def stp_makes(self, options: "list[str]", _round: int) -> dict:
        return self.stp([self.file, *options])

    def stp_checks(self, _round: int) -> dict:
        return self.stp([self.torrent, self.file])

    def libtorrent(self, version: str, _round: int) -> dict:
        torrent = self.torrent if version == "v1" else self.work / "other.torrent"
        printed = subprocess.run([sys.executable, "-c", LIBTORRENT, self.file, version, torrent], stdout=subprocess.PIPE,
                                 text=True, check=True).stdout
        return self.numbers(*map(float, printed.split()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent / "build/bench/bin", help="where stp is")
    parser.add_argument("--size", type=parse_size, default=1 << 30, help="of the file (default 1GiB)")
    parser.add_argument("--rounds", type=int, default=5, help="repetitions of each contestant (default 5)")
    parser.add_argument("--json", action="store_true", help="all numbers as JSON on stdout")
    options = parser.parse_args()
    with scratch(2 * options.size) as work:
        hashing = Hashing(options.bin.resolve() / "stp", work, options.size)
        contestants = [
            Contestant("v2", "stp", lambda n: hashing.stp_makes(["--v2"], n)),
            Contestant("hybrid", "stp", lambda n: hashing.stp_makes([], n)),
            Contestant("v1", "stp, checking", hashing.stp_checks),
            *[Contestant(f"libtorrent-{version}", "", lambda n, version=version: hashing.libtorrent(version, n))
              for version in ("v2", "hybrid", "v1")],
        ]
        results = interleave(contestants, options.rounds)
    middle = {name: medians(values) for name, values in results.items()}
    ratios = [{"of": of, "than": than, "ratio": middle[of]["mb_per_s"] / middle[than]["mb_per_s"], "goal": goal}
              for of, than, goal in GOALS]
    if options.json:
        print_json({"row": "hashing", "bytes": options.size, "rounds": options.rounds, "machine": machine(),
                    "median": middle, "ratios": ratios, "all": results})
        return 0
    print(f"hashing: {size_text(options.size)}, tmpfs; medians of {options.rounds} interleaved runs")
    print_table(["", "", "MB/s", "range", "CPU s"],
                [[c.name, c.note, f"{middle[c.name]['mb_per_s']:.0f}", spread(results[c.name], "mb_per_s"),
                  f"{middle[c.name]['cpu_seconds']:.2f}"] for c in contestants])
    for row in ratios:
        print(f"{row['of']} is {row['ratio']:.2f} × {row['than']} (goal: ≥ {row['goal']})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
