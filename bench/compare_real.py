#!/usr/bin/env python3
"""A small swarm of real processes on shaped links, compared with the same swarm in the simulator.

  tracker  12 leeches, all with 2 Mbit/s up, arrive at once for the share of one seed; they meet through a tracker
  dht      the same, but they meet through a DHT that consists of one node until they join it
  far      the same with the tracker, but five times as far from each other
  mixed    6 leeches with 1 Mbit/s up and 6 with 4 Mbit/s; with the tracker
  slow-60  one leech with 60 kbit/s down among 20 seeds with 2 Mbit/s up, for 1 MiB; once
  slow-150 one leech with 150 kbit/s down among 40 such seeds, for 2 MiB; once

Otherwise the seed has 4 Mbit/s up, and all peers 8 Mbit/s down. It has been there for ten seconds when the leeches
arrive, and they stay as seeds until the last of them is complete. A real peer is a `stp share` or `stp get --seed` in a
network namespace of its own (shaped_network.py); tracker and DHT node are `stp tracker` and `stp node` behind links
without a limit, as in the simulator. The simulated swarm has the same links, latency and chunks, its leeches arrive
within the same fraction of a second, and "network.queue" is the mean time that packets waited in the buffers of the
real one: bulk data does not keep them full.

Times count from each process's start. Needs root, or a system that lets users create network namespaces; without
either it says so and runs nothing. With the defaults it takes about twenty minutes, nearly all of them waiting.
"""

import argparse
import csv
import json
import signal
import statistics
import sys
from pathlib import Path
from typing import NamedTuple, Optional

import shaped_network
from harness import Process, end_all, machine, parse_size, print_json, print_table, scratch, size_text
from real_swarm import RealSwarm
from shaped_network import ShapedNetwork

HERE = Path(__file__).resolve().parent
SIMULATION_DEADLINE_SECONDS = 600
HEAD_START_SECONDS = 10  # of the seed
SEED_UP, DOWN = 4.0, 8.0  # Mbit/s
# What the simulator adds to a data frame of one block: bytes_on_the_wire() in sim/world/connections.h. Frames of
# several blocks, which chunks of more than 16 KiB have, are charged a little less.
DATA_HEADERS_PER_BYTE = (50 + 12 * 40) / 16384


class Group(NamedTuple):
    name: str
    share: float  # of the leeches
    up: float     # Mbit/s
    down: float = DOWN


class Variant(NamedTuple):
    name: str
    discovery: str  # "tracker" or "dht"
    groups: "tuple[Group, ...]"
    distance: float = 1  # × the requested latency
    seeds: int = 1
    seed_up: float = SEED_UP
    # Variants that set these ignore the options.
    leeches: Optional[int] = None
    size: Optional[int] = None
    rounds: Optional[int] = None


EQUAL = (Group("leeches", 1, 2),)
VARIANTS = (
    Variant("tracker", "tracker", EQUAL),
    Variant("dht", "dht", EQUAL),
    Variant("far", "tracker", EQUAL, 5),
    Variant("mixed", "tracker", (Group("slow", 0.5, 1), Group("fast", 0.5, 4))),
    Variant("slow-60", "tracker", (Group("slow", 1, 0.05, 0.06),), seeds=20, seed_up=2, leeches=1, size=1 << 20,
            rounds=1),
    Variant("slow-150", "tracker", (Group("slow", 1, 0.05, 0.15),), seeds=40, seed_up=2, leeches=1, size=2 << 20,
            rounds=1),
)


class Figure(NamedTuple):
    """A number that both sides have, under the name that the simulator gives it."""

    name: str
    label: str
    scale: float = 1
    digits: int = 1
    relative: bool = True  # the difference is a fraction of the real one, not a difference of the two


FIGURES = (
    Figure("completion.mean", "completion, mean [s]"),
    Figure("completion.median", "completion, median [s]"),
    Figure("makespan", "makespan [s]"),
    Figure("link_times", "completion, mean, by what the slowest downlink needs", digits=2),
    Figure("first_chunk.median", "first chunk, median [s]"),
    Figure("groups.slow.completion.median", "slow: completion, median [s]"),
    Figure("groups.fast.completion.median", "fast: completion, median [s]"),
    Figure("uplink.use", "use of uplinks [%]", 100),
    Figure("seeds.copies", "copies sent by the seed", digits=2),
    Figure("overhead", "bytes sent beyond payload [%]", 100, relative=False),
    Figure("waste.fraction", "payload wasted [%]", 100, 2, relative=False),
)


def counts(variant: Variant, leeches: int) -> "dict[str, int]":
    return {group.name: round(leeches * group.share) for group in variant.groups}


# --------------------------------------------------------------------------------------------------- the simulated side


