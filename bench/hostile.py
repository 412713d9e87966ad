#!/usr/bin/env python3
"""What input costs that somebody made to be costly, beside ordinary input of as many bytes.

    bench/hostile.py --binary build/release/tools/spantoll [--megabytes 8] [--runs 3]

Every kind of input is a file of JSON lines of that size, with new texts in every span where the kind says so, and is read by
`spantoll replay` into a fresh store; CPU seconds of its whole life less those of a replay of nothing. Medians; kinds take
turns. An attacker may cost no more than RATIO_MAX times as much as an honest sender of as many bytes.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

from end_to_end import READ_TIMEOUT_S, ended_cpu_s
from results import print_machine, print_table

RATIO_MAX = 20
SPANS_PER_RECORD = 1000
TIME_MS = 1_740_614_400_000
FILLER = "x" * 40  # makes an ordinary span as long as those of the federated peers below


def span(number, **members):
    return {"time_ms": TIME_MS + number // 100, "trace_id": f"{number + 1:032x}", "span_id": f"{number + 1:016x}", "cost_usd": "0.0001",
            "attributes": [{"key": "filler", "value": FILLER}]} | members


def ordinary(number):
    return span(number, service=f"service-{number % 50}", domain=f"peer-{number % 900}.example", team="blue")


def new_ascii_domain(number):
    return span(number, domain=f"peer-{number}.social.example")


def new_unicode_domain(number):
    return span(number, domain=f"bücher-ñandú-{number}-日本語.example")


def new_percent_domain(number):
    return span(number, domain=f"https://b%C3%BCcher-%C3%B1and%C3%BA-{number}-%E6%97%A5.example/x")


def new_emoji_domain(number):
    return span(number, domain=f"i❤{chr(0x1F300 + number % 300)}{number}.ws")


def long_unicode_domain(number):
    return span(number, domain=f"{'ü' * 20}{number}." + "日本.ü\u0308a." * 12 + "example")


def many_meters(number):
    usage = [{"meter": f"m{(number + i) % 1000}", "quantity": 1} for i in range(1000)]
    return span(number, service=f"service-{number % 50}", usage=usage)


def many_new_meters(number):
    usage = [{"meter": f"m{number}-{i}", "quantity": 1} for i in range(1000)]
    return span(number, service=f"service-{number % 50}", usage=usage)


def broken_text(number):
    return span(number, service=f"service-{number % 50}", attributes=[{"key": "cut", "value": FILLER + "\udcff"}])


def half_pair(number):
    return span(number, service=f"service-{number % 50}", attributes=[{"key": "cut", "value": FILLER + "\ud83d"}])


def wrong_members(number):
    return span(number, service=number, team=[[]], status="OK", usage={}, sequence=-1)


KINDS = [ordinary, new_ascii_domain, new_unicode_domain, new_percent_domain, new_emoji_domain, long_unicode_domain, many_meters,
         many_new_meters, broken_text, half_pair, wrong_members]


def written(element):
    """U+DC80 to U+DCFF become bytes that are no UTF-8, a lone U+D83D its escape."""
    text = json.dumps(element, ensure_ascii=False, separators=(",", ":")).replace("\ud83d", "\\ud83d")
    return text.encode(errors="surrogateescape")


def write_input(path, kind, size):
    number = 0
    with open(path, "wb") as file:
        while file.tell() < size:
            record, length = [], 0
            while len(record) < SPANS_PER_RECORD and length < 2**20:
                record.append(written(kind(number)))
                length += len(record[-1])
                number += 1
            file.write(b"[" + b",".join(record) + b"]\n")
        return number, file.tell()


def replay_cpu_s(binary, path):
    with tempfile.TemporaryDirectory(prefix="spantoll-hostile-") as directory:
        process = subprocess.Popen([binary, "replay", "--data", f"{directory}/data", "--file", path], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return ended_cpu_s(process, READ_TIMEOUT_S)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--megabytes", type=int, default=8)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    print_machine()
    with tempfile.TemporaryDirectory(prefix="spantoll-hostile-input-") as directory:
        files = {kind.__name__: pathlib.Path(directory) / f"{kind.__name__}.jsonl" for kind in KINDS}
        made = {kind.__name__: write_input(files[kind.__name__], kind, arguments.megabytes * 10**6) for kind in KINDS}
        empty = pathlib.Path(directory) / "empty.jsonl"
        empty.write_bytes(b"")
        taken = {name: [] for name in [*files, "empty"]}
        for _ in range(arguments.runs):
            for name, path in [*files.items(), ("empty", empty)]:
                taken[name].append(replay_cpu_s(arguments.binary, path))
    start_s = statistics.median(taken["empty"])
    cost = {name: max(statistics.median(taken[name]) - start_s, 1e-4) for name in files}
    per_byte = {name: cost[name] / made[name][1] for name in files}
    rows = [[name.replace("_", " "), f"{cost[name] / made[name][0] * 1e6:.2f}", f"{per_byte[name] * 1e9:.1f}",
             f"{per_byte[name] / per_byte['ordinary']:.1f}"] for name in files]
    print_table(["input", "µs a span", "ns a byte", "times ordinary"], rows)
    worst = max(per_byte.values()) / per_byte["ordinary"]
    print(f"worst: {worst:.1f} times ordinary, where {RATIO_MAX} are allowed")
    return 0 if worst <= RATIO_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
