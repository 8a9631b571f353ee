#!/usr/bin/env python3
"""qBittorrent without a window, through its web API. Usage: client.py."""

import json
import pathlib
import urllib.parse

import client

API = f"http://127.0.0.1:{client.CONTROL_PORT}/api/v2"


class Qbittorrent:
    def __init__(self, options):
        nox = client.program("qbittorrent-nox")
        config = options.state / "qBittorrent/config/qBittorrent.conf"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(f"""[LegalNotice]
Accepted=true
[Preferences]
WebUI\\Address=127.0.0.1
WebUI\\Port={client.CONTROL_PORT}
WebUI\\LocalHostAuth=false
WebUI\\CSRFProtection=false
WebUI\\UseUPnP=false
[Network]
PortForwardingEnabled=false
[BitTorrent]
Session\\Port={options.port}
Session\\InterfaceAddress={options.address}
Session\\BTProtocol=TCP
Session\\MultiConnectionsPerIp=true
Session\\DHTEnabled={str(bool(options.dht)).lower()}
Session\\LSDEnabled={str(options.lan).lower()}
Session\\Encryption={1 if options.encrypted else 0}
Session\\GlobalDLSpeedLimit={options.down_limit // 1024}
Session\\QueueingSystemEnabled=false
Session\\SaveResumeDataInterval=1
Session\\DiskCacheTTL=1
""")
        self.child = client.Child(options.state, [nox, f"--profile={options.state}"],
                                  XDG_DATA_HOME=str(options.state), XDG_CONFIG_HOME=str(options.state))
        self.child.wait_for(lambda: client.http(f"{API}/app/version"))
        if not self.torrents():
            self.add(options)
        info = self.child.wait_for(self.torrents)[0]
        if options.tracker:
            self.post("torrents/addTrackers", hash=info["hash"], urls="\n".join(options.tracker))
        if options.peer:
            # It can only be told after a torrent has started.
            self.child.wait_for(lambda: self.torrents()[0]["state"] not in ("checkingDL", "checkingUP",
                                                                            "checkingResumeData"))
            self.post("torrents/addPeers", hashes=info["hash"], peers="|".join(options.peer))

    def add(self, options) -> None:
        if options.is_magnet:
            self.post("torrents/add", urls=options.target, savepath=str(options.directory))
            return
        boundary = "----stp"
        content = pathlib.Path(options.target).read_bytes()
        body = b"".join([
            f"--{boundary}\r\nContent-Disposition: form-data; name=\"savepath\"\r\n\r\n{options.directory}\r\n".encode(),
            f"--{boundary}\r\nContent-Disposition: form-data; name=\"torrents\"; filename=\"a.torrent\"\r\n"
            "Content-Type: application/x-bittorrent\r\n\r\n".encode(), content, f"\r\n--{boundary}--\r\n".encode()])
        client.http(f"{API}/torrents/add", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def post(self, method: str, **fields: str) -> bytes:
        return client.http(f"{API}/{method}", urllib.parse.urlencode(fields).encode())

    def torrents(self):
        return json.loads(client.http(f"{API}/torrents/info"))

    def progress(self):
        info = self.torrents()[0]
        complete = info["state"] in ("uploading", "stalledUP", "forcedUP") and info["amount_left"] == 0
        return info["completed"], complete


client.run(Qbittorrent)