def scenario_of(variant: Variant, share: dict, leeches: int, latency_ms: float, backlog_ms: float,
                span_ms: float) -> dict:
    """What `stp-sim` is to play: `share` is what the real seed said it shares, `backlog_ms` how long packets
    waited before the real uplinks on average, `span_ms` the time within which the real leeches were started. If they
    came in one instant, all would meet the others in the same order and serve the same ones first."""
    arrivals = {"spread": {"from": f"{HEAD_START_SECONDS}s", "until": f"{1000 * HEAD_START_SECONDS + span_ms:.0f}ms"}}
    find = [variant.discovery]
    sizes = counts(variant, leeches)
    return {
        "name": f"real-{variant.name}", "duration": "1h", "sample-every": "1s",
        "bootstrap-nodes": int(variant.discovery == "dht"), "trackers": int(variant.discovery == "tracker"),
        "network": {"latency": f"{latency_ms}ms", "queue": f"{backlog_ms:.0f}ms"},
        "shares": [{"chunks": share["chunks"], "chunk-size": f"{share['chunk_bytes'] >> 10}KiB"}],
        "groups": [{"name": "seed", "role": "seed", "count": variant.seeds, "discovery": find,
                    "link": link_of(variant.seed_up, DOWN)}]
        + [{"name": group.name, "count": sizes[group.name], "discovery": find, "link": link_of(group.up, group.down),
            "arrivals": arrivals} for group in variant.groups],
    }


def link_of(up: float, down: float) -> dict:
    return {"up": f"{1e3 * up:g}kbit/s", "down": f"{1e3 * down:g}kbit/s"}


def simulate(program: Path, work: Path, scenario: dict, seed: int) -> dict:
    """The figures of one simulated run."""
    path, out = work / "scenario.json", work / "simulated"
    path.write_text(json.dumps(scenario))
    process = Process([program, "run", path, "--seed", seed, "--out", out, "--force", "--no-plots", "--quiet"],
                      work / "simulator.log")
    try:
        if process.wait(SIMULATION_DEADLINE_SECONDS) != 0:
            sys.exit(f"stp-sim failed:\n{process.log.read_text(errors='replace')[-2000:]}")
    finally:
        end_all(process)
    summary = json.loads((out / "summary.json").read_text())
    if not summary["all_complete"]:
        sys.exit(f"{scenario['name']}, seed {seed}: not all simulated leeches completed")
    figures = {name: figure["value"] for name, figure in summary["figures"].items()}
    return {**figures, **sent_in(out / "peers.csv")}


def sent_in(peers: Path) -> dict:
    """What all peers sent beyond payload, in bytes of IP, per byte of payload."""
    with open(peers, encoding="utf-8") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    payload, control, datagrams = (sum(int(row[column]) for row in rows)
                                   for column in ("uploaded_B", "control_sent_B", "datagrams_sent_B"))
    return {"overhead": (control + datagrams) / payload + DATA_HEADERS_PER_BYTE}


# --------------------------------------------------------------------------------------------------------- both of them


def compare(variant: Variant, options: argparse.Namespace, binaries: Path, work: Path) -> dict:
    real, share, delay = [], {}, ""
    leeches, size = variant.leeches or options.leeches, variant.size or options.size
    rounds = variant.rounds or options.rounds
    sizes = counts(variant, leeches)
    latency_ms = options.latency * variant.distance
    for number in range(rounds):
        network = ShapedNetwork(latency_ms, options.queue, options.congestion, work / "delay.log")
        swarm = RealSwarm(binaries / "stp", work, network, size)
        try:
            swarm.start(variant.discovery, variant.seeds, variant.seed_up, DOWN, HEAD_START_SECONDS)
            for group in variant.groups:
                swarm.add_leeches(group.name, sizes[group.name], group.up, group.down)
            real.append(swarm.play())
            share, delay = swarm.share, network.delay
        finally:
            swarm.close()
        tell(f"{variant.name}: real {number + 1}/{rounds}", real[-1])

    if delay == shaped_network.NONE:
        latency_ms = 0
    backlog_ms = statistics.median(run["backlog_ms"] for run in real)
    span_ms = max(1, 1e3 * statistics.median(run["came_within_s"] for run in real))
    scenario = scenario_of(variant, share, leeches, latency_ms, backlog_ms, span_ms)
    simulated = []
    for seed in range(1, options.seeds + 1):
        simulated.append(simulate(binaries / "stp-sim", work, scenario, seed))
    tell(f"{variant.name}: simulated, last of {options.seeds}", simulated[-1])
    link_seconds = 8 * size / (1e6 * min(group.down for group in variant.groups))
    for run in (*real, *simulated):
        run["link_times"] = run["completion.mean"] / link_seconds
    return {"leeches": leeches, "size": size, "rounds": rounds, "delay": delay, "latency_ms": latency_ms,
            "backlog_ms": backlog_ms, "share": share, "scenario": scenario,
            "real": real, "simulated": simulated, "rows": rows_of(real, simulated)}


