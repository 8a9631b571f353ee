#!/usr/bin/env python3
"""Returns every packet routed into a TUN device after a fixed time and in order: latency without netem.

    delay_line.py DEVICE MILLISECONDS

Prints "ready" on stdout when the device exists. Each line on stdin is answered with the cost so far, as JSON; the
end of stdin ends it and removes the device.
"""

import fcntl
import json
import os
import select
import struct
import sys
import time
from collections import deque

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x0001 | 0x1000  # IP packets, nothing in front of them
PACKET_BYTES_MAX = 65536
BATCH = 32  # read before checking whether something is due


def open_tun(name: str) -> int:
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN_NO_PI))
    return tun


class DelayLine:
    def __init__(self, tun: int, seconds: float) -> None:
        self.tun, self.seconds = tun, seconds
        self.waiting = deque()  # (when it is due, packet): one delay for all, so the first is always the next
        self.packets = self.dropped = 0
        self.late_sum = self.late_max = 0.0

    def take(self) -> None:
        for _ in range(BATCH):
            try:
                packet = os.read(self.tun, PACKET_BYTES_MAX)
            except BlockingIOError:
                return
            self.waiting.append((time.monotonic() + self.seconds, packet))

    def hand_back(self) -> None:
        while self.waiting:
            late = time.monotonic() - self.waiting[0][0]
            if late < 0:
                return
            try:
                os.write(self.tun, self.waiting.popleft()[1])
            except OSError:  # e.g. its network is being taken down
                self.dropped += 1
            self.packets += 1
            self.late_sum += late
            self.late_max = max(self.late_max, late)

    def report(self) -> dict:
        return {"packets": self.packets, "dropped": self.dropped, "late_max_ms": 1e3 * self.late_max,
                "late_mean_ms": 1e3 * self.late_sum / max(1, self.packets)}

    def run(self) -> None:
        while True:
            timeout = max(0.0, self.waiting[0][0] - time.monotonic()) if self.waiting else None
            ready = select.select([self.tun, sys.stdin], [], [], timeout)[0]
            self.hand_back()
            if self.tun in ready:
                self.take()
            if sys.stdin in ready:
                if not sys.stdin.readline():
                    return
                print(json.dumps(self.report()), flush=True)


def main() -> int:
    tun = open_tun(sys.argv[1])
    try:
        os.nice(-10)  # waiting for a processor here adds to every peer's latency
    except OSError:
        pass
    print("ready", flush=True)
    DelayLine(tun, float(sys.argv[2]) / 1e3).run()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
