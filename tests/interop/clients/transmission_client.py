#!/usr/bin/env python3
"""Transmission's daemon, through its RPC. Usage: client.py. It cannot be given a peer's address: let the peer connect."""

import base64
import json
import pathlib
import urllib.error

import client

URL = f"http://127.0.0.1:{client.CONTROL_PORT}/transmission/rpc"


class Transmission:
    session = ""

    def __init__(self, options):
        daemon = client.program("transmission-daemon")
        (options.state / "settings.json").write_text(json.dumps({
            "bind-address-ipv4": options.address, "bind-address-ipv6": "::1", "peer-port": options.port,
            "peer-port-random-on-start": False, "port-forwarding-enabled": False, "utp-enabled": False,
            "dht-enabled": bool(options.dht), "lpd-enabled": options.lan, "pex-enabled": True,
            "encryption": 2 if options.encrypted else 1,  # required, preferred
            "download-dir": str(options.directory), "incomplete-dir-enabled": False, "watch-dir-enabled": False,
            "speed-limit-down": options.down_limit // 1000, "speed-limit-down-enabled": options.down_limit > 0,
            "rpc-bind-address": "127.0.0.1", "rpc-port": client.CONTROL_PORT, "rpc-enabled": True,
            "rpc-authentication-required": False, "rpc-whitelist-enabled": False, "rpc-host-whitelist-enabled": False,
            "cache-size-mb": 0, "preallocation": 0, "trash-original-torrent-files": False}))
        if options.dht:
            (options.state / "dht.bootstrap").write_text(options.dht.replace(":", " ") + "\n")
        self.child = client.Child(options.state, [daemon, "--foreground", "--config-dir", str(options.state)])
        self.child.wait_for(self.answers)
        if not self.torrents():
            add = {"download-dir": str(options.directory), "paused": False}
            if options.is_magnet:
                add["filename"] = options.target
            else:
                add["metainfo"] = base64.b64encode(pathlib.Path(options.target).read_bytes()).decode()
            self.call("torrent-add", add)
        if options.tracker:
            known = {tracker["announce"] for tracker in self.torrents()[0]["trackers"]}
            for tracker in options.tracker:
                if tracker not in known:
                    self.call("torrent-set", {"ids": [1], "trackerAdd": [tracker]})

    def call(self, method: str, parameters: dict):
        body = json.dumps({"method": method, "arguments": parameters}).encode()
        try:
            answer = json.loads(client.http(URL, body, {"X-Transmission-Session-Id": self.session}))
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise
            self.session = error.headers["X-Transmission-Session-Id"]
            return self.call(method, parameters)
        if answer["result"] != "success":
            raise RuntimeError(f"{method}: {answer['result']}")
        return answer["arguments"]

    def answers(self) -> bool:
        return bool(self.call("session-get", {}))

    def torrents(self):
        fields = ["id", "haveValid", "leftUntilDone", "metadataPercentComplete", "status", "trackers"]
        return self.call("torrent-get", {"fields": fields})["torrents"]

    def progress(self):
        info = self.torrents()[0]
        complete = info["metadataPercentComplete"] == 1 and info["status"] == 6 and info["leftUntilDone"] == 0
        return info["haveValid"], complete


client.run(Transmission)
