#!/usr/bin/env python3
"""Makes bep3.json and bep3_many.torrent: v1 and hybrid test vectors that owe nothing to stp's own code.

Needs python3-libtorrent 2.0 (Debian 12: 2.0.8). Run in this folder; the outcome is deterministic. The bytes of the files
are those of bep52_make.py.
"""
import hashlib
import json
import os
import tempfile

import libtorrent as lt

BLOCK = 16 * 1024
MANY = [("a/one", 1), ("a/b/less", 16383), ("a/b/exact", 16384), ("empty", 0), ("B/three", 3 * BLOCK + 9), ("z", 40000)]


def content(number, size):
    return bytes((i * 131 + (i >> 8) * 17 + (i >> 16) * 7 + number * 29) & 255 for i in range(size))


def make(name, chunk_bytes, files, flags):
    """files: [(path below the share's root, size)]; one path equal to `name` makes a single-file torrent."""
    with tempfile.TemporaryDirectory() as root:
        storage = lt.file_storage()
        single = len(files) == 1 and files[0][0] == name
        for number, (path, size) in enumerate(files):
            inside = path if single else os.path.join(name, path)
            full = os.path.join(root, inside)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "wb") as out:
                out.write(content(number, size))
            storage.add_file(inside, size)
        creator = lt.create_torrent(storage, chunk_bytes, flags)
        lt.set_piece_hashes(creator, root)
        torrent = creator.generate()
        torrent.pop(b"creation date", None)
        return torrent


def files_of(info, name):
    """The files without pads, as the info dictionary lists them."""
    if b"files" not in info:
        return [{"path": name, "bytes": info[b"length"]}]
    return [{"path": b"/".join(entry[b"path"]).decode(), "bytes": entry[b"length"]}
            for entry in info[b"files"] if b"p" not in entry.get(b"attr", b"")]


def main():
    v1 = lt.create_torrent.v1_only
    sorted_files = sorted(MANY, key=lambda entry: [part.encode() for part in entry[0].split("/")])
    cases = [
        ("single", "f", BLOCK, [("f", 3 * BLOCK + 1)], v1),
        ("many", "share", 2 * BLOCK, MANY, v1),
        ("many_with_pads", "share", 2 * BLOCK, sorted_files, v1 | lt.create_torrent.optimize_alignment),
        ("hybrid_single", "f", BLOCK, [("f", 3 * BLOCK + 1)], 0),
        ("hybrid", "share", 2 * BLOCK, sorted_files, 0),
    ]
    rows = []
    for case, name, chunk_bytes, files, flags in cases:
        torrent = lt.bdecode(lt.bencode(make(name, chunk_bytes, files, flags)))
        info = lt.bencode(torrent[b"info"])
        v2 = b"file tree" in torrent[b"info"]
        rows.append({
            "case": case,
            "name": name,
            "chunk_bytes": chunk_bytes,
            "files": files_of(torrent[b"info"], name),
            "info": info.hex(),
            "info_hash_v1": hashlib.sha1(info).hexdigest(),
            "info_hash_v2": hashlib.sha256(info).hexdigest() if v2 else None,
        })
        if case == "many":
            torrent[b"announce"] = b"http://one.example/announce"
            torrent[b"announce-list"] = [[b"http://one.example/announce", b"udp://two.example:6969"],
                                         [b"http://three.example/announce"]]
            torrent[b"url-list"] = b"http://seed.example/files of/"
            torrent[b"httpseeds"] = [b"http://seed.example/seed.php"]
            torrent[b"nodes"] = [[b"192.0.2.1", 6881], [b"2001:db8::1", 6882], [b"node.example", 6883]]
            with open("bep3_many.torrent", "wb") as out:
                out.write(lt.bencode(torrent))
    with open("bep3.json", "w") as out:
        json.dump({"made_with": "libtorrent " + lt.version + ", bep3_make.py", "cases": rows}, out, indent=1)
        out.write("\n")


main()
