"""What many shares cost a daemon, for compare_shares.py: they are handed over by its API, then it is started again."""

import http.client
import json
import socket
import threading
import time
from pathlib import Path

from harness import Process, end_all

DEADLINE_SECONDS = 600
CALLERS = 8  # orders on their way at a time: answers wait for the disk
POLL_SECONDS = 0.2


class Connection(http.client.HTTPConnection):
    """HTTP to the daemon's socket."""

    def __init__(self, path: str) -> None:
        super().__init__("stp", timeout=DEADLINE_SECONDS)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)

    def call(self, method: str, target: str, body: "dict | None" = None) -> dict:
        text = None if body is None else json.dumps(body)
        self.request(method, target, text, {"Content-Type": "application/json"})
        answer = self.getresponse()
        content = json.loads(answer.read())
        if answer.status not in (200, 201):
            raise RuntimeError(f"{method} {target}: {answer.status} {content}")
        return content


def start(binaries: Path, work: Path, environment: dict) -> "tuple[Process, str]":
    """A daemon without a DHT, and its socket."""
    daemon = Process([binaries / "stp", "daemon", "--no-dht", "--listen", "127.0.0.1:0", "--state", work / "daemon"],
                     work / "daemon.log", env=environment)
    return daemon, daemon.line(DEADLINE_SECONDS).strip()


def hand_over(path: str, files: "list[Path]") -> None:
    def some(part: "list[Path]") -> None:
        connection = Connection(path)
        for file in part:
            connection.call("POST", "/api/shares", {"kind": "seed", "paths": [str(file)]})

    callers = [threading.Thread(target=some, args=(files[i::CALLERS],)) for i in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()


def wait_until_served(path: str, count: int) -> None:
    connection = Connection(path)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        states = [share["state"] for share in connection.call("GET", "/api/shares")["shares"]]
        if states.count("seeding") == count:
            return
        if time.monotonic() > deadline or "error" in states:
            raise RuntimeError(f"{states.count('seeding')} of {count} shares are served, "
                               f"{states.count('error')} are in error")
        time.sleep(POLL_SECONDS)


def measure(binaries: Path, work: Path, files: "list[Path]", environment: dict, costs) -> dict:
    """`costs`: given the id of a process, what it takes while idle."""
    numbers: dict = {}
    daemon = None
    try:
        daemon, path = start(binaries, work, environment)
        began = time.monotonic()
        hand_over(path, files)
        numbers["daemon_added_seconds"] = time.monotonic() - began
        wait_until_served(path, len(files))
        daemon.end()
        began = time.monotonic()
        daemon, path = start(binaries, work, environment)
        numbers["daemon_start_seconds"] = time.monotonic() - began
        wait_until_served(path, len(files))
        numbers["daemon_served_seconds"] = time.monotonic() - began
        numbers.update(costs(daemon.process.pid))
    finally:
        end_all(daemon)
    return numbers
