#!/usr/bin/env python3
"""One seed, one leech, one file of random bytes, over loopback, from memory (tmpfs) to memory.

Contestants:
  stp         `stp share` and `stp get`: encrypted and verified, as shipped
  libtorrent  libtorrent 2.0 (python3-libtorrent), plaintext TCP, v2 torrent, its settings in libtorrent_peer.py
  from        libtorrent's seed and `stp get`, over BitTorrent's peer wire
  to          `stp share` and libtorrent's leech, over BitTorrent's peer wire
  pipe        pipe_baseline: sendfile → recv → SHA-256 → pwrite, one thread per side; no protocol, no encryption

Timed from the leech's start to the complete, verified file; hashing by the seed is not part of it:
  stp, from   start of the process `stp get` to its end: loading, handshake, fetching the metainfo, transfer, rename
  pipe        start of the leech's process to its end
  libtorrent, to
              adding the torrent to a session that already runs to the alert that it is finished: Python, libtorrent's
              start and the metainfo (given as a .torrent file) are not counted, which favours libtorrent
CPU seconds are those of both processes from start to end, so they include the seed's hashing of the file.
Every result is compared with the original, outside of the timed part.
"""

import argparse
import shutil
import sys
import time
from pathlib import Path

from harness import (Contestant, Process, end_all, free_port, interleave, isolated_environment, machine, medians,
                     parse_size, print_json, print_table, random_file, same_content, scratch, size_text, spread,
                     wait_until_listening)

HERE = Path(__file__).resolve().parent
DEADLINE_SECONDS = 300
# Ratios of medians, the project's own goals: whose rate, than whose, at least.
GOALS = (("stp", "libtorrent", 1.4), ("stp", "pipe", 0.9), ("from", "libtorrent", 1.0), ("to", "libtorrent", 1.0))
LIBTORRENT = [sys.executable, HERE / "libtorrent_peer.py"]


