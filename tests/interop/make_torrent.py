#!/usr/bin/env python3
"""Makes a .torrent with libtorrent, as other people's are.

    make_torrent.py v1|v2|hybrid PATH FILE [url|http]=URL…

url=URL names a web seed of BEP 19, http=URL one of BEP 17. Prints an object with its "link" and the "keys" of its
swarms: 20 bytes in hex. Exits with 3 if there is no libtorrent for this Python.
"""

import json
import pathlib
import sys

try:
    import libtorrent as lt
except ImportError:
    sys.exit(3)

version, path, file, *web_seeds = sys.argv[1:]
storage = lt.file_storage()
lt.add_files(storage, path)
flags = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}[version]
torrent = lt.create_torrent(storage, 64 * 1024, flags)
for web_seed in web_seeds:
    kind, url = web_seed.split("=", 1)
    {"url": torrent.add_url_seed, "http": torrent.add_http_seed}[kind](url)
lt.set_piece_hashes(torrent, str(pathlib.Path(path).parent))
pathlib.Path(file).write_bytes(lt.bencode(torrent.generate()))
hashes = lt.torrent_info(file).info_hashes()
keys = [str(hashes.v1)] * hashes.has_v1() + [str(hashes.v2)[:40]] * hashes.has_v2()
print(json.dumps({"link": lt.make_magnet_uri(lt.torrent_info(file)), "keys": keys}))
