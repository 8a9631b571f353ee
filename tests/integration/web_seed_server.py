"""A small web server for the tests of web seeds.

    web_seed_server.py ROOT MODE [ARGUMENT] [--address ADDRESS] [--tls FILE]

Serves the files below ROOT, over https with the certificate and key in FILE. The first line on stdout is its port, then
one line for each request that it has answered: STATUS PATH RANGE PORT CLIENT_PORT. What it does wrong is MODE:

    good           nothing: byte ranges, keep-alive
    whole          knows no ranges: always 200 and the whole file
    other-range    sends another range than it was asked for, and says so
    other-length   says that the file is a byte longer
    short          ends in the middle of what it promised
    endless        sends the range, and goes on for ever
    wrong          flips a bit in the first byte of each body
    gzip           says that the body is compressed
    status CODE    answers CODE
    busy SECONDS   answers 503 with Retry-After to the first request, then is good
    missing NAME   answers 404 for files whose name ends with NAME
    redirect URL   redirects to URL, followed by the path
    loop           redirects to itself
    silent         takes the request, and never answers
    pieces         BEP 17: ?info_hash=…&piece=N&ranges=A-B, of ROOT, a file, in pieces of ARGUMENT bytes
"""

import argparse
import os
import re
import socket
import socketserver
import ssl
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def tell(self, status):
        with self.server.lock:
            print(status, self.path, self.headers.get("Range", "-"), self.server.server_port, self.client_address[1],
                  flush=True)

    def bare(self, status, **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.tell(status)

    def do_GET(self):
        mode, argument = self.server.mode, self.server.argument
        url = urllib.parse.urlsplit(self.path)
        if mode == "pieces":
            return self.piece(url, int(argument))
        if mode == "status":
            return self.bare(int(argument))
        if mode == "redirect":
            return self.bare(302, Location=argument + self.path)
        if mode == "loop":
            return self.bare(302, Location=self.path)
        if mode == "silent":
            self.tell("silent")
            self.server.ended.wait()
            return None
        if mode == "busy" and not self.server.was_busy.is_set():
            self.server.was_busy.set()
            return self.bare(503, Retry_After=argument)
        path = os.path.join(self.server.root, urllib.parse.unquote(url.path).lstrip("/"))
        if not os.path.isfile(path) or (mode == "missing" and path.endswith(argument)):
            return self.bare(404)
        with open(path, "rb") as file:
            return self.file(mode, file, os.path.getsize(path))

    def file(self, mode, file, total):
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if mode == "whole" or not match:
            first, last, status = 0, total - 1, 200
        else:
            first, last, status = int(match[1]), min(int(match[2]), total - 1), 206
        if first >= total:
            return self.bare(416, Content_Range=f"bytes */{total}")
        if mode == "other-range" and first > 0:
            first -= 1
        file.seek(first)
        body = file.read(last - first + 1)
        if mode == "wrong":
            body = bytes([body[0] ^ 1]) + body[1:]
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{last}/{total + (mode == 'other-length')}")
        if mode == "gzip":
            self.send_header("Content-Encoding", "gzip")
        if mode == "endless":
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.tell(status)
        try:
            if mode == "short":
                self.wfile.write(body[:len(body) // 2])
                self.close_connection = True
                return
            self.wfile.write(body)
            while mode == "endless":
                self.wfile.write(bytes(65536))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def piece(self, url, piece_bytes):
        query = urllib.parse.parse_qs(url.query, encoding="latin-1")
        first, last = (int(n) for n in query["ranges"][0].split("-"))
        with open(self.server.root, "rb") as file:
            file.seek(int(query["piece"][0]) * piece_bytes + first)
            body = file.read(last - first + 1)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.tell(200)
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self):
        # HTTPServer would look up the name of its address, which may take any time.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, *_):
        pass  # clients that hang up


class ServerV6(Server):
    address_family = socket.AF_INET6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("mode")
    parser.add_argument("argument", nargs="?", default="")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--tls")
    options = parser.parse_args()
    server = (ServerV6 if ":" in options.address else Server)((options.address, 0), Handler)
    server.root, server.mode, server.argument = options.root, options.mode, options.argument
    server.lock, server.was_busy, server.ended = threading.Lock(), threading.Event(), threading.Event()
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.tls)
        # The handshake is made by the thread that serves the connection.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
