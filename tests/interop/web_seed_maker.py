"""Makes a torrent with libtorrent: web_seed_maker.py PATH TORRENT KIND [url|http]=URL…

KIND is v2, hybrid or v1. Ends with 3 if there is no libtorrent for Python.
"""
import os
import sys

try:
    import libtorrent as lt
except ImportError:
    sys.exit(3)

path, torrent, kind = sys.argv[1:4]
storage = lt.file_storage()
lt.add_files(storage, path)
flags = {"v2": lt.create_torrent_flags_t.v2_only, "v1": lt.create_torrent_flags_t.v1_only, "hybrid": 0}[kind]
made = lt.create_torrent(storage, 65536, flags)
for word in sys.argv[4:]:
    how, url = word.split("=", 1)
    (made.add_http_seed if how == "http" else made.add_url_seed)(url)
lt.set_piece_hashes(made, os.path.dirname(path))
with open(torrent, "wb") as out:
    out.write(lt.bencode(made.generate()))
print("made", flush=True)
