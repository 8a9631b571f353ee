"""One swarm of real stp processes on a ShapedNetwork: starts it, waits until all are complete, summarises it."""

import json
import random
import re
import shutil
import statistics
import threading
import time
from pathlib import Path
from typing import Optional

from harness import Process, isolated_environment, random_file, same_content
from shaped_network import Host, ShapedNetwork

START_SECONDS = 30
DEADLINE_SECONDS = 900
END_SECONDS = 20
SAMPLE_SECONDS = 2  # between two checks of the buffers
TRACKER_PORT, NODE_PORT = 65000, 64500


class Participant:
    """An stp process with --json, whose events are read as they arrive."""

    def __init__(self, process: Process, host: Host) -> None:
        self.process, self.host = process, host
        self.status: dict = {}  # the last one
        self.seen: "dict[str, float]" = {}  # time.monotonic() of each kind's first event, and of the first chunk
        self.first: "dict[str, dict]" = {}  # that event
        self.ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                event = json.loads(self.process.line(DEADLINE_SECONDS))
            except (RuntimeError, ValueError):  # it ended, or its last line is cut off
                break
            with self._changed:
                now, kind = time.monotonic(), event["event"]
                if kind == "status":
                    self.status = event
                    if event["chunks_had"] > 0:
                        self.seen.setdefault("first chunk", now)
                self.seen.setdefault(kind, now)
                self.first.setdefault(kind, event)
                self._changed.notify_all()
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def has(self, kind: str, seconds: float) -> bool:
        """Waits for the first event of this kind, at most this long; returns whether it has come."""
        with self._changed:
            self._changed.wait_for(lambda: kind in self.first or self.ended, seconds)
            return kind in self.first

    def wait_for(self, kind: str, seconds: float) -> dict:
        """The first event of this kind."""
        if not self.has(kind, seconds):
            raise RuntimeError(f"{' '.join(self.process.command)}: no event {kind}:\n"
                               f"{self.process.log.read_text(errors='replace')[-2000:]}")
        return self.first[kind]

    def since_start(self, what: str) -> float:
        return self.seen[what] - self.process.started

    def start_stop(self) -> None:
        if self.process.process.poll() is None:
            self.process.process.terminate()

    def stop(self) -> None:
        """Ends it, and reads its output until then: the last status has the final counts."""
        self.start_stop()
        self._reader.join(END_SECONDS)
        self.process.end()


