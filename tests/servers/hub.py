#!/usr/bin/env python3
"""A hub of models, a store of files on another port, and a package index, for
tests: what is asked for by name is answered as that name says.

    hub.py --log FILE [--size N]

prints "ready HUB_PORT STORE_PORT" and ends with its standard input. Each request
is a line of JSON in FILE: server, path, and the headers authorization, range and
if-range.

The hub has /OWNER/REPO/resolve/COMMIT/FILE (also below /datasets) and
/api/models/OWNER/REPO. OWNER says what happens:
    good        302 to the store, with X-Linked-ETag, the file's SHA-256
    plain       200 from the hub itself, with an ETag and no SHA-256
    weak        the same with no ETag that identifies the bytes
    relative    307 to another path of the hub, which redirects to the store
    gated       401 without a token, 403 with "hf_other", else as good
    wrong       as good, with another file's SHA-256
    cut         as good; the store closes the first two connections half-way
    dead        as good; the store closes every connection half-way
    norange     as cut, and the store knows no ranges
    page        200 and a page of HTML
    loop        302 to itself
    down        503; busy: 429; none: 404
The file is --size bytes that begin with "GGUF", the same ones for each path until
somebody GETs /change.
/simple/PACKAGE/ is a page of links: a file of each SHA-256 that stands in the
environment's HUB_LINKS, with other bytes than that.
"""
import argparse
import hashlib
import http.server
import json
import os
import re
import socket
import sys
import threading
import urllib.parse

args = None
lock = threading.Lock()
tries = {}
version = [0]


def content(path):
    seed = hashlib.sha256(f"{path} {version[0]}".encode()).digest()
    return (b"GGUF" + seed * (args.size // 32 + 1))[:args.size]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self):
        line = {"server": self.server.name, "path": self.path}
        for key in ("authorization", "range", "if-range"):
            if self.headers.get(key):
                line[key] = self.headers[key]
        with lock, open(args.log, "a") as f:
            f.write(json.dumps(line) + "\n")

    def answer(self, status, body=b"", cut=None, **headers):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut])
        if cut is not None:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def send_file(self, path, ranges=True, cut=False, **headers):
        """The bytes, from where the request wants them."""
        data, at, status = content(path), 0, 200
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range") or "")
        same = self.headers.get("if-range") in (None, headers.get("ETag"))
        if ranges and asked and same:
            at, status = int(asked[1]), 206
            if at >= len(data):
                self.answer(416, Content_Range=f"bytes */{len(data)}", **headers)
                return
            headers["Content_Range"] = f"bytes {at}-{len(data) - 1}/{len(data)}"
        rest = data[at:]
        self.answer(status, rest, cut=len(rest) // 2 if cut else None, **headers)

    # ---- the store: /file/OWNER/...

    def store(self):
        path = urllib.parse.unquote(self.path.partition("?")[0])[len("/file"):]
        owner = path.split("/")[1]
        with lock:
            tries[path] = n = tries.get(path, 0) + 1
        cut = owner == "dead" or (owner in ("cut", "norange") and n <= 2)
        self.send_file(path, ranges=owner != "norange", cut=cut,
                       ETag=f'"store-{version[0]}"')

    # ---- the hub

    def about(self, owner):
        if owner in ("gated", "allenai") and not self.headers.get("authorization"):
            return self.answer(401)
        card = {"id": "x", "cardData": {"license": "mit"}, "gated": False}
        return self.answer(200, json.dumps(card).encode())

    def redirect(self, path, sha256):
        self.answer(302, Location=f"http://127.0.0.1:{self.server.store}/file"
                    f"{urllib.parse.quote(path)}?signature={'s' * 2000}",
                    X_Linked_ETag=f'"{sha256}"', X_Repo_Commit="c0ffee")

    def hub(self):
        path = urllib.parse.unquote(self.path.partition("?")[0])
        if path == "/change":
            version[0] += 1
            return self.answer(200)
        if path.startswith("/simple/"):
            return self.index()
        if path.startswith("/wheels/"):
            return self.answer(200, b"no wheel")
        if path.startswith("/api/"):
            return self.about(path.split("/")[3])
        path = path.removeprefix("/datasets")
        owner = path.split("/")[1]
        if owner in ("gated", "allenai"):
            token = self.headers.get("authorization")
            if token != "Bearer hf_right":
                return self.answer(403 if token == "Bearer hf_other" else 401)
        if owner == "relative" and "/moved/" not in path:
            return self.answer(307, Location="../moved/x.gguf")
        status = {"down": 503, "busy": 429, "none": 404,
                  "lmsys": 404}.get(owner)
        if status:
            return self.answer(status)
        if owner == "loop":
            return self.answer(302, Location=self.path)
        if owner == "page":
            return self.answer(200, b"<!doctype html><p>Hello", ETag='"p"')
        if owner in ("plain", "weak"):
            etag = f'"{version[0]}"' if owner == "plain" else 'W/"1"'
            return self.send_file(path, ETag=etag)
        data = b"other" if owner == "wrong" else content(path)
        return self.redirect(path, hashlib.sha256(data).hexdigest())

    def index(self):
        links = "".join(f'<a href="../../wheels/{h}.whl#sha256={h}">x</a>\n'
                        for h in os.environ.get("HUB_LINKS", "").split())
        self.answer(200, f"<!doctype html>\n{links}".encode())

    def do_GET(self):
        self.note()
        try:
            (self.store if self.server.name == "store" else self.hub)()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that has seen enough


def main():
    global args
    ap = argparse.ArgumentParser()
    ap.add_argument("--log", required=True)
    ap.add_argument("--size", type=int, default=300000)
    args = ap.parse_args()
    servers = []
    for name in ("hub", "store"):
        s = Server(("127.0.0.1", 0), Handler)
        s.name = name
        servers.append(s)
    for s in servers:
        s.store = servers[1].server_port
        threading.Thread(target=s.serve_forever, daemon=True).start()
    print("ready", *(s.server_port for s in servers), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
