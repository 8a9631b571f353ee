"""What all whole-process comparisons share: child processes with costs, interleaved repetitions, medians, tables.

A comparison is a list of contestants. Each is run once per round, in an order that rotates from round to round, so that
a machine that slows down or speeds up does so for all of them. Absolute numbers belong to the machine; ratios of
medians of the same run are what is compared.
"""

import json
import os
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator, NamedTuple, Sequence

SAMPLE_SECONDS = 0.02
STATUS_FIELDS = ("VmHWM", "RssAnon")


class Usage(NamedTuple):
    """The cost of a process."""

    cpu_seconds: float  # user and system
    rss_peak: int  # bytes, the kernel's high-water mark; pages of mapped files count
    anon_peak: int  # bytes of it that are the program's own (sampled)


class Process:
    """A child with pipes on stdin and stdout. Its memory is sampled while it lives; stderr goes to a file.

    The high-water mark comes from /proc, not from wait4(): the latter also counts the Python that forked.
    """

    def __init__(self, command: Sequence, log: Path, **options) -> None:
        self.command = [str(word) for word in command]
        self.log = log
        self._stderr = open(log, "ab")
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self._stderr, **options)
        self._peaks = dict.fromkeys(STATUS_FIELDS, 0)
        self._done = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()
        self._buffer = b""
        self._cpu_seconds = 0.0
        self.ended = 0.0  # time.monotonic() when it ended, once wait() has returned

    def _sample(self) -> None:
        path = f"/proc/{self.process.pid}/status"
        while not self._done.is_set():
            try:
                with open(path, encoding="ascii", errors="replace") as status:
                    for line in status:
                        field, _, rest = line.partition(":")
                        if field in self._peaks:
                            self._peaks[field] = max(self._peaks[field], int(rest.split()[0]) * 1024)
            except (OSError, IndexError, ValueError):
                pass  # it is ending
            self._done.wait(SAMPLE_SECONDS)

    def line(self, timeout: float) -> str:
        """The next line of its stdout. Raises if none comes in time or it has ended."""
        deadline = time.monotonic() + timeout
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            ready = select.select([self.process.stdout], [], [], max(0.0, left))[0]
            piece = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not piece:
                raise RuntimeError(f"{' '.join(self.command)}: {'ended' if ready else 'no line in time'}; see {self.log}"
                                   f"\n{self.log.read_text(errors='replace')[-2000:]}")
            self._buffer += piece
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line.decode()

    def tell(self, line: str) -> None:
        """Writes a line to its stdin."""
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def wait(self, timeout: float) -> int:
        """Its exit status; raises if it runs longer. Its output meanwhile is read and discarded."""
        if self.process.returncode is None:
            deadline = time.monotonic() + timeout
            ended = os.pidfd_open(self.process.pid)
            try:
                open_pipes = [self.process.stdout]
                while not (ready := select.select([ended], [], [], 0)[0]):
                    ready = select.select([ended, *open_pipes], [], [], max(0.0, deadline - time.monotonic()))[0]
                    if not ready:
                        raise TimeoutError(f"{' '.join(self.command)}: still running after {timeout} s; see {self.log}")
                    if self.process.stdout in ready and not os.read(self.process.stdout.fileno(), 65536):
                        open_pipes = []
            finally:
                os.close(ended)
            self.ended = time.monotonic()
            # Not Popen.wait(): it checks for the end only every 50 ms, and discards the cost of the process.
            _, status, costs = os.wait4(self.process.pid, 0)
            self.process.returncode = os.waitstatus_to_exitcode(status)
            self._cpu_seconds = costs.ru_utime + costs.ru_stime
        return self.process.returncode

    def end(self) -> Usage:
        """Ends it if it still runs (SIGTERM, then SIGKILL) and returns its cost."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                self.wait(10)
            except TimeoutError:
                self.process.kill()
                self.wait(10)
        self._done.set()
        self._sampler.join()
        for pipe in (self.process.stdin, self.process.stdout, self._stderr):
            pipe.close()
        return Usage(self._cpu_seconds, self._peaks["VmHWM"], self._peaks["RssAnon"])


def end_all(*processes: "Process | None") -> None:
    """For a finally: ends what still runs, whatever happened."""
    for process in processes:
        if process is not None:
            process.end()


def free_port() -> int:
    """A port of 127.0.0.1 that was free for TCP and UDP a moment ago."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
                return tcp.getsockname()[1]
            except OSError:
                continue