class RealSwarm:
    def __init__(self, program: Path, work: Path, network: ShapedNetwork, size: int) -> None:
        self.program, self.network, self.size = program, network, size
        self.work = work / "swarm"
        self.log = work / "stp.log"
        self.share: dict = {}  # the seed's event `link`
        self.seeds: "list[Participant]" = []
        self.leeches: "dict[str, list[Participant]]" = {}  # by group
        self._planned: "list[tuple[str, Host]]" = []
        self._uplinks_bits = 0.0
        self._all: "list[Participant]" = []
        self.work.mkdir()

    def _run(self, host: Host, command: str, *words: object) -> Participant:
        own = self.work / host.name
        own.mkdir()
        process = Process(self.network.command(host, [self.program, command, *words, "--json"]), self.log,
                          env=isolated_environment(own))
        self._all.append(Participant(process, host))
        return self._all[-1]

    def start(self, discovery: str, seeds: int, seed_up: float, down: float, head_start: float) -> None:
        """Starts all peers except the leeches, which will arrive `head_start` seconds after the last seed."""
        meeting_point = self.network.add_host()
        if discovery == "tracker":
            point = self._run(meeting_point, "tracker", "--listen", f"0.0.0.0:{TRACKER_PORT}")
            self._how = ["--no-dht", "--tracker", f"http://{meeting_point.address}:{TRACKER_PORT}/announce"]
        else:
            point = self._run(meeting_point, "node", "--listen", f"0.0.0.0:{NODE_PORT}", "--bootstrap", "none")
            self._how = ["--dht", "--bootstrap", f"{meeting_point.address}:{NODE_PORT}"]
        point.wait_for("listening", START_SECONDS)

        self.file = self.work / "file.bin"
        random_file(self.file, self.size)
        for _ in range(seeds):
            host = self.network.add_host(seed_up * 1e6, down * 1e6)
            self._uplinks_bits += seed_up * 1e6
            self.seeds.append(self._run(host, "share", self.file, *self._how))
        for seed in self.seeds:
            self.share = seed.wait_for("link", START_SECONDS)
            seed.wait_for("listening", START_SECONDS)
        # Part of the scenario: the simulated seeds arrive this long before the leeches too.
        self._leeches_come = max(seed.seen["listening"] for seed in self.seeds) + head_start

    def add_leeches(self, group: str, count: int, up: float, down: float) -> None:
        """Gives `count` leeches of a group their links, in Mbit/s."""
        for _ in range(count):
            self._planned.append((group, self.network.add_host(up * 1e6, down * 1e6)))
            self._uplinks_bits += up * 1e6

    def play(self) -> dict:
        """Starts the leeches, waits until all are complete, ends all peers. Figures have the simulator's names."""
        random.shuffle(self._planned)  # the first to come get the first slots
        time.sleep(max(0.0, self._leeches_come - time.monotonic()))
        # The simulated leeches know no address.
        link = re.sub(r"&x\.pe=[^&]*", "", self.share["link"])
        for group, host in self._planned:
            out = self.work / host.name / "out"
            leech = self._run(host, "get", link, "-o", out, "--seed", *self._how)
            self.leeches.setdefault(group, []).append(leech)
        everybody = [leech for group in self.leeches.values() for leech in group]
        deadline = time.monotonic() + DEADLINE_SECONDS
        backlogs = []
        for leech in everybody:
            while not leech.has("complete", SAMPLE_SECONDS):
                if leech.ended or time.monotonic() > deadline:
                    raise RuntimeError(f"{leech.host.name} did not complete: {leech.status}\n"
                                       f"{self.log.read_text(errors='replace')[-2000:]}")
                backlogs += [self.network.backlog_ms(peer.host) for peer in (*self.seeds, *everybody)]
        self._stop_all()
        for leech in everybody:
            if not same_content(self.file, Path(leech.first["complete"]["path"])):
                raise RuntimeError(f"{leech.host.name} got something other than what was shared")
        return {**self._figures(everybody), "backlog_ms": statistics.mean(backlogs or [0])}

    def _figures(self, everybody: "list[Participant]") -> dict:
        times = [leech.since_start("complete") for leech in everybody]
        came = sorted(leech.process.started for leech in everybody)
        makespan = max(leech.seen["complete"] for leech in everybody) - came[0]
        peers = [*self.seeds, *everybody]
        uploaded = sum(peer.status["uploaded"] for peer in peers)
        received = sum(leech.status["downloaded"] for leech in everybody)
        sent = sum(self.network.sent_bytes(peer.host) for peer in peers)
        figures = {
            "completion.mean": statistics.mean(times),
            "completion.median": statistics.median(times),
            "makespan": makespan,
            "first_chunk.median": statistics.median(leech.since_start("first chunk") for leech in everybody),
            "uplink.use": uploaded / (self._uplinks_bits / 8 * makespan),
            "seeds.copies": sum(seed.status["uploaded"] for seed in self.seeds) / self.size,
            "overhead": sent / uploaded - 1,
            "waste.fraction": sum(leech.status["wasted"] for leech in everybody) / received,
        }
        if len(self.leeches) > 1:
            for group, members in self.leeches.items():
                figures[f"groups.{group}.completion.median"] = statistics.median(
                    leech.since_start("complete") for leech in members)
        figures.update({f"delay_{key}": value for key, value in self.network.delay_report().items()})
        return {**figures, "came_within_s": came[-1] - came[0], "completions": sorted(times)}

    def _stop_all(self) -> None:
        for participant in self._all:
            participant.start_stop()
        for participant in self._all:
            participant.stop()

    def close(self) -> None:
        """Ends and removes everything, including the network, whatever happened before."""
        self._stop_all()
        self.network.close()
        shutil.rmtree(self.work)
