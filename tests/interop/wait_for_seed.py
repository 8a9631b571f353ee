#!/usr/bin/env python3
"""Waits until a seed has announced itself.

    wait_for_seed.py ANNOUNCE_URL KEY

KEY: the swarm's, 20 bytes in hex. Prints "announced".
"""

import sys
import urllib.parse

from clients import client

announce, key = sys.argv[1:]
scrape = announce.replace("/announce", "/scrape") + "?info_hash=" + urllib.parse.quote_from_bytes(bytes.fromhex(key))


def announced() -> bool:
    answer = client.http(scrape)
    return b"8:complete" in answer and b"8:completei0e" not in answer


client.poll(announced)
client.say("announced")
