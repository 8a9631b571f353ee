#!/usr/bin/env python3
"""aria2, through its RPC. Usage: client.py. It cannot be given a peer's address: let the peer connect."""

import client

URL = f"http://127.0.0.1:{client.CONTROL_PORT}/jsonrpc"


class Aria2:
    def __init__(self, options):
        aria2c = client.program("aria2c")
        dht = ["--enable-dht=true", f"--dht-listen-port={options.port}", f"--dht-entry-point={options.dht}",
               f"--dht-file-path={options.state}/dht.dat"] if options.dht else ["--enable-dht=false"]
        self.child = client.Child(options.state, [
            aria2c, "--no-conf", "--enable-rpc", "--rpc-listen-all=false", f"--rpc-listen-port={client.CONTROL_PORT}",
            f"--listen-port={options.port}", f"--interface={options.address}", "--disable-ipv6=true",
            "--enable-dht6=false", *dht, f"--bt-enable-lpd={str(options.lan).lower()}",
            *([f"--bt-lpd-interface={options.address}"] if options.lan else []),
            "--bt-hash-check-seed=true", "--check-integrity=true", "--seed-ratio=0.0", "--auto-save-interval=1",
            "--bt-save-metadata=true", "--bt-load-saved-metadata=true", "--file-allocation=none",
            f"--max-download-limit={options.down_limit}", "--bt-tracker-interval=1",
            f"--bt-require-crypto={str(options.encrypted).lower()}", f"--dir={options.directory}",
            *([f"--bt-tracker={','.join(options.tracker)}"] if options.tracker else []), options.target])
        self.child.wait_for(lambda: client.json_rpc(URL, "aria2.getVersion", []))

    def progress(self):
        keys = ["completedLength", "bittorrent", "seeder"]
        for info in client.json_rpc(URL, "aria2.tellActive", [keys]):
            # The one of a magnet link whose name is not known yet is only about the metainfo.
            if "info" not in info.get("bittorrent", {}):
                continue
            return int(info["completedLength"]), info.get("seeder") == "true"
        return 0, False


client.run(Aria2)
