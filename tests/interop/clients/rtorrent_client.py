#!/usr/bin/env python3
"""rtorrent, through XML-RPC on its socket (SCGI). Usage: client.py. It needs a terminal, and gets a small one.

It loads no .torrent without trackers unless it may use the DHT, so the DHT is never off. There is no local discovery.
"""

import os
import socket
import threading
import xmlrpc.client

import client


class Rtorrent:
    def __init__(self, options):
        rtorrent = client.program("rtorrent")
        self.socket = options.state / "rpc.socket"
        self.socket.unlink(missing_ok=True)
        session = options.state / "session"
        session.mkdir(exist_ok=True)
        (options.state / "rc").write_text(f"""
directory.default.set = {options.directory}
session.path.set = {session}
network.port_range.set = {options.port}-{options.port}
network.port_random.set = no
network.bind_address.set = {options.address}
network.local_address.set = {options.address}
network.scgi.open_local = {self.socket}
dht.mode.set = {"on" if options.dht else "auto"}
dht.port.set = {options.port}
protocol.pex.set = yes
protocol.encryption.set = {"require,require_RC4,allow_incoming,try_outgoing" if options.encrypted
                            else "allow_incoming,try_outgoing,enable_retry"}
trackers.use_udp.set = yes
pieces.hash.on_completion.set = no
throttle.global_down.max_rate.set_kb = {options.down_limit // 1024}
system.umask.set = 0022
""")
        self.child = client.Child(options.state, [rtorrent, "-n", "-o", f"import={options.state}/rc"], terminal=True,
                                  TERM="xterm")
        threading.Thread(target=self.drain, daemon=True).start()
        self.child.wait_for(lambda: self.call("system.client_version"))
        if options.dht:
            self.call("dht.add_node", "", options.dht)
        if not self.call("download_list", ""):
            commands = [f'd.tracker.insert="0","{tracker}"' for tracker in options.tracker]
            self.call("load.start_verbose", "", options.target, f'd.directory.set="{options.directory}"', *commands)
        self.child.wait_for(lambda: self.call("download_list", ""))
        for peer in options.peer:
            self.call("add_peer", self.call("download_list", "")[0], peer)

    def drain(self) -> None:
        """Unless its screen is read, it stops."""
        with open(self.child.log, "ab", buffering=0) as log:
            try:
                while part := os.read(self.child.master, 65536):
                    log.write(part)
            except OSError:
                pass

    def call(self, method: str, *parameters):
        body = xmlrpc.client.dumps(parameters, method).encode()
        head = f"CONTENT_LENGTH\0{len(body)}\0SCGI\0001\0".encode()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(self.socket))
            connection.sendall(str(len(head)).encode() + b":" + head + b"," + body)
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return xmlrpc.client.loads(answer.split(b"\r\n\r\n", 1)[1])[0][0]

    def progress(self):
        for item in self.call("download_list", ""):
            if self.call("d.is_meta", item):
                continue
            hashing = self.call("d.hashing", item)
            return self.call("d.completed_bytes", item), not hashing and bool(self.call("d.complete", item))
        return 0, False


client.run(Rtorrent)
