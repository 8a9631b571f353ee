"""SimGrid's own BitTorrent example (examples/cpp/app-bittorrent of SimGrid, s4u), for comparison with ours.

It is not part of this project: build it with libsimgrid-dev and name the program. Here are the platform and the
deployment that it reads: one seed, every peer on a link of 10 Mbit/s, and all peers staying for 5,000 s.
"""

import random
import sys
from pathlib import Path

from harness import Process, end_all

ENDS_SECONDS = 5000
DEADLINE_SECONDS = 3600
HEADER = '<?xml version="1.0"?>\n<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">\n'


def write_platform(file: Path, peers: int) -> None:
    """A cluster with one host for the tracker and one for each peer."""
    file.write_text(f'{HEADER}<platform version="4.1">\n'
                    f'  <cluster id="all" prefix="node-" radical="0-{peers}" suffix="" speed="1Gf" bw="1.25MBps"'
                    ' lat="50us" bb_bw="2.25GBps" bb_lat="500us"/>\n</platform>\n')


def write_deployment(file: Path, peers: int) -> None:
    """Each peer with an id and the time it ends; the first one is marked as a seed."""
    ids = random.Random(1).sample(range(1, 1 << 24), peers)
    lines = [f'  <actor host="node-0" function="tracker"><argument value="{ENDS_SECONDS}"/></actor>']
    for i, peer in enumerate(ids, start=1):
        seed = '<argument value="1"/>' if i == 1 else ""
        lines.append(f'  <actor host="node-{i}" function="peer"><argument value="{peer}"/>'
                     f'<argument value="{ENDS_SECONDS}"/>{seed}</actor>')
    file.write_text(HEADER + '<platform version="4.1">\n' + "\n".join(lines) + "\n</platform>\n")


def play(program: Path, work: Path, peers: int) -> float:
    """The CPU seconds that it takes, printing only errors."""
    platform, deployment = work / "platform.xml", work / "deployment.xml"
    write_platform(platform, peers)
    write_deployment(deployment, peers)
    process = Process([program, platform, deployment, "--log=root.thres:error"], work / "simgrid.log")
    try:
        status = process.wait(DEADLINE_SECONDS)
        if status != 0:
            sys.exit(f"{program} ended with {status}:\n{process.log.read_text(errors='replace')[-2000:]}")
        return process.end().cpu_seconds
    finally:
        end_all(process)