def wait_until_listening(port: int, timeout: float = 10) -> None:
    """Returns when some process listens on this TCP port. Asks the kernel, since a connection would be noticed."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            with open(table, encoding="ascii") as lines:
                for line in lines:
                    fields = line.split()
                    if fields[3] == "0A" and fields[1].endswith(f":{port:04X}"):
                        return
        time.sleep(0.01)
    raise RuntimeError(f"nobody listens on port {port}")


def isolated_environment(work: Path) -> dict:
    """This environment with state, cache and configuration directories of their own below `work`. Nothing is announced
    on the local network, and the router is not asked."""
    return {**os.environ, "STP_NO_LAN": "1", "STP_PORT_MAP": "0",
            **{f"XDG_{kind}_HOME": str(work / f"xdg-{kind.lower()}")
               for kind in ("STATE", "CACHE", "CONFIG", "DATA")}}


@contextmanager
def scratch(bytes_needed: int) -> Iterator[Path]:
    """A directory in memory (/dev/shm), removed afterwards; on disk, with a note, if memory is too small."""
    where = "/dev/shm" if os.path.isdir("/dev/shm") and shutil.disk_usage("/dev/shm").free > bytes_needed else None
    if where is None:
        print(f"note: /dev/shm has less than {size_text(bytes_needed)} free, using {tempfile.gettempdir()}",
              file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="stp-bench-", dir=where) as folder:
        yield Path(folder)


def random_file(path: Path, size: int) -> None:
    """A file of incompressible bytes."""
    with open(path, "wb") as out:
        for start in range(0, size, 1 << 22):
            out.write(os.urandom(min(1 << 22, size - start)))


def same_content(a: Path, b: Path) -> bool:
    return subprocess.run(["cmp", "-s", str(a), str(b)], check=False).returncode == 0


class Contestant(NamedTuple):
    """`run(round)` does the work once and returns named numbers; a note says what it is."""

    name: str
    note: str
    run: Callable[[int], dict]


def interleave(contestants: Sequence[Contestant], rounds: int, quiet: bool = False) -> "dict[str, list[dict]]":
    """Runs every contestant once per round, in rotating order. Returns the results by name."""
    results: "dict[str, list[dict]]" = {c.name: [] for c in contestants}
    for number in range(rounds):
        turn = number % len(contestants)
        for contestant in [*contestants[turn:], *contestants[:turn]]:
            result = contestant.run(number)
            results[contestant.name].append(result)
            if not quiet:
                shown = "  ".join(f"{key} {value:.4g}" for key, value in list(result.items())[:3])
                print(f"  round {number + 1}/{rounds}  {contestant.name:<12} {shown}", file=sys.stderr, flush=True)
    return results


def medians(results: "list[dict]") -> dict:
    """The median of each number over the repetitions."""
    return {key: statistics.median(r[key] for r in results) for key in results[0]}


def spread(results: "list[dict]", key: str) -> str:
    values = [r[key] for r in results]
    return f"{min(values):.3g}–{max(values):.3g}"


def size_text(count: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            return f"{count:.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError


def parse_size(text: str) -> int:
    """"64M", "1GiB", "512k" or plain bytes."""
    units = {"": 0, "k": 10, "m": 20, "g": 30}
    digits = text.rstrip("iBkKmMgG")
    unit = text[len(digits):].lower().replace("ib", "").replace("b", "")
    return int(digits) << units[unit]


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """First column left-aligned, numbers right-aligned."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, *rows]:
        print("  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))).rstrip())


def machine() -> dict:
    """What a reader needs to place the absolute numbers."""
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {"cpu": model, "cores": os.cpu_count(), "kernel": os.uname().release,
            "load_before": round(os.getloadavg()[0], 2)}


def print_json(document: dict) -> None:
    json.dump(document, sys.stdout, indent=2)
    print()
