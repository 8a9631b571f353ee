#!/usr/bin/env python3
"""The simulator's runs, one after the other: events per second, time, memory, cost per peer.

  bharambe     preset: 1,000 leeches × 400 chunks; 250 and 2,000 leeches × 100 chunks show whether a peer of a larger
               swarm costs more than one of a smaller one
  crowd        10,000 leeches × 100 chunks
  equal crowd  1,000 leeches × 1,000 chunks, all uplinks 1 Mbit/s except the seed's 10: against the Kumar–Ross bound
  dht-churn    preset: 10,000 DHT nodes under the churn of KAD for an hour
  simgrid      the job of SimGrid's own BitTorrent example (examples/cpp/app-bittorrent): 10 chunks for every peer, and
               nobody leaves; compared with the time that SimGrid takes if --simgrid names the example's program
               (CPU time then), otherwise with its time on another machine. Once until all are complete, and once for
               the 5,000 s that the example's peers stay on

Time and memory are those that the simulator measured (cost.json); writing results is not included. Short runs are
played three times and the median is shown; every repetition must give the same trace hash.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import NamedTuple, Optional

import simgrid_example
from harness import Process, end_all, machine, print_json, print_table, scratch, size_text

HERE = Path(__file__).resolve().parent
DEADLINE_SECONDS = 3600
SCRATCH_BYTES = 1 << 28  # results of a run, without plots
REPETITIONS = 3  # of a short run
GIB = 1 << 30

# SimGrid 3.32 (Debian 12) with its example, on two cores of a virtual x86 machine: seconds by number of peers. Only
# the ratio's order of magnitude carries over to another machine.
SIMGRID_SECONDS = {200: 12.0, 1000: 51.0}
SIMGRID_GOAL = 100  # times as fast
# A piece of the example is 5 blocks of 16 KiB. Chunks are powers of two: this is the next larger one, which is more
# work.
SIMGRID_CHUNK = "128KiB"
SIMGRID_PLAYED = f"{simgrid_example.ENDS_SECONDS}s"

# The maximum cost of a peer of the larger swarm, relative to one of the smaller.
GROWTH_MAX = 1.25


class Run(NamedTuple):
    """One scenario: the name of a preset, or a document to be written to a file."""

    name: str
    scenario: "str | dict"
    peers: int
    settings: "tuple[str, ...]" = ()
    long: bool = False  # left out by --quick
    repetitions: int = REPETITIONS
    budget_seconds: Optional[float] = None
    budget_bytes: Optional[int] = None
    simgrid_seconds: Optional[float] = None  # its time on another machine
    bound_ratio_max: Optional[float] = None  # makespan ÷ Kumar–Ross bound


def crowd_of(leeches: int, chunks: int) -> "tuple[str, ...]":
    return (f"groups.leeches.count={leeches}", f"share.chunks={chunks}")


def simgrid_job(peers: int, until: str) -> dict:
    """One seed, equal links, a tracker as the only way to find peers."""
    peer = {"link": {"up": "10Mbit/s", "down": "10Mbit/s"}, "discovery": ["tracker"]}
    return {
        "name": f"simgrid-{peers}", "duration": SIMGRID_PLAYED, "until": until, "bootstrap-nodes": 0, "trackers": 1,
        "shares": [{"chunks": 10, "chunk-size": SIMGRID_CHUNK}],
        "groups": [
            {"name": "seed", "role": "seed", **peer},
            {"name": "leeches", "count": peers - 1, "knows-metainfo": True, **peer},
        ],
    }


def all_runs() -> "list[Run]":
    runs = [
        Run("250 × 100", "bharambe", 250, crowd_of(250, 100)),
        Run("2,000 × 100", "bharambe", 2000, crowd_of(2000, 100), repetitions=1),
        Run("bharambe", "bharambe", 1000, repetitions=1, budget_seconds=60, budget_bytes=2 * GIB),
        Run("crowd 10,000 × 100", "bharambe", 10000, crowd_of(10000, 100), long=True, repetitions=1),
        Run("equal crowd 1,000 × 1,000", "flash-crowd", 1000,
            (*crowd_of(1000, 1000), "groups.leeches.link.down=10Mbit/s"), long=True, repetitions=1,
            bound_ratio_max=1.10),
        Run("dht-churn", "dht-churn", 10000, long=True, repetitions=1),
    ]
    for peers, seconds in SIMGRID_SECONDS.items():
        runs.append(Run(f"simgrid {peers:,}", simgrid_job(peers, "complete"), peers, simgrid_seconds=seconds))
        runs.append(Run(f"simgrid {peers:,}, {SIMGRID_PLAYED}", simgrid_job(peers, "duration"), peers, repetitions=1,
                        simgrid_seconds=seconds))
    return runs


def play(program: Path, work: Path, run: Run) -> dict:
    """Plays `run` once and returns its numbers."""
    out = work / "out"
    scenario = run.scenario
    if isinstance(scenario, dict):
        scenario = work / "scenario.json"
        scenario.write_text(json.dumps(run.scenario))
    command = [program, "run", scenario, "--out", out, "--force", "--no-plots", "--quiet"]
    for setting in run.settings:
        command += ["--set", setting]
    process = Process(command, work / "log")
    try:
        status = process.wait(DEADLINE_SECONDS)
        if status != 0:
            sys.exit(f"{run.name}: stp-sim ended with {status}:\n{process.log.read_text(errors='replace')[-2000:]}")
        cost = json.loads((out / "cost.json").read_text())
        summary = json.loads((out / "summary.json").read_text())
    finally:
        end_all(process)
    return {"events": summary["events"], "wall_s": cost["wall_s"], "cpu_s": cost["cpu_s"],
            "peak_bytes": cost["peak_bytes"], "events_per_s": cost["events_per_second"],
            "events_per_peer": summary["events"] / run.peers, "bytes_per_peer": cost["peak_bytes"] / run.peers,
            "cpu_ms_per_peer": 1e3 * cost["cpu_s"] / run.peers, "trace_hash": summary["trace_hash"],
            "bound_ratio": summary["figures"].get("bound.ratio", {}).get("value", 0.0)}


def measure(program: Path, work: Path, run: Run, simgrid_cpu: Optional[float]) -> dict:
    """The medians of its repetitions, all of which must have been the same run."""
    results = [play(program, work, run) for _ in range(run.repetitions)]
    if len({result["trace_hash"] for result in results}) != 1:
        sys.exit(f"{run.name}: repetitions with the same seed took different courses: "
                 + " ".join(result["trace_hash"] for result in results))
    numbers = {key: statistics.median(result[key] for result in results)
               for key in results[0] if key != "trace_hash"}
    return {**numbers, "trace_hash": results[0]["trace_hash"], **verdict(run, numbers, simgrid_cpu)}


def verdict(run: Run, numbers: dict, simgrid_cpu: Optional[float]) -> dict:
    """Its budget as text, and whether it was met; nothing for runs without one."""
    if run.simgrid_seconds is not None:
        theirs = simgrid_cpu or run.simgrid_seconds
        ratio = theirs / (numbers["cpu_s"] if simgrid_cpu else numbers["wall_s"])
        return {"budget": f"SimGrid {theirs:.1f} s" + (" CPU" if simgrid_cpu else " elsewhere"),
                "kept": ratio >= SIMGRID_GOAL, "simgrid_ratio": ratio,
                "said": f"{ratio:.1f} × as fast (goal {SIMGRID_GOAL})"}
    if run.bound_ratio_max is not None:
        ratio = numbers["bound_ratio"]
        return {"budget": f"{run.bound_ratio_max} × Kumar–Ross", "kept": 1 <= ratio <= run.bound_ratio_max,
                "said": f"{ratio:.3f} × the bound"}
    if run.budget_seconds is None:
        return {}
    kept = numbers["wall_s"] <= run.budget_seconds and numbers["peak_bytes"] <= run.budget_bytes
    return {"budget": f"{run.budget_seconds:.0f} s, {size_text(run.budget_bytes)}", "kept": kept,
            "said": "kept" if kept else "exceeded"}


def growth(small: dict, large: dict) -> dict:
    """Cost of a peer in the larger swarm ÷ cost in the smaller."""
    ratios = {"events": large["events_per_peer"] / small["events_per_peer"],
              "time": large["cpu_ms_per_peer"] / small["cpu_ms_per_peer"],
              "memory": large["bytes_per_peer"] / small["bytes_per_peer"]}
    return {**ratios, "kept": all(ratio <= GROWTH_MAX for ratio in ratios.values())}


def row(run: Run, numbers: dict) -> "list[str]":
    return [run.name, f"{numbers['events']:,.0f}", f"{numbers['events_per_s']:,.0f}", f"{numbers['wall_s']:.2f}",
            f"{numbers['cpu_s']:.2f}", f"{numbers['peak_bytes'] / 1e6:.0f}", f"{numbers['events_per_peer']:,.0f}",
            f"{numbers['bytes_per_peer'] / 1e3:.0f}", numbers.get("budget", ""), numbers.get("said", "")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent / "build/bench/bin", help="where stp-sim is")
    parser.add_argument("--quick", action="store_true", help="skip the three runs that take minutes")
    parser.add_argument("--only", help="runs whose names contain this")
    parser.add_argument("--simgrid", type=Path, help="SimGrid's BitTorrent example, built (see simgrid_example.py)")
    parser.add_argument("--json", action="store_true", help="all numbers as JSON on stdout")
    options = parser.parse_args()
    program = options.bin.resolve() / "stp-sim"
    if not program.exists():
        sys.exit(f"no stp-sim in {options.bin}: build it, or give --bin DIR")

    before = machine()
    runs = [run for run in all_runs() if not (options.quick and run.long) and (options.only or "") in run.name]
    results = {}
    simgrid_cpu = {}  # by peers: the example is the same until all are complete and after that
    with scratch(SCRATCH_BYTES) as work:
        for run in runs:
            beside = None
            if options.simgrid and run.simgrid_seconds:
                if run.peers not in simgrid_cpu:
                    simgrid_cpu[run.peers] = simgrid_example.play(options.simgrid, work, run.peers)
                beside = simgrid_cpu[run.peers]
            results[run.name] = measure(program, work, run, beside)
            print(f"  {run.name}: {results[run.name]['wall_s']:.2f} s", file=sys.stderr, flush=True)
    pair = [results.get("250 × 100"), results.get("2,000 × 100")]
    grown = growth(*pair) if all(pair) else None

    if options.json:
        print_json({"row": "sim", "machine": before, "runs": results, "growth": grown})
        return 0
    print("sim: virtual time, one thread; medians of three where a run is short")
    print_table(["", "events", "events/s", "wall s", "CPU s", "peak MB", "events/peer", "kB/peer", "budget", "verdict"],
                [row(run, results[run.name]) for run in runs])
    if grown:
        print(f"a peer of 2,000 costs {grown['events']:.2f} × the events, {grown['time']:.2f} × the CPU time and "
              f"{grown['memory']:.2f} × the memory of one of 250: "
              f"{'does not grow' if grown['kept'] else 'grows'} (≤ {GROWTH_MAX})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
