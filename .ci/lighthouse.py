"""Measure pages of the built book as a phone on a slow network would meet them.

Lighthouse comes from npm into ``_build/.state/lighthouse``; it drives the chromium of this machine,
with its own defaults for a phone. Nothing is hidden from it: pages come from Python's static
server, uncompressed.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

VERSION = "12.8.2"
PAGES = ["index", "synchrony", "mediation", "robust"]
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
MOST_BYTES = 300_000
MOST_REQUESTS = 60

BUILT = Path("_build/html").resolve()
TOOLS = Path("_build/.state/lighthouse").resolve()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def main() -> int:
    """Print a row a page; fail where one is heavier or slower than promised."""
    if not (BUILT / "chapters" / "index.html").is_file():
        sys.exit("There is no book yet: make book")
    chromium = os.environ.get("CHROME_PATH") or shutil.which("chromium")
    if not chromium or not shutil.which("npm"):
        sys.exit("This check needs npm and chromium.")
    subprocess.run(
        ["npm", "install", "--silent", "--prefix", str(TOOLS), f"lighthouse@{VERSION}"], check=True
    )
    handler = functools.partial(_Quiet, directory=str(BUILT))
    server = http.server.ThreadingHTTPServer(("localhost", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("page         " + "  ".join(LEAST) + "  first paint  largest  shift  kB  requests")
    failed = False
    requests = 0
    for page in PAGES:
        report = _report(f"http://localhost:{server.server_port}/chapters/{page}.html", chromium)
        scores = {name: round(100 * report["categories"][name]["score"]) for name in LEAST}
        audits = report["audits"]
        size = audits["total-byte-weight"]["numericValue"]
        asked = len(audits["network-requests"]["details"]["items"])
        requests += asked
        times = [
            audits[name]["displayValue"].replace("\xa0", " ")
            for name in ("first-contentful-paint", "largest-contentful-paint")
        ]
        shift = audits["cumulative-layout-shift"]["displayValue"]
        print(f"{page:12} {scores} {times} {shift} {size / 1000:.0f} {asked}")
        for audit in audits.values():
            if audit["score"] is not None and audit["score"] < 0.9 and "details" in audit:
                print(f"  {audit['id']}: {audit.get('displayValue', audit['title'])}")
        failed |= any(scores[name] < least for name, least in LEAST.items()) or size > MOST_BYTES
    print(f"requests over the visit: {requests}")
    return int(failed or requests > MOST_REQUESTS)


def _report(address: str, chromium: str) -> dict:
    flags = "--headless=new --no-sandbox --disable-gpu"
    done = subprocess.run(
        [
            TOOLS / "node_modules" / ".bin" / "lighthouse",
            address,
            "--quiet",
            "--output=json",
            f"--only-categories={','.join(LEAST)}",
            f"--chrome-flags={flags}",
        ],
        env=os.environ | {"CHROME_PATH": chromium},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
