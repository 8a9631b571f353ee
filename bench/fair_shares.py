"""How fairly one participant divides its uplink between many shares, for compare_shares.py: each is fetched once, all at
the same time, under a limit that is far below what the machine can do."""

import json
import time
from pathlib import Path

from harness import Process, end_all, free_port, random_file

COUNT = 64
FILE_BYTES = 512 * 1024
LIMIT_BYTES = 4_000_000  # per second, for all of them together
DEADLINE_SECONDS = 120


def measure(binaries: Path, work: Path, environment: dict) -> dict:
    """When the last and the first share were complete, in multiples of what all of them take at the limit."""
    (work / "fair").mkdir()
    for number in range(COUNT):
        random_file(work / "fair" / f"file-{number}", FILE_BYTES)
    address = f"127.0.0.1:{free_port()}"
    seed = get = None
    try:
        seed = Process([binaries / "stp", "share", "--each", work / "fair", "--no-dht", "--listen", address,
                        "--up-limit", f"{LIMIT_BYTES}B/s", "--state", work / "fair-seed"], work / "fair-seed.log",
                       env=environment)
        links = [seed.line(DEADLINE_SECONDS).split("\t")[0] for _ in range(COUNT)]
        get = Process([binaries / "stp", "get", *links, "--no-dht", "--listen", "127.0.0.1:0", "--peer", address, "-o",
                       work / "fair-got", "--json", "--state", work / "fair-get"], work / "fair-get.log",
                      env=environment)
        complete = []
        while len(complete) < COUNT:
            if json.loads(get.line(DEADLINE_SECONDS)).get("event") == "complete":
                complete.append(time.monotonic() - get.started)
    finally:
        end_all(get, seed)
    fair = COUNT * FILE_BYTES / LIMIT_BYTES
    return {"fair_first": complete[0] / fair, "fair_last": complete[-1] / fair}
