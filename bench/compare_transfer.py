#!/usr/bin/env python3
"""One seed, one leech, one file of random bytes, over loopback, from memory (tmpfs) to memory.

Contestants:
  stp         `stp share` and `stp get`: encrypted and verified, as shipped
  libtorrent  libtorrent 2.0 (python3-libtorrent), plaintext TCP, v2 torrent, its settings in libtorrent_peer.py
  from        libtorrent's seed and `stp get`, over BitTorrent's peer wire
  to          `stp share` and libtorrent's leech, over BitTorrent's peer wire
  libtorrent-v1, from-v1, to-v1
              the same three with a v1 torrent
  from-trans  Transmission's daemon as a seed and `stp get`, v1, 64 MiB. It lets a newcomer wait for up to 10 s and answers at
              most 512 requests twice a second: 16 MB/s, whoever asks
  to-trans    `stp share` and Transmission's daemon, v1, 64 MiB
  pipe        pipe_baseline: sendfile → recv → SHA-256 → pwrite, one thread per side; no protocol, no encryption

Timed from the leech's start to the complete, verified file; hashing by the seed is not part of it:
  stp, from…  start of the process `stp get` to its end: loading, handshake, fetching the metainfo, transfer, rename
  pipe        start of the leech's process to its end
  libtorrent…, to, to-v1
              adding the torrent to a session that already runs to the alert that it is finished: Python, libtorrent's
              start and the metainfo (given as a .torrent file) are not counted, which favours libtorrent
  to-trans    from the first part that Transmission says it has (asked every 0.1 s) to the last, and only these bytes
CPU seconds are those of both processes from start to end, so they include the seed's hashing of the file; Transmission's
are not known. All run in a network namespace of their own where that can be made; Transmission, which connects to nobody in
127.0.0.0/8, only runs there.
Every result is compared with the original, outside of the timed part.
"""

import argparse
import functools
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from harness import (Contestant, Process, end_all, free_port, interleave, isolated_environment, machine, medians,
                     parse_size, print_json, print_table, random_file, same_content, scratch, size_text, spread,
                     wait_until_listening)

HERE = Path(__file__).resolve().parent
DEADLINE_SECONDS = 300
# Ratios of medians, the project's own goals: whose rate, than whose, at least.
GOALS = (("stp", "libtorrent", 1.4), ("stp", "pipe", 0.9), ("from", "libtorrent", 1.0), ("to", "libtorrent", 1.0),
         ("from-v1", "libtorrent-v1", 1.0), ("to-v1", "libtorrent-v1", 1.0))
SMALL_BYTES = 64 << 20  # for Transmission
LIBTORRENT = [sys.executable, HERE / "libtorrent_peer.py"]
TRANSMISSION = [sys.executable, HERE.parent / "tests/interop/clients/transmission_client.py"]
CLIENTS = HERE.parent / "build/clients"  # where ./dev test puts clients that are not installed
INSIDE = "STP_TRANSFER_NETWORK"
ADDRESS = "10.77.0.1"  # of the namespace's own loopback interface