class Transfers:
    """The three ways to move one file. Each method does it once and returns its numbers."""

    def __init__(self, binaries: Path, work: Path, size: int, stp_options: "list[str]") -> None:
        self.binaries, self.work, self.size, self.stp_options = binaries, work, size, stp_options
        self.environment = isolated_environment(work)
        self.file = work / "source" / "file.bin"
        self.file.parent.mkdir()
        random_file(self.file, size)

    def numbers(self, seconds: float, seed: Process, leech: Process, received: Path) -> dict:
        """Ends both, checks what was received and removes it."""
        costs = {"seed": seed.end(), "leech": leech.end()}
        if not same_content(self.file, received):
            sys.exit(f"{received} is not what was sent; see {leech.log}")
        shutil.rmtree(received.parent)
        result = {"seconds": seconds, "mb_per_s": self.size / seconds / 1e6,
                  "cpu_seconds": sum(c.cpu_seconds for c in costs.values())}
        for side, usage in costs.items():
            result[f"{side}_rss_mib"] = usage.rss_peak / 2**20
            result[f"{side}_anon_mib"] = usage.anon_peak / 2**20
        return result

    def log(self, name: str) -> Path:
        return self.work / f"{name}.log"

    def folder(self, name: str) -> Path:
        path = self.work / name
        path.mkdir()
        return path

    def stp_seed(self, port: int, *options: "str | Path") -> Process:
        return Process([self.binaries / "stp", "share", self.file, "--no-dht", "--listen", f"127.0.0.1:{port}", "--state",
                        self.work / "stp-seed", *options, *self.stp_options], self.log("stp-seed"), env=self.environment)

    def stp_leech(self, target: "str | Path", port: "int | str", out: Path) -> Process:
        """Has ended."""
        leech = Process([self.binaries / "stp", "get", target, "--no-dht", "--listen", "127.0.0.1:0", "--peer",
                         f"127.0.0.1:{port}", "-o", out, "--state", self.work / "stp-leech", *self.stp_options],
                        self.log("stp-leech"), env=self.environment)
        status = leech.wait(DEADLINE_SECONDS)
        if status != 0:
            sys.exit(f"stp get ended with {status}:\n{leech.log.read_text(errors='replace')[-2000:]}")
        return leech

    def libtorrent_leech(self, torrent: Path, port: "int | str", out: Path) -> "tuple[Process, float]":
        """Has ended; with the seconds that it took."""
        leech = Process([*LIBTORRENT, "leech", torrent, out, port], self.log("libtorrent-leech"))
        leech.line(DEADLINE_SECONDS)
        start = time.monotonic()
        leech.tell("go")
        leech.line(DEADLINE_SECONDS)
        seconds = time.monotonic() - start
        # The file is complete only once the disk threads have caught up; ending the session waits for them.
        leech.process.stdin.close()
        leech.wait(DEADLINE_SECONDS)
        return leech, seconds

    def stp(self, _round: int) -> dict:
        out = self.folder("stp-out")
        port = free_port()
        seed = self.stp_seed(port)
        try:
            link = seed.line(DEADLINE_SECONDS)
            wait_until_listening(port)
            leech = self.stp_leech(link, port, out)
            return self.numbers(leech.ended - leech.started, seed, leech, out / self.file.name)
        finally:
            end_all(seed)

    def libtorrent(self, _round: int) -> dict:
        out = self.folder("libtorrent-out")
        torrent = self.work / "file.torrent"
        seed = Process([*LIBTORRENT, "seed", self.file, torrent], self.log("libtorrent-seed"))
        try:
            leech, seconds = self.libtorrent_leech(torrent, seed.line(DEADLINE_SECONDS), out)
            return self.numbers(seconds, seed, leech, out / self.file.name)
        finally:
            end_all(seed)

    def stp_from_libtorrent(self, _round: int) -> dict:
        out = self.folder("from-out")
        torrent = self.work / "from.torrent"
        seed = Process([*LIBTORRENT, "seed", self.file, torrent], self.log("libtorrent-seed"))
        try:
            leech = self.stp_leech(torrent, seed.line(DEADLINE_SECONDS), out)
            return self.numbers(leech.ended - leech.started, seed, leech, out / self.file.name)
        finally:
            end_all(seed)

    def stp_to_libtorrent(self, _round: int) -> dict:
        out = self.folder("to-out")
        torrent = self.work / "to.torrent"
        torrent.unlink(missing_ok=True)
        port = free_port()
        seed = self.stp_seed(port, "--torrent", torrent)
        try:
            seed.line(DEADLINE_SECONDS)
            wait_until_listening(port)
            leech, seconds = self.libtorrent_leech(torrent, port, out)
            return self.numbers(seconds, seed, leech, out / self.file.name)
        finally:
            end_all(seed)

    def pipe(self, _round: int) -> dict:
        out = self.folder("pipe-out")
        program = self.binaries / "pipe_baseline"
        seed = Process([program, "seed", self.file], self.log("pipe-seed"))
        leech = None
        try:
            port = seed.line(DEADLINE_SECONDS)
            leech = Process([program, "leech", port, out / self.file.name], self.log("pipe-leech"))
            if leech.wait(DEADLINE_SECONDS) != 0:
                sys.exit(f"pipe_baseline failed, see {leech.log}")
            return self.numbers(leech.ended - leech.started, seed, leech, out / self.file.name)
        finally:
            end_all(seed, leech)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent / "build/bench/bin", help="where the programs are")
    parser.add_argument("--size", type=parse_size, default=1 << 30, help="of the file (default 1GiB)")
    parser.add_argument("--rounds", type=int, default=5, help="repetitions of each contestant (default 5)")
    parser.add_argument("--only", help="comma-separated names of contestants")
    parser.add_argument("--stp-option", action="append", default=[], help="passed to both stp commands")
    parser.add_argument("--json", action="store_true", help="all numbers as JSON on stdout")
    options = parser.parse_args()

    with scratch(3 * options.size) as work:
        transfers = Transfers(options.bin.resolve(), work, options.size, options.stp_option)
        contestants = [
            Contestant("stp", "encrypted", transfers.stp),
            Contestant("libtorrent", "plaintext", transfers.libtorrent),
            Contestant("from", "libtorrent → stp", transfers.stp_from_libtorrent),
            Contestant("to", "stp → libtorrent", transfers.stp_to_libtorrent),
            Contestant("pipe", "plaintext", transfers.pipe),
        ]
        if options.only:
            contestants = [c for c in contestants if c.name in options.only.split(",")]
        elif not (transfers.binaries / "stp").exists():
            print(f"note: no stp in {transfers.binaries}, comparing the others", file=sys.stderr)
            contestants = [c for c in contestants if c.name in ("libtorrent", "pipe")]
        results = interleave(contestants, options.rounds)

    middle = {name: medians(values) for name, values in results.items()}
    ratios = [{"of": of, "than": than, "ratio": middle[of]["mb_per_s"] / middle[than]["mb_per_s"], "goal": goal}
              for of, than, goal in GOALS if of in middle and than in middle]
    if options.json:
        print_json({"row": "transfer", "bytes": options.size, "rounds": options.rounds, "machine": machine(),
                    "median": middle, "ratios": ratios, "all": results})
        return 0
    print(f"transfer: {size_text(options.size)}, one seed → one leech, loopback, tmpfs; "
          f"medians of {options.rounds} interleaved runs")
    print_table(["", "", "MB/s", "range", "CPU s", "seed RSS", "leech RSS", "(own memory", "seed, leech)"],
                [[c.name, c.note, f"{middle[c.name]['mb_per_s']:.0f}", spread(results[c.name], "mb_per_s"),
                  f"{middle[c.name]['cpu_seconds']:.2f}"]
                 + [f"{middle[c.name][key]:.0f} MiB" for key in
                    ("seed_rss_mib", "leech_rss_mib", "seed_anon_mib", "leech_anon_mib")] for c in contestants])
    for row in ratios:
        print(f"{row['of']} is {row['ratio']:.2f} × {row['than']} (goal: ≥ {row['goal']})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
