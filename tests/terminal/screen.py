"""A program under test with a terminal of its own, and what a person sees there.

Screen runs the program under a pseudo-terminal and feeds all that it writes to pyte, an emulator of a terminal. Waits
are for what is on the screen, with a deadline. The program is killed at the end of the test.
"""

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import tempfile
import termios
import time
import unittest
from pathlib import Path

import pyte

STP = os.environ.get("STP_BINARY", "stp")
STP_SIM = os.environ.get("STP_SIM_BINARY", "")
PATIENCE = float(os.environ.get("STP_PATIENCE", "50"))  # seconds; longer under sanitizers


class Screen:
    def __init__(self, arguments, environment, directory, columns=80, rows=24):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.ended = False
        # pyte 0.8 passes `private` to a handler that does not take it.
        self.screen.set_margins = lambda *args, **_: pyte.Screen.set_margins(self.screen, *args)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(directory)
                os.execvpe(arguments[0], arguments, environment)
            finally:
                os._exit(127)
        self._set_size(columns, rows)

    def _set_size(self, columns, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        """The kernel sends SIGWINCH."""
        self.screen.resize(rows, columns)
        self._set_size(columns, rows)

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def text(self):
        return "\n".join(self.lines())

    def read_some(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # EIO: nobody has the terminal open any more
            data = b""
        self.ended = not data
        self.raw += data
        self.stream.feed(data)

    def wait_for(self, what):
        """Reads until `what` (a text, or a predicate of this screen) holds; says whether it did."""
        holds = what if callable(what) else lambda screen: what in screen.text()
        deadline = time.monotonic() + PATIENCE
        while not holds(self):
            if self.ended or time.monotonic() > deadline:
                return False
            self.read_some(0.1)
        return True

    def wait_for_end(self):
        return self.wait_for(lambda screen: screen.ended)

    def close(self):
        for pid in (-self.pid, self.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        os.close(self.fd)
        os.waitpid(self.pid, 0)


class TerminalTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.home = Path(tempfile.mkdtemp(prefix="stp-terminal-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.environment = {
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_RUNTIME_DIR": str(self.home / "run"),
            "STP_NO_LAN": "1",
            "STP_PORT_MAP": "0",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "PATH": f"{Path(STP).parent}:{os.environ['PATH']}",
        }
        for name, value in os.environ.items():
            if name.endswith("SAN_OPTIONS") or name == "ASAN_SYMBOLIZER_PATH":
                self.environment[name] = value
        (self.home / "run").mkdir(mode=0o700)

    def screen(self, *arguments, columns=80, rows=24, environment=None):
        made = Screen(list(arguments), self.environment | (environment or {}), self.home, columns, rows)
        self.addCleanup(made.close)
        return made

    def assertSees(self, screen, what):
        self.assertTrue(screen.wait_for(what), f"never seen: {what}\n{screen.text()}\nraw: {screen.raw[-3000:]!r}")
