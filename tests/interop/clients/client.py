"""What the drivers of all clients have in common: one command line, one life, the same lines on stdout.

    NAME_client.py seed|get TARGET DIRECTORY --state DIR [--address A] [--port P] [--tracker URL]… [--peer HOST:PORT]…
                   [--dht HOST:PORT] [--lan] [--down-limit BYTES] [--encrypted] [--show-lost]

TARGET is a .torrent file or a magnet link. A client that seeds finds the content in DIRECTORY and checks it. Lines on
stdout, as they become true:

    listening HOST:PORT    it takes connections of peers there
    have BYTES             of the content, checked; whenever it has changed
    complete               it has everything, and goes on seeding until it is ended
    lost                   a peer has said that it lost a piece (--show-lost; libtorrent only)

What the client itself prints is in DIR/log, its messages are on stderr. Exit code 3: this client is not installed; the
last line on stderr says what is missing. Ended by any signal, it takes its client with it; started again with the same
DIR, it waits for that one's end, and goes on with what it had.
"""

import argparse
import ctypes
import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

CONTROL_PORT = 8000  # on 127.0.0.1: each client has a machine (a network namespace) of its own
POLL_SECONDS = 0.1
PATIENCE_SECONDS = 150  # no less than a test waits for a driver: patience() in integration/process.cpp


class Absent(Exception):
    """The client is not installed here."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["seed", "get"])
    parser.add_argument("target")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--state", type=pathlib.Path, required=True)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=6881)
    parser.add_argument("--tracker", action="append", default=[])
    parser.add_argument("--peer", action="append", default=[])
    parser.add_argument("--dht")
    parser.add_argument("--lan", action="store_true")
    parser.add_argument("--down-limit", type=int, default=0)
    parser.add_argument("--encrypted", action="store_true")
    parser.add_argument("--show-lost", action="store_true")
    options = parser.parse_args()
    options.is_magnet = options.target.startswith("magnet:")
    options.directory = options.directory.resolve()
    options.state = options.state.resolve()
    options.state.mkdir(parents=True, exist_ok=True)
    options.directory.mkdir(parents=True, exist_ok=True)
    if not options.is_magnet:
        options.target = str(pathlib.Path(options.target).resolve())
    return options


def program(name: str) -> str:
    """Where a program is: in PATH, or where ./dev unpacked it."""
    found = shutil.which(name) or shutil.which(name, path=os.environ.get("STP_CLIENTS", ""))
    if found is None:
        raise Absent(f"{name} is not installed")
    return found


def poll(condition):
    """The first value of `condition()` that is not false; connection errors count as false.

    For what can only be asked: trackers and the interfaces of most clients do not say when something changes.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            value = condition()
            if value:
                return value
        except OSError:  # also urllib.error.URLError
            pass
        time.sleep(POLL_SECONDS)
    raise TimeoutError(f"still not so after {PATIENCE_SECONDS} s")


class Child:
    """The client's process: ends with ours, and holds the lock of its state until it has ended."""

    def __init__(self, state: pathlib.Path, command: list[str], terminal: bool = False, **variables: str):
        lock = os.open(state / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        prctl = ctypes.CDLL(None).prctl
        log = open(state / "log", "ab")
        output = log
        if terminal:
            self.master, output = os.openpty()
        self.log = state / "log"
        self.process = subprocess.Popen(
            command, stdin=output if terminal else subprocess.DEVNULL, stdout=output, stderr=log, pass_fds=(lock,),
            cwd=state, env={**os.environ, "HOME": str(state), **variables}, start_new_session=terminal,
            preexec_fn=lambda: prctl(1, signal.SIGKILL))  # PR_SET_PDEATHSIG
        os.close(lock)

    def check(self) -> None:
        """Raises if it has ended."""
        if self.process.poll() is not None:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{self.process.args[0]} ended with {self.process.returncode}: {tail}")

    def wait_for(self, condition):
        """poll(condition), while the client runs."""
        def running_and_so():
            self.check()
            return condition()

        return poll(running_and_so)


def http(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
    request = urllib.request.Request(url, body, headers or {})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        return answer.read()


def json_rpc(url: str, method: str, parameters):
    """A JSON-RPC call as aria2 wants it."""
    body = json.dumps({"jsonrpc": "2.0", "id": "1", "method": method, "params": parameters})
    return json.loads(http(url, body.encode()))["result"]


def say(*words) -> None:
    print(*words, flush=True)


def run(client_class) -> None:
    """`client_class(options)` starts the client and adds TARGET; its progress() gives (bytes had, whether complete)."""
    options = arguments()
    try:
        client = client_class(options)
    except Absent as absent:
        sys.exit(print(absent, file=sys.stderr) or 3)
    say("listening", f"{options.address}:{options.port}")
    had, complete = -1, False
    while True:  # until we are ended; most clients have to be asked for progress
        client.child.check()
        now_had, now_complete = client.progress()
        if now_had != had:
            had = now_had
            say("have", had)
        if now_complete and not complete:
            complete = True
            say("complete")
        time.sleep(POLL_SECONDS)
