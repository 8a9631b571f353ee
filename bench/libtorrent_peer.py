#!/usr/bin/env python3
"""One libtorrent peer for compare_transfer.py: plaintext, TCP, on loopback, with the settings that make it fastest here.

    libtorrent_peer.py make FILE TORRENT v1|v2   writes TORRENT
    libtorrent_peer.py seed FILE TORRENT         prints the port once it seeds
    libtorrent_peer.py leech TORRENT DIR PORT    prints "ready"; after a line on stdin downloads and prints "done"

The last two end when stdin is closed.
"""

import sys
from pathlib import Path

import libtorrent as lt

# Measured on 2 cores: 4 MiB is a third faster than libtorrent's own choice of 1 MiB, 8 MiB no better; v1 is no faster than v2;
# other numbers of disk and hashing threads, write modes and queue sizes are slower or the same.
PIECE_BYTES = 4 << 20

# On top of libtorrent's own preset high_performance_seed(). Features that are off would only cost time on loopback.
SETTINGS = {
    "listen_interfaces": "127.0.0.1:0",
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_outgoing_utp": False,
    "enable_incoming_utp": False,
    "out_enc_policy": 2,  # pe_disabled: no encryption
    "in_enc_policy": 2,
    "allow_multiple_connections_per_ip": True,
    "max_out_request_queue": 3000,
    "max_allowed_in_request_queue": 4000,
    "max_queued_disk_bytes": 64 << 20,
    "send_buffer_watermark": 3 << 20,
    "recv_socket_buffer_size": 4 << 20,
    "send_socket_buffer_size": 4 << 20,
    "alert_mask": lt.alert.category_t.status_notification | lt.alert.category_t.error_notification,
}


def session() -> lt.session:
    return lt.session({**lt.high_performance_seed(), **SETTINGS})


def wait_for(peer: lt.session, kind: type) -> None:
    """Blocks until an alert of this kind comes; errors end the program."""
    while True:
        peer.wait_for_alert(60_000)
        for alert in peer.pop_alerts():
            if isinstance(alert, kind):
                return
            if isinstance(alert, (lt.torrent_error_alert, lt.file_error_alert, lt.listen_failed_alert)):
                sys.exit(alert.message())


def make(path: Path, torrent: Path, version: str) -> None:
    files = lt.file_storage()
    lt.add_files(files, str(path))
    flags = lt.create_torrent.v1_only if version == "v1" else lt.create_torrent.v2_only
    creator = lt.create_torrent(files, PIECE_BYTES, flags=flags)
    lt.set_piece_hashes(creator, str(path.parent))
    torrent.write_bytes(lt.bencode(creator.generate()))


def seed(path: Path, torrent: Path) -> None:
    peer = session()
    parameters = lt.add_torrent_params()
    parameters.ti = lt.torrent_info(str(torrent))
    parameters.save_path = str(path.parent)
    parameters.flags |= lt.torrent_flags.seed_mode
    parameters.flags &= ~lt.torrent_flags.auto_managed & ~lt.torrent_flags.paused
    peer.add_torrent(parameters)
    wait_for(peer, lt.listen_succeeded_alert)
    print(peer.listen_port(), flush=True)
    sys.stdin.read()


def leech(torrent: Path, folder: Path, port: int) -> None:
    peer = session()
    parameters = lt.add_torrent_params()
    parameters.ti = lt.torrent_info(str(torrent))
    parameters.save_path = str(folder)
    parameters.flags &= ~lt.torrent_flags.auto_managed & ~lt.torrent_flags.paused
    print("ready", flush=True)
    sys.stdin.readline()
    handle = peer.add_torrent(parameters)
    handle.connect_peer(("127.0.0.1", port))
    wait_for(peer, lt.torrent_finished_alert)
    print("done", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
    elif sys.argv[1] == "seed":
        seed(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        leech(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
