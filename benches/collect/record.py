"""Records what a server answers to one collection, for the replay server of the benchmark.

    python benches/collect/record.py http://127.0.0.1:PORT benches/collect/recorded.json

listens on a port that it prints, passes every request on, and writes the first answer to each kind of request when it is
terminated (SIGTERM). `replay.rs` tells the kinds of requests apart in the same way.
"""

import json
import signal
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEPT = ("content-type", "x-amz-bucket-region", "x-amzn-errortype")


def kind(method: str, path: str, headers, body: bytes) -> str:
    """What is asked, without what it is asked about."""
    if target := headers.get("x-amz-target"):
        return target
    if "x-www-form-urlencoded" in (headers.get("content-type") or ""):
        return urllib.parse.parse_qs(body.decode())["Action"][0]
    url = urllib.parse.urlsplit(path)
    segments = url.path.strip("/").split("/")
    control = segments[0].startswith("v2018")
    if not control and segments[0] and headers.get("authorization", "").find("/s3/") >= 0:
        segments[0] = "BUCKET"
    names = sorted(part.split("=")[0] for part in url.query.split("&") if part)
    names = [name for name in names if name not in ("x-id", "max-buckets", "maxResults")]
    return f"{method} /{'/'.join(segments)}?{'&'.join(names)}"


class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream = ""
    recorded: dict[str, dict] = {}
    lock = threading.Lock()

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        request = urllib.request.Request(self.upstream + self.path, body or None, headers, method=self.command)
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            answer = error
        content = answer.read()
        kept = {name: value for name, value in answer.headers.items() if name.lower() in KEPT}
        with self.lock:
            asked = kind(self.command, self.path, self.headers, body)
            self.recorded.setdefault(asked, {"status": answer.status, "headers": kept, "body": content.decode()})
        self.send_response(answer.status)
        for name, value in kept.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_HEAD = handle_any

    def log_message(self, *_) -> None:
        pass


def main() -> None:
    Recorder.upstream, output = sys.argv[1].rstrip("/"), sys.argv[2]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    with open(output, "w", encoding="utf-8") as file:
        json.dump(dict(sorted(Recorder.recorded.items())), file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
