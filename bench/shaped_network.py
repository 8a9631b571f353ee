"""A network of this process's own: hosts in network namespaces, behind access links with rates, buffers and a latency.

              host a                              hub                                host b
    stp ─ eth0, tbf: rate up ───▶ link ─▶ all packets wait in `delay` ─▶ link, tbf: rate down ───▶ eth0 ─ stp

The hub is the network namespace that enter() puts this process into, together with a mount namespace. None of it is
visible outside, nothing leads outside, and the kernel removes all of it when the last process in it ends, however that
happens; processes started by command() get a SIGTERM when this one dies.

Latency is one delay for all pairs, made by netem if the kernel has it, else by delay_line.py, else there is none:
ShapedNetwork.delay says which. Rates count IP packets, as the simulator does, not Ethernet's headers.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Optional, Sequence

from harness import Process

HERE = Path(__file__).resolve().parent
INSIDE = "STP_BENCH_NAMESPACE"  # set in the environment of processes that are already in a namespace
GATEWAY = "169.254.1.1"
ETHERNET_HEADER = 14
BURST_BYTES = 3 * 1514  # the amount that tbf lets through at once: little, since its timers are exact
PACKETS_MAX = 10000  # in the delay
HOSTS_MAX = 64
NETEM, TUN, NONE = "netem", "TUN", "none"


class Host(NamedTuple):
    number: int
    address: str
    up_bits: Optional[float]  # of its uplink, per second

    @property
    def name(self) -> str:
        return f"h{self.number}"

    @property
    def link(self) -> str:
        """The hub's end of its access link."""
        return f"link{self.number}"


