#!/usr/bin/env python3
"""Deluge's daemon, through its RPC: rencode, compressed, over TLS. Usage: client.py."""

import base64
import json
import pathlib
import socket
import ssl
import struct
import sys
import zlib

import client

try:
    import deluge.core.daemon_entry  # noqa: F401
    import rencode
except ImportError:
    rencode = None

CONFIG = {"allow_remote": False, "daemon_port": client.CONTROL_PORT, "random_port": False, "random_outgoing_ports": True,
          "upnp": False, "natpmp": False, "utpex": True, "utp": False, "new_release_check": False, "queue_new_to_top": False,
          "max_active_limit": -1, "max_active_downloading": -1, "max_active_seeding": -1, "stop_seed_at_ratio": False,
          "rate_limit_ip_overhead": False, "add_paused": False, "enabled_plugins": []}


class Deluge:
    number = 0
    connection = None

    def __init__(self, options):
        if rencode is None:
            raise client.Absent("deluge-common is not installed for this Python")
        policy = {"enc_in_policy": 0, "enc_out_policy": 0, "enc_level": 1} if options.encrypted else {}
        settings = {**CONFIG, "listen_ports": [options.port, options.port], "listen_interface": options.address,
                    "outgoing_interface": options.address, "dht": bool(options.dht), "lsd": options.lan,
                    "download_location": str(options.directory),
                    "max_download_speed": options.down_limit / 1024 if options.down_limit else -1.0, **policy}
        (options.state / "core.conf").write_text(json.dumps({"file": 1, "format": 1}) + json.dumps(settings))
        (options.state / "auth").write_text("localclient:test:10\n")
        self.child = client.Child(options.state, [
            sys.executable, "-c", "import deluge.core.daemon_entry as entry; entry.start_daemon()", "--do-not-daemonize",
            "--config", str(options.state), "--loglevel", "info"])
        self.child.wait_for(self.connect)
        known = (options.state / "added").exists()  # what it had before, it loads by itself
        if not known:
            add = {"download_location": str(options.directory), "add_paused": False}
            if options.is_magnet:
                self.call("core.add_torrent_magnet", options.target, add)
            else:
                content = base64.b64encode(pathlib.Path(options.target).read_bytes()).decode()
                self.call("core.add_torrent_file", "a.torrent", content, add)
            (options.state / "added").touch()
        self.torrent = self.child.wait_for(lambda: self.call("core.get_session_state"))[0]
        if known:  # after it was killed, it does not go on by itself
            self.call("core.resume_torrent", self.torrent)
        if options.tracker:
            trackers = [{"url": url, "tier": tier} for tier, url in enumerate(options.tracker)]
            self.call("core.set_torrent_trackers", self.torrent, trackers)
        for peer in options.peer:
            host, port = peer.rsplit(":", 1)
            self.call("core.connect_peer", self.torrent, host, int(port))

    def connect(self) -> bool:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.connection = context.wrap_socket(socket.create_connection(("127.0.0.1", client.CONTROL_PORT), 10))
        self.call("daemon.login", "localclient", "test", client_version="2.0.3")
        return True

    def call(self, method: str, *parameters, **named):
        self.number += 1
        body = zlib.compress(rencode.dumps(((self.number, method, parameters, named),)))
        self.connection.sendall(struct.pack("!BI", 1, len(body)) + body)
        while True:
            version, size = struct.unpack("!BI", self.receive(5))
            assert version == 1
            kind, number, *rest = rencode.loads(zlib.decompress(self.receive(size)), decode_utf8=True)
            if kind == 1 and number == self.number:  # an answer; others are events
                return rest[0]
            if kind == 2 and number == self.number:
                raise RuntimeError(f"{method}: {rest}")

    def receive(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.connection.recv(size - len(data))
            if not part:
                raise ConnectionError("deluged hung up")
            data += part
        return data

    def progress(self):
        keys = ["state", "is_seed", "total_done"]
        info = self.call("core.get_torrent_status", self.torrent, keys, False)
        return info["total_done"], bool(info["is_seed"]) and info["state"] == "Seeding"


client.run(Deluge)
