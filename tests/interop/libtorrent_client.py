#!/usr/bin/env python3
"""libtorrent as one command, for tests.

    libtorrent_client.py [--encrypted] seed|get TARGET DIRECTORY [TRACKER…]
    libtorrent_client.py create TORRENT DIRECTORY    makes a hybrid of DIRECTORY; prints both info-hashes

--encrypted: it insists on it. TARGET is a magnet link or a .torrent file. Listens on a port of 127.0.0.1 that the kernel chooses. Prints
"listening PORT", then "complete" once everything is there and checked, and goes on seeding until it is ended. Exits
with 3 if there is no libtorrent for this Python.
"""

import os
import sys

try:
    import libtorrent as lt
except ImportError:
    sys.exit(3)


def create(torrent: str, directory: str) -> None:
    files = lt.file_storage()
    lt.add_files(files, directory)
    maker = lt.create_torrent(files)
    lt.set_piece_hashes(maker, os.path.dirname(directory))
    with open(torrent, "wb") as out:
        out.write(lt.bencode(maker.generate()))
    hashes = lt.torrent_info(torrent).info_hashes()
    print(hashes.v1, hashes.v2, flush=True)


def main() -> None:
    arguments = sys.argv[1:]
    if arguments[0] == "create":
        return create(*arguments[1:])
    insists = arguments[0] == "--encrypted"
    mode, target, directory, *trackers = arguments[insists:]
    session = lt.session({
        "listen_interfaces": "127.0.0.1:0",
        "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
        # Tries uTP first otherwise, and TCP only after seconds.
        "enable_outgoing_utp": False, "enable_incoming_utp": False,
        "in_enc_policy": 0 if insists else 1, "out_enc_policy": 0 if insists else 1,  # pe_forced, pe_enabled
        "allowed_enc_level": 2 if insists else 3,  # pe_rc4, pe_both
        # All peers of a test have one address.
        "allow_multiple_connections_per_ip": True,
        "alert_mask": lt.alert.category_t.status_notification | lt.alert.category_t.error_notification,
    })
    params = lt.parse_magnet_uri(target) if target.startswith("magnet:") else lt.add_torrent_params()
    if not target.startswith("magnet:"):
        params.ti = lt.torrent_info(target)
    params.save_path = directory
    params.trackers = list(params.trackers) + trackers
    if mode == "seed":
        params.flags |= lt.torrent_flags.seed_mode
    handle = session.add_torrent(params)
    print("listening", session.listen_port(), flush=True)
    complete = False
    while True:
        session.wait_for_alert(100)
        for alert in session.pop_alerts():
            print(alert.message(), file=sys.stderr, flush=True)
        if not complete and handle.status().is_seeding:
            complete = True
            print("complete", flush=True)


main()
