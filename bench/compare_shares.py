#!/usr/bin/env python3
"""One participant with 10,000 shares of one small file each: start, memory, and what it costs while nobody wants anything.

  start       from when the hashes are known to when the port listens with all shares
  serve       from the start of a `stp get` of one of the shares to its end
  announcing  CPU, of one core, while all shares are announced for the first time, at full pace, to a DHT of 21 nodes
  idle        CPU, of one core, without a DHT: timers and watched files alone
  memory      resident, when announcing has been measured
  daemon_…    the same shares held by `stp daemon`: the time to hand them over by its API; from its start, with hashes
              known, to when it listens and to when all are served; its memory and CPU while idle
  fair_…      64 equal shares of one participant fetched at the same time under an upload limit: when the first and the
              last of them are complete, in multiples of what all of them take at that limit

Apart from the daemon, the program is bench/many_shares.cpp. The nodes are processes of their own and do not count.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import daemon_shares
import fair_shares
from harness import (Process, end_all, free_port, isolated_environment, machine, print_json, print_table, scratch,
                     size_text, wait_until_listening)

HERE = Path(__file__).resolve().parent
DEADLINE_SECONDS = 300
NODES = 20  # and many_shares itself
SETTLE_SECONDS = 5
# The project's own goals: at most
GOALS = {"start_seconds": 5, "memory_bytes": 256 << 20, "announcing_cpu": 0.01, "idle_cpu": 0.01,
         "daemon_start_seconds": 5, "daemon_memory_bytes": 256 << 20, "daemon_idle_cpu": 0.01, "fair_last": 1.3}


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu_share(pid: int, seconds: float) -> float:
    """Of one core, over the next `seconds`."""
    before, began = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - began)


def start_nodes(binaries: Path, work: Path, environment: dict) -> "tuple[list[Process], str]":
    """A DHT on loopback, and the address of its first node."""
    nodes: "list[Process]" = []
    first = ""
    for number in range(NODES):
        address = f"127.0.0.1:{free_port()}"
        nodes.append(Process([binaries / "stp", "node", "--listen", address, "--bootstrap", first or "none", "--state",
                              work / f"node-{number}"], work / f"node-{number}.log", env=environment))
        wait_until_listening(int(address.rpartition(":")[2]))
        first = first or address
    return nodes, first


def serve(binaries: Path, work: Path, count: int, bootstrap: "list[str]", environment: dict) -> "tuple[Process, list]":
    """The participant, and its line "listening PORT SECONDS LINK"."""
    program = Process([binaries / "many_shares", work / "files", str(count), *bootstrap], work / "many_shares.log",
                      env=environment)
    program.line(DEADLINE_SECONDS)
    return program, program.line(DEADLINE_SECONDS).split()


def seconds_of_a_get(binaries: Path, work: Path, listening: "list[str]", environment: dict) -> float:
    get = Process([binaries / "stp", "get", listening[3], "--no-dht", "--listen", "127.0.0.1:0", "--peer",
                   f"127.0.0.1:{listening[1]}", "-o", work / "got", "--state", work / "get"], work / "get.log",
                  env=environment)
    try:
        if get.wait(DEADLINE_SECONDS) != 0:
            sys.exit(f"stp get failed, see {get.log}\n{get.log.read_text(errors='replace')[-1000:]}")
        return get.ended - get.started
    finally:
        get.end()


def measure(binaries: Path, work: Path, count: int, seconds: float) -> dict:
    environment = isolated_environment(work)
    (work / "got").mkdir()
    numbers: dict = {}
    nodes, first = start_nodes(binaries, work, environment)
    program = None
    try:
        program, listening = serve(binaries, work, count, [first], environment)
        numbers["start_seconds"] = float(listening[2])
        numbers["serve_seconds"] = seconds_of_a_get(binaries, work, listening, environment)
        time.sleep(SETTLE_SECONDS)
        numbers["announcing_cpu"] = cpu_share(program.process.pid, seconds)
        numbers["memory_bytes"] = resident_bytes(program.process.pid)
    finally:
        end_all(program, *nodes)
    try:
        program, _ = serve(binaries, work, count, [], environment)
        time.sleep(SETTLE_SECONDS)
        numbers["idle_cpu"] = cpu_share(program.process.pid, seconds)
    finally:
        end_all(program)

    def costs(pid: int) -> dict:
        time.sleep(SETTLE_SECONDS)
        return {"daemon_idle_cpu": cpu_share(pid, seconds), "daemon_memory_bytes": resident_bytes(pid)}

    files = sorted((work / "files").iterdir())
    numbers.update(daemon_shares.measure(binaries, work, files, environment, costs))
    numbers.update(fair_shares.measure(binaries, work, environment))
    return numbers


def shown(name: str, value: "float | None") -> str:
    if value is None:
        return ""
    if name.endswith("_bytes"):
        return size_text(value)
    return f"{value:.2f} s" if name.endswith("_seconds") else f"{value:.2%}" if name.endswith("_cpu") else f"{value:.2f} ×"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent / "build/bench/bin", help="where the programs are")
    parser.add_argument("--count", type=int, default=10_000, help="shares (default 10000)")
    parser.add_argument("--seconds", type=float, default=60, help="of each measurement of CPU time (default 60)")
    parser.add_argument("--json", action="store_true", help="all numbers as JSON on stdout")
    options = parser.parse_args()

    with scratch(options.count * 16384) as work:
        numbers = measure(options.bin.resolve(), work, options.count, options.seconds)
    if options.json:
        print_json({"row": "shares", "count": options.count, "machine": machine(), "numbers": numbers, "goal": GOALS})
        return 0
    print(f"shares: {options.count} of one file of 10 kB each in one participant")
    print_table(["", "measured", "goal"], [[name, shown(name, value), shown(name, GOALS.get(name))]
                                           for name, value in numbers.items()])
    return 0


if __name__ == "__main__":
    sys.exit(main())
