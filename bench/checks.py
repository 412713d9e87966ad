"""Checks: in one process, and over HTTP beside the health page.

    bench/run --only checks

Inside: five accounts and three limits a check, 25,000 keys, checks per second of CPU, the parsing and writing of JSON left out.
Over HTTP: `POST /v1/check` with one check of the same kind and `GET /healthz`, each over 32 connections that stay open, one
request under way on each, in turns; the client is a C++ program on the same two cores.
"""

import json
import pathlib
import statistics
import subprocess
import tempfile
import time

from goals import Result
from service import Service, tells_failures

RUNS = 5
SECONDS = 3
PER_CPU_S, RATIO = 1_000_000, 0.8
LIMITS = """
[[limit]]
name = "key-day"
kind = "virtual_key"
meter = "usd"
amount = "25"
window = "rolling 24h"
judge = "total"
steps = [[80, "warn"], [100, "block"]]
[[limit]]
name = "key-tokens"
kind = "virtual_key"
meter = "tokens"
amount = 1000000
window = "day"
judge = "total"
steps = [[100, "block"]]
[[limit]]
name = "team-month"
kind = "team"
meter = "usd"
amount = "1000"
window = "month"
judge = "total"
steps = [[100, "block"]]
"""
CHECK = {"virtual_key": "key-1", "team": "team-1", "provider": "openai", "model": "gpt-4o",
         "estimate": {"usd": "0.02", "input_tokens": 1200}}


@tells_failures
def measure(options):
    program = pathlib.Path(options.stages).with_name("checks_bench")
    runs = options.runs or RUNS
    inside = statistics.median(_run(program, "inside")["per_cpu_s"] for _ in range(runs))
    with tempfile.TemporaryDirectory(prefix="spantoll-bench-") as directory, Service(directory, LIMITS) as service:
        span = {"time_ms": int(time.time() * 1000), "cost_usd": "1", **{name: CHECK[name] for name in CHECK if name != "estimate"}}
        service.http.post(json.dumps(span))
        service.wait_until_accepted(1, 30)
        requests = {name: _write(directory, name, text) for name, text in _requests(service.port).items()}
        taken = {name: [] for name in requests}
        for _ in range(runs):
            for name, path in requests.items():
                taken[name].append(_run(program, "ask", service.port, SECONDS, path)["per_s"])
    check, health = (statistics.median(taken[name]) for name in ("check", "health"))
    return [
        Result("checks inside", "checks with five accounts and three limits", inside / 1e6, "M/CPU-s",
               f"goal > {PER_CPU_S / 1e6:.0f} M", inside > PER_CPU_S),
        Result("checks http", f"POST /v1/check over 32 connections, {check:.0f}/s; GET /healthz {health:.0f}/s", check / health,
               "of /healthz", f"goal >= {RATIO}", check / health >= RATIO),
    ]


def _requests(port):
    body = json.dumps({"checks": [CHECK]})
    host = f"Host: 127.0.0.1:{port}\r\n"
    return {
        "health": f"GET /healthz HTTP/1.1\r\n{host}\r\n",
        "check": f"POST /v1/check HTTP/1.1\r\n{host}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}",
    }


def _write(directory, name, text):
    path = pathlib.Path(directory) / name
    path.write_bytes(text.encode())
    return path


def _run(program, *arguments):
    return json.loads(subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout)