def tell(what: str, figures: dict) -> None:
    print(f"  {what}: makespan {figures['makespan']:.1f} s, mean {figures['completion.mean']:.1f} s", file=sys.stderr,
          flush=True)


def rows_of(real: "list[dict]", simulated: "list[dict]") -> "list[dict]":
    """For each figure that both sides have: medians, ranges, and how far apart the medians are."""
    rows = []
    for figure in FIGURES:
        sides = {}
        for side, runs in (("real", real), ("simulated", simulated)):
            values = [run[figure.name] for run in runs if figure.name in run]
            if values:
                sides[side] = {"median": statistics.median(values), "min": min(values), "max": max(values)}
        if len(sides) < 2:
            continue
        difference = sides["simulated"]["median"] - sides["real"]["median"]
        if figure.relative:
            difference /= sides["real"]["median"]
        rows.append({"figure": figure.name, **sides, "difference": difference})
    return rows


def print_rows(rows: "list[dict]") -> None:
    by_name = {figure.name: figure for figure in FIGURES}
    lines = []
    for row in rows:
        figure = by_name[row["figure"]]
        cells = [figure.label]
        for side in ("real", "simulated"):
            shown = {key: f"{figure.scale * value:.{figure.digits}f}" for key, value in row[side].items()}
            cells += [shown["median"], f"{shown['min']}–{shown['max']}"]
        lines.append(cells + [f"{100 * row['difference']:+.1f} %" if figure.relative
                              else f"{figure.scale * row['difference']:+.{figure.digits}f} points"])
    print_table(["", "real", "range", "simulated", "range", "difference"], lines)


def print_result(name: str, result: dict, options: argparse.Namespace) -> None:
    latency = {shaped_network.NETEM: f"{result['latency_ms']:g} ms of latency by netem",
               shaped_network.TUN: f"{result['latency_ms']:g} ms of latency by delay_line.py (no netem here)",
               shaped_network.NONE: "no latency added (neither netem nor TUN here)"}[result["delay"]]
    late = [run["delay_late_mean_ms"] for run in result["real"] if "delay_late_mean_ms" in run]
    if late:
        latency += f", {statistics.median(late):.1f} ms too late on average"
    print(f"real, {name}: leeches: {result['leeches']}, {size_text(result['size'])} in "
          f"{result['share']['chunks']} chunks; medians of {result['rounds']} real and {options.seeds} simulated runs")
    print(f"{latency}; buffers of {options.queue:g} ms, in which packets waited {result['backlog_ms']:.0f} ms; "
          f"TCP {options.congestion}")
    print_rows(result["rows"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=HERE.parent / "build/bench/bin", help="where stp and stp-sim are")
    parser.add_argument("--size", type=parse_size, default=12 << 20, help="of the share (default 12MiB)")
    parser.add_argument("--leeches", type=int, default=12, help="how many, an even number (default 12)")
    parser.add_argument("--latency", type=float, default=25, help="one way, milliseconds (default 25)")
    parser.add_argument("--queue", type=float, default=100, help="buffer before each link, milliseconds (default 100)")
    parser.add_argument("--congestion", default="cubic", help="TCP's congestion control (default cubic)")
    parser.add_argument("--rounds", type=int, default=3, help="real runs of each variant (default 3)")
    parser.add_argument("--seeds", type=int, default=5, help="simulated runs of each variant (default 5)")
    parser.add_argument("--only", help="comma-separated names of variants")
    parser.add_argument("--json", action="store_true", help="all numbers as JSON on stdout")
    options = parser.parse_args()
    binaries = options.bin.resolve()
    for program in ("stp", "stp-sim"):
        if not (binaries / program).exists():
            sys.exit(f"no {program} in {options.bin}: build it, or give --bin DIR")
    if options.leeches % 2 or not 2 <= options.leeches <= shaped_network.HOSTS_MAX - 2:
        sys.exit(f"--leeches takes an even number from 2 to {shaped_network.HOSTS_MAX - 2}")

    why_not: Optional[str] = shaped_network.enter()
    if why_not:
        if options.json:
            print_json({"row": "real", "skipped": why_not})
        else:
            print(f"real: skipped: {why_not}")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is ended and removed

    before = machine()
    results = {}
    with scratch((options.leeches + 2) * options.size + (8 << 20)) as work:
        for variant in VARIANTS:
            if not options.only or variant.name in options.only.split(","):
                results[variant.name] = compare(variant, options, binaries, work)

    if options.json:
        settings = {key: value for key, value in vars(options).items() if key not in ("bin", "json")}
        print_json({"row": "real", "machine": before, "options": settings, "variants": results})
        return 0
    for name, result in results.items():
        print_result(name, result, options)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
