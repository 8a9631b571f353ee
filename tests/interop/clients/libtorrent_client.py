#!/usr/bin/env python3
"""libtorrent for Python in a process of its own. Usage: client.py; it keeps nothing in DIR but its log."""

import sys

import client

try:
    import libtorrent as lt
except ImportError:
    lt = None


class Alive:
    """libtorrent is in this process."""

    def check(self) -> None:
        pass


class Libtorrent:
    child = Alive()

    def __init__(self, options):
        if lt is None:
            raise client.Absent("python3-libtorrent is not installed for this Python")
        insists = options.encrypted
        category = lt.alert.category_t
        alerts = category.status_notification | category.error_notification
        if options.show_lost:
            alerts |= category.peer_log_notification
        self.session = lt.session({
            "listen_interfaces": f"{options.address}:{options.port}",
            "enable_dht": bool(options.dht), "enable_lsd": options.lan, "enable_upnp": False, "enable_natpmp": False,
            "dht_bootstrap_nodes": options.dht or "", "dht_restrict_routing_ips": False,
            # Tries uTP first otherwise, and TCP only after seconds.
            "enable_outgoing_utp": False, "enable_incoming_utp": False,
            "in_enc_policy": 0 if insists else 1, "out_enc_policy": 0 if insists else 1,  # pe_forced, pe_enabled
            "allowed_enc_level": 2 if insists else 3,  # pe_rc4, pe_both
            "allow_multiple_connections_per_ip": True, "download_rate_limit": options.down_limit,
            "alert_mask": alerts,
        })
        params = lt.parse_magnet_uri(options.target) if options.is_magnet else lt.add_torrent_params()
        if not options.is_magnet:
            params.ti = lt.torrent_info(options.target)
        params.save_path = str(options.directory)
        params.trackers = list(params.trackers) + options.tracker
        self.handle = self.session.add_torrent(params)
        options.port = self.session.listen_port()  # 0 has let the kernel choose
        for peer in options.peer:
            host, port = peer.rsplit(":", 1)
            self.handle.connect_peer((host, int(port)))

    def progress(self):
        for alert in self.session.pop_alerts():
            if not isinstance(alert, lt.peer_log_alert):
                print(alert.message(), file=sys.stderr, flush=True)
            elif "<== DONT_HAVE" in alert.message():
                client.say("lost")
        status = self.handle.status()
        checking = status.state in (status.states.checking_files, status.states.checking_resume_data)
        return status.total_done, status.is_seeding and not checking


client.run(Libtorrent)
