"""A BitTorrent client that asks for bytes which are not whole blocks, and compares what it gets.

odd_requests.py make FILE TORRENT

Makes a .torrent of v1 with pieces of 256 KiB, and prints its info-hash.

odd_requests.py ask FILE ENDPOINT INFOHASH

Asks whoever seeds that there. Prints "right" at the end.
"""
import hashlib
import os
import socket
import struct
import sys

BLOCK = 16 * 1024
LIMIT = 128 * 1024
CHUNK = 2 * LIMIT
UNCHOKE, INTERESTED, REQUEST, PIECE, REJECT = 1, 2, 6, 7, 16


def make(content, name, torrent):
    hashes = b"".join(hashlib.sha1(content[at:at + CHUNK]).digest() for at in range(0, len(content), CHUNK))
    name = name.encode()
    info = b"d6:lengthi%de4:name%d:%s12:piece lengthi%de6:pieces%d:%se" % (
        len(content), len(name), name, CHUNK, len(hashes), hashes)
    with open(torrent, "wb") as file:
        file.write(b"d4:info" + info + b"e")
    print(hashlib.sha1(info).hexdigest(), flush=True)


class Peer:
    def __init__(self, host, port, info_hash):
        self.socket = socket.create_connection((host, port), timeout=60)
        self.stream = self.socket.makefile("rb")
        fast = bytes(7) + b"\x04"
        self.socket.sendall(b"\x13BitTorrent protocol" + fast + info_hash + b"-XX0000-" + bytes(12))
        self.read(20 + 8 + 20 + 20)

    def read(self, count):
        data = self.stream.read(count)
        if len(data) < count:
            sys.exit("the connection was closed")
        return data

    def send(self, kind, *numbers):
        body = bytes([kind]) + b"".join(struct.pack(">I", number) for number in numbers)
        self.socket.sendall(struct.pack(">I", len(body)) + body)

    def wait(self, *kinds):
        """The next message of one of these kinds."""
        while True:
            size = struct.unpack(">I", self.read(4))[0]
            body = self.read(size)
            if body and body[0] in kinds:
                return body[0], body[1:]


def ask(content, host, port, info_hash):
    last = (len(content) - 1) // CHUNK
    wanted = [
        (0, 0, LIMIT),
        (0, 0, 2 * BLOCK),
        (0, 9, LIMIT),
        (0, BLOCK - 1, 2),
        (0, 5, 1),
        (0, BLOCK, BLOCK),
        (last, 3, len(content) - last * CHUNK - 3),
    ]
    peer = Peer(host, port, bytes.fromhex(info_hash))
    peer.send(INTERESTED)
    peer.wait(UNCHOKE)
    for request in wanted:
        peer.send(REQUEST, *request)
    for chunk, offset, size in wanted:
        _, body = peer.wait(PIECE)
        if struct.unpack(">II", body[:8]) != (chunk, offset) or len(body) != 8 + size:
            sys.exit(f"asked for {(chunk, offset, size)}, got {struct.unpack('>II', body[:8])}, {len(body) - 8} bytes")
        begin = chunk * CHUNK + offset
        if body[8:] != content[begin:begin + size]:
            sys.exit(f"wrong bytes for {(chunk, offset, size)}")
    too_much = (0, 0, LIMIT + 1)
    peer.send(REQUEST, *too_much)
    _, body = peer.wait(REJECT)
    if struct.unpack(">III", body) != too_much:
        sys.exit("rejects something else")
    print("right", flush=True)


def main():
    mode, path = sys.argv[1:3]
    with open(path, "rb") as file:
        content = file.read()
    if mode == "make":
        return make(content, os.path.basename(path), sys.argv[3])
    host, port = sys.argv[3].rsplit(":", 1)
    return ask(content, host, int(port), sys.argv[4])


main()