def enter() -> Optional[str]:
    """Restarts this program in namespaces of its own and does not return; inside them returns None. Returns why
    if that can't be done."""
    if os.environ.get(INSIDE):
        # The namespaces that `ip netns` names are files: put them in a /run that nobody else sees.
        run("mount", "-t", "tmpfs", "tmpfs", "/run")
        return None
    command = ["unshare", "--net", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    trial = "mount -t tmpfs tmpfs /run && ip netns add t && ip -n t link add x0 type veth peer name x1 && " \
            "tc -n t qdisc add dev x0 root tbf rate 1mbit burst 5000 limit 50000"
    try:
        tried = subprocess.run([*command, "sh", "-c", trial], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "there is no unshare (util-linux)"
    if tried.returncode != 0:
        return "network namespaces with shaped links can't be made here: " + tried.stderr.strip()
    sys.stdout.flush()
    os.execvpe(command[0], [*command, sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})


def run(*words: object) -> str:
    """Runs a command to its end and returns what it printed."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


def works(*words: object) -> bool:
    try:
        run(*words)
        return True
    except RuntimeError:
        return False


def address_of(number: int) -> str:
    """Public addresses far apart, no two in one /24: the DHT has special rules for addresses of one owner, and for
    local ones. No packet for them leaves the namespace."""
    return f"{20 + 3 * number}.{(61 * number + 33) % 256}.{number + 1}.10"


class ShapedNetwork:
    def __init__(self, latency_ms: float, queue_ms: float, congestion: str, log: Path) -> None:
        self.latency_ms, self.queue_ms, self.congestion, self.log = latency_ms, queue_ms, congestion, log
        self.hosts: "list[Host]" = []
        self.line: Optional[Process] = None
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1", encoding="ascii")
        self.delay = self._make_delay()

    def _make_delay(self) -> str:
        if self.latency_ms <= 0:
            return NONE
        device, comes_back_on = "delay0", "delay1"
        run("ip", "link", "add", device, "type", "veth", "peer", "name", comes_back_on)
        if works("tc", "qdisc", "add", "dev", device, "root", "netem", "delay", f"{self.latency_ms}ms",
                 "limit", PACKETS_MAX):
            kind = NETEM
            run("ip", "link", "set", comes_back_on, "up")
            # Without ARP a packet is addressed to its own sender: the other end must have the same address to accept
            # it.
            mac = json.loads(run("ip", "-j", "link", "show", device))[0]["address"]
            run("ip", "link", "set", comes_back_on, "address", mac)
            run("ip", "link", "set", device, "arp", "off", "gso_max_segs", 1, "up")
        else:
            run("ip", "link", "del", device)
            kind, comes_back_on = TUN, device
            self.line = Process([sys.executable, HERE / "delay_line.py", device, self.latency_ms], self.log)
            try:
                self.line.line(10)
            except RuntimeError:
                self.line.end()
                self.line = None
                return NONE
            run("ip", "link", "set", device, "txqueuelen", PACKETS_MAX, "up")
        # Packets from a host go into the delay; packets out of it go to their destination.
        run("ip", "route", "add", "default", "dev", device, "table", 100)
        run("ip", "rule", "add", "pref", 10, "iif", comes_back_on, "lookup", "main")
        run("ip", "rule", "add", "pref", 20, "lookup", 100)
        return kind

    def add_host(self, up_bits: Optional[float] = None, down_bits: Optional[float] = None) -> Host:
        """A host behind a link of these bits per second; None: no limit."""
        assert len(self.hosts) < HOSTS_MAX
        host = Host(len(self.hosts), address_of(len(self.hosts)), up_bits)
        inside = ("ip", "-n", host.name)
        run("ip", "netns", "add", host.name)
        run("ip", "link", "add", host.link, "type", "veth", "peer", "name", "eth0", "netns", host.name)
        self.hosts.append(host)
        # One segment per packet: a packet of 64 KiB would pass tbf in one go.
        run("ip", "link", "set", host.link, "gso_max_segs", 1, "up")
        run("ip", "addr", "add", f"{GATEWAY}/32", "dev", host.link)
        run("ip", "route", "add", f"{host.address}/32", "dev", host.link)
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "addr", "add", f"{host.address}/32", "dev", "eth0")
        run(*inside, "link", "set", "eth0", "gso_max_segs", 1, "up")
        run(*inside, "route", "add", GATEWAY, "dev", "eth0", "scope", "link")
        # Set on the route: the namespace's setting accepts only algorithms that the machine's owner allows for
        # everybody.
        run(*inside, "route", "add", "default", "via", GATEWAY, "dev", "eth0", "congctl", self.congestion)
        self._shape(("-n", host.name), "eth0", up_bits)
        self._shape((), host.link, down_bits)
        return host

    def _shape(self, where: "tuple[str, ...]", device: str, bits: Optional[float]) -> None:
        if bits is None:
            return
        buffer = BURST_BYTES + int(bits / 8 * self.queue_ms / 1e3)
        run("tc", *where, "qdisc", "add", "dev", device, "root", "stab", "overhead", -ETHERNET_HEADER, "tbf",
            "rate", f"{bits:.0f}bit", "burst", BURST_BYTES, "limit", buffer)

    @staticmethod
    def command(host: Host, words: Sequence) -> "list[str]":
        """The command that runs `words` on `host`."""
        return ["setpriv", "--pdeathsig", "TERM", "nsenter", f"--net=/run/netns/{host.name}", *map(str, words)]

    @staticmethod
    def sent_bytes(host: Host) -> int:
        """IP bytes sent over its uplink."""
        received = json.loads(run("ip", "-s", "-j", "link", "show", host.link))[0]["stats64"]["rx"]
        return received["bytes"] - ETHERNET_HEADER * received["packets"]

    @staticmethod
    def backlog_ms(host: Host) -> Optional[float]:
        """How long a packet now waits in the buffer before its uplink; None without a limit."""
        if host.up_bits is None:
            return None
        queue = json.loads(run("tc", "-n", host.name, "-s", "-j", "qdisc", "show", "dev", "eth0"))[0]
        return 8e3 * queue["backlog"] / host.up_bits

    def delay_report(self) -> dict:
        """How exact the delay was; empty if the kernel made it."""
        if self.line is None:
            return {}
        self.line.tell("report")
        return json.loads(self.line.line(10))

    def close(self) -> None:
        """Removes all of it. Processes on the hosts must have ended."""
        if self.line is not None:
            self.line.end()
        for host in self.hosts:
            run("ip", "link", "del", host.link)
            run("ip", "netns", "del", host.name)
        if self.delay != NONE:
            run("ip", "rule", "del", "pref", 10)
            run("ip", "rule", "del", "pref", 20)
        if self.delay == NETEM:
            run("ip", "link", "del", "delay0")