def enter_network() -> None:
    """Restarts this program in a network namespace of its own, if it can."""
    if os.environ.get(INSIDE):
        return
    command = ["unshare", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    setup = f"ip link set lo up && ip addr add {ADDRESS}/32 dev lo"
    try:
        tried = subprocess.run([*command, "sh", "-c", setup], capture_output=True, check=False).returncode
    except FileNotFoundError:
        tried = 1
    if tried == 0:
        sys.stdout.flush()
        os.execvpe(command[0], [*command, "sh", "-c", setup + ' && exec "$@"', "sh", sys.executable, *sys.argv],
                   {**os.environ, INSIDE: "1"})


def has_transmission() -> bool:
    return bool(os.environ.get(INSIDE) and shutil.which("transmission-daemon", path=f"{os.environ['PATH']}:{CLIENTS}"))


class Transfers:
    """The ways to move one file. Each method does it once and returns its numbers."""

    def __init__(self, binaries: Path, work: Path, size: int, stp_options: "list[str]") -> None:
        self.binaries, self.work, self.stp_options = binaries, work, stp_options
        self.environment = isolated_environment(work)
        self.file = work / "source" / "file.bin"
        self.file.parent.mkdir()
        random_file(self.file, size)
        self.small = self.file.with_name("small.bin")
        random_file(self.small, min(size, SMALL_BYTES))

    def torrent(self, version: str, file: Path) -> Path:
        """Made by libtorrent."""
        path = self.work / f"{file.stem}-{version}.torrent"
        if not path.exists():
            subprocess.run([*LIBTORRENT, "make", file, path, version], check=True)
        return path

    def numbers(self, seconds: float, seed: Process, leech: Process, received: Path) -> dict:
        """Ends both, checks what was received and removes it."""
        source = self.file.with_name(received.name)
        costs = {"seed": seed.end(), "leech": leech.end()}
        if not same_content(source, received):
            sys.exit(f"{received} is not what was sent; see {leech.log}")
        shutil.rmtree(received.parent)
        result = {"seconds": seconds, "mb_per_s": source.stat().st_size / seconds / 1e6,
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

    def stp_seed(self, port: int, *words: "str | Path", address: str = "127.0.0.1") -> Process:
        return Process([self.binaries / "stp", "share", *words, "--no-dht", "--listen", f"{address}:{port}", "--state",
                        self.work / "stp-seed", *self.stp_options], self.log("stp-seed"), env=self.environment)

    def stp_leech(self, target: "str | Path", port: "int | str", out: Path, address: str = "127.0.0.1") -> Process:
        """Has ended."""
        leech = Process([self.binaries / "stp", "get", target, "--no-dht", "--listen", f"{address}:0", "--peer",
                         f"{address}:{port}", "-o", out, "--state", self.work / "stp-leech", *self.stp_options],
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

    def transmission(self, mode: str, folder: Path) -> Process:
        state = self.folder("transmission")
        environment = {**self.environment, "STP_CLIENTS": str(CLIENTS)}
        return Process([*TRANSMISSION, mode, self.torrent("v1", self.small), folder, "--state", state, "--address", ADDRESS],
                       self.log("transmission"), env=environment)

    def stp(self, _round: int) -> dict:
        out = self.folder("stp-out")
        port = free_port()
        seed = self.stp_seed(port, self.file)
        try:
            link = seed.line(DEADLINE_SECONDS)
            wait_until_listening(port)
            leech = self.stp_leech(link, port, out)
            return self.numbers(leech.ended - leech.started, seed, leech, out / self.file.name)
        finally:
            end_all(seed)

    def libtorrent(self, version: str, _round: int) -> dict:
        out = self.folder("libtorrent-out")
        torrent = self.torrent(version, self.file)
        seed = Process([*LIBTORRENT, "seed", self.file, torrent], self.log("libtorrent-seed"))
        try:
            leech, seconds = self.libtorrent_leech(torrent, seed.line(DEADLINE_SECONDS), out)
            return self.numbers(seconds, seed, leech, out / self.file.name)
        finally:
            end_all(seed)

    def stp_from_libtorrent(self, version: str, _round: int) -> dict:
        out = self.folder("from-out")
        torrent = self.torrent(version, self.file)
        seed = Process([*LIBTORRENT, "seed", self.file, torrent], self.log("libtorrent-seed"))
        try:
            leech = self.stp_leech(torrent, seed.line(DEADLINE_SECONDS), out)
            return self.numbers(leech.ended - leech.started, seed, leech, out / self.file.name)
        finally:
            end_all(seed)

    def stp_to_libtorrent(self, version: str, _round: int) -> dict:
        out = self.folder("to-out")
        torrent = self.torrent(version, self.file)
        port = free_port()
        seed = self.stp_seed(port, torrent, self.file)
        try:
            seed.line(DEADLINE_SECONDS)
            wait_until_listening(port)
            leech, seconds = self.libtorrent_leech(torrent, port, out)
            return self.numbers(seconds, seed, leech, out / self.file.name)
        finally:
            end_all(seed)

    def stp_from_transmission(self, _round: int) -> dict:
        out = self.folder("from-out")
        seed = self.transmission("seed", self.file.parent)
        try:
            port = seed.line(DEADLINE_SECONDS).rpartition(":")[2]
            while seed.line(DEADLINE_SECONDS) != "complete":
                pass
            leech = self.stp_leech(self.torrent("v1", self.small), port, out, ADDRESS)
            return self.without_cpu(self.numbers(leech.ended - leech.started, seed, leech, out / self.small.name))
        finally:
            end_all(seed)
            shutil.rmtree(self.work / "transmission")

    def stp_to_transmission(self, _round: int) -> dict:
        out = self.folder("to-out")
        size = self.small.stat().st_size
        leech = self.transmission("get", out)
        seed = None
        try:
            peer = leech.line(DEADLINE_SECONDS).removeprefix("listening ")
            seed = self.stp_seed(free_port(), self.torrent("v1", self.small), self.small, "--peer", peer, address=ADDRESS)
            first, began = 0, 0.0
            while (line := leech.line(DEADLINE_SECONDS)) != "complete":
                if first == 0 and (had := int(line.removeprefix("have "))) > 0:
                    first, began = had, time.monotonic()
            seconds = (time.monotonic() - began) * size / max(1, size - first)
            return self.without_cpu(self.numbers(seconds, seed, leech, out / self.small.name))
        finally:
            end_all(seed, leech)
            shutil.rmtree(self.work / "transmission")

    @staticmethod
    def without_cpu(numbers: dict) -> dict:
        """Transmission's process is not ours, its driver is."""
        return {key: numbers[key] for key in ("seconds", "mb_per_s")}

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

    enter_network()
    with scratch(3 * options.size) as work:
        transfers = Transfers(options.bin.resolve(), work, options.size, options.stp_option)
        contestants = [
            Contestant("stp", "encrypted", transfers.stp),
            *[Contestant(name + suffix, note + suffix.replace("-", ", "), functools.partial(way, version))
              for version, suffix in (("v2", ""), ("v1", "-v1"))
              for name, note, way in (("libtorrent", "plaintext", transfers.libtorrent),
                                      ("from", "libtorrent → stp", transfers.stp_from_libtorrent),
                                      ("to", "stp → libtorrent", transfers.stp_to_libtorrent))],
            Contestant("from-trans", "Transmission → stp, v1", transfers.stp_from_transmission),
            Contestant("to-trans", "stp → Transmission, v1", transfers.stp_to_transmission),
            Contestant("pipe", "plaintext", transfers.pipe),
        ]
        if not has_transmission():
            print("note: no transmission-daemon, or no network namespace for it", file=sys.stderr)
            contestants = [c for c in contestants if not c.name.endswith("-trans")]
        if options.only:
            contestants = [c for c in contestants if c.name in options.only.split(",")]
        elif not (transfers.binaries / "stp").exists():
            print(f"note: no stp in {transfers.binaries}, comparing the others", file=sys.stderr)
            contestants = [c for c in contestants if c.name in ("libtorrent", "libtorrent-v1", "pipe")]
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
                  *[shown.format(middle[c.name][key]) if key in middle[c.name] else "-" for key, shown in
                    (("cpu_seconds", "{:.2f}"), ("seed_rss_mib", "{:.0f} MiB"), ("leech_rss_mib", "{:.0f} MiB"),
                     ("seed_anon_mib", "{:.0f} MiB"), ("leech_anon_mib", "{:.0f} MiB"))]] for c in contestants])
    for row in ratios:
        print(f"{row['of']} is {row['ratio']:.2f} × {row['than']} (goal: ≥ {row['goal']})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
