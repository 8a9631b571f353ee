#!/usr/bin/env python3
"""Makes bep52.json and bep52_*.torrent: BEP 52 test vectors that owe nothing to stp's own code.

Needs python3-libtorrent 2.0 (Debian 12: 2.0.8). Run in this folder; the outcome is deterministic.
The bytes of a file are a formula of its number and the offset, so that a test can make them itself:
    byte(f, i) = (i * 131 + (i >> 8) * 17 + (i >> 16) * 7 + f * 29) mod 256
"""
import hashlib
import json
import os
import tempfile

import libtorrent as lt

BLOCK = 16 * 1024


def content(number, size):
    return bytes((i * 131 + (i >> 8) * 17 + (i >> 16) * 7 + number * 29) & 255 for i in range(size))


def make(name, chunk_bytes, files, flags, private):
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
        creator.set_priv(private)
        lt.set_piece_hashes(creator, root)
        torrent = creator.generate()
        torrent.pop(b"creation date", None)
        return lt.bencode(torrent)


CASES = [
    ("one_byte", BLOCK, [("one", 1)], "one"),
    ("block_less_one", BLOCK, [("f", 16383)], "f"),
    ("one_block", BLOCK, [("f", 16384)], "f"),
    ("block_and_one", BLOCK, [("f", 16385)], "f"),
    ("block_and_one_in_a_chunk_of_two", 2 * BLOCK, [("f", 16385)], "f"),
    ("three_blocks_in_a_chunk_of_four", 4 * BLOCK, [("f", 3 * BLOCK)], "f"),
    ("three_chunks", BLOCK, [("f", 3 * BLOCK)], "f"),
    ("three_chunks_and_one", BLOCK, [("f", 3 * BLOCK + 1)], "f"),
    ("three_chunks_of_four_and_one", 4 * BLOCK, [("f", 12 * BLOCK + 1)], "f"),
    ("five_chunks_of_two_last_short", 2 * BLOCK, [("f", 9 * BLOCK + 77)], "f"),
    ("nine_chunks", BLOCK, [("f", 9 * BLOCK)], "f"),
    ("many", 2 * BLOCK, [
        ("empty", 0),
        ("a/one", 1),
        ("a/b/less", 16383),
        ("a/b/exact", 16384),
        ("a/b!/more", 16385),
        ("B/three", 3 * BLOCK),
        ("z", 7 * BLOCK + 5),
        ("\u00e9t\u00e9/\u7a7a", 40000),
    ], "share"),
]


def main():
    rows = []
    for case, chunk_bytes, files, name in CASES:
        for private in (False, True) if case in ("many", "one_byte") else (False,):
            ordered = sorted(files, key=lambda entry: [part.encode() for part in entry[0].split("/")])
            torrent = make(name, chunk_bytes, ordered, lt.create_torrent.v2_only, private)
            decoded = lt.bdecode(torrent)
            info = lt.bencode(decoded[b"info"])
            rows.append({
                "case": case + ("_private" if private else ""),
                "name": name,
                "chunk_bytes": chunk_bytes,
                "private": private,
                "files": [{"path": path, "bytes": size} for path, size in ordered],
                "info": info.hex(),
                "info_hash": hashlib.sha256(info).hexdigest(),
                "layers": {root.hex(): layer.hex() for root, layer in sorted(decoded[b"piece layers"].items())},
            })
            if case == "many" and not private:
                with open("bep52_many.torrent", "wb") as out:
                    out.write(torrent)
    hybrids = []
    for case, chunk_bytes, files, name in CASES:
        ordered = sorted(files, key=lambda entry: [part.encode() for part in entry[0].split("/")])
        info = lt.bencode(lt.bdecode(make(name, chunk_bytes, ordered, 0, False))[b"info"])
        hybrids.append({
            "case": case,
            "name": name,
            "chunk_bytes": chunk_bytes,
            "files": [{"path": path, "bytes": size} for path, size in ordered],
            "info": info.hex(),
            "info_hash_v1": hashlib.sha1(info).hexdigest(),
        })
    hybrid = make("share", 2 * BLOCK, [("a", 40000), ("b", 5)], 0, False)
    with open("bep52_hybrid.torrent", "wb") as out:
        out.write(hybrid)
    with open("bep52.json", "w") as out:
        json.dump({"made_with": "libtorrent " + lt.version + ", bep52_make.py", "cases": rows, "hybrids": hybrids}, out, indent=1)
        out.write("\n")


main()
