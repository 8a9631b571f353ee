"""Reads a file like a player does: over one connection, with jumps, and compares what it gets.

seeking_reader.py PORT TARGET EXPECTED_FILE SEEKS
"""
import http.client
import random
import sys

PIECE = 100_000


def main():
    port, target, expected, seeks = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    with open(expected, "rb") as file:
        data = file.read()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    places = random.Random(7)
    etag = None
    for number in range(seeks):
        begin = places.randrange(len(data))
        end = min(len(data), begin + PIECE)
        fields = {"Range": f"bytes={begin}-{end - 1}"}
        if etag:
            fields["If-Range"] = etag
        connection.request("GET", target, headers=fields)
        answer = connection.getresponse()
        body = answer.read()
        where = f"bytes {begin}-{end - 1}/{len(data)}"
        if answer.status != 206 or answer.getheader("Content-Range") != where:
            sys.exit(f"seek {number}: {answer.status} {answer.getheader('Content-Range')}, not {where}")
        if body != data[begin:end]:
            sys.exit(f"seek {number}: other bytes at {begin}")
        etag = answer.getheader("ETag")
    # A player that jumps in the middle of an answer drops the connection.
    connection.request("GET", target, headers={"Range": "bytes=0-"})
    answer = connection.getresponse()
    if answer.read(1000) != data[:1000]:
        sys.exit("other bytes at the beginning")
    connection.close()
    print("done")


main()
