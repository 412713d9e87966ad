"""Results as lines, as a Markdown table for bench/README.md, and as the baseline file that bench/compare reads.

    print(line(result))
    print_summary(results, command)
    save("today.json", results)
    load("before.json")["S1"]["value"]

The file is {"machine": TEXT, "date": TEXT, "S1": {"value": NUMBER, "unit": TEXT}, ...}.
"""

import datetime
import json
import os
import pathlib
import platform

BUSY_LOAD = 0.5  # runnable threads before we began; above, others had a part of the machine


def machine():
    cpu = next(
        (line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or "unknown",
    )
    memory_kb = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return f"{cpu}, {os.cpu_count()} cores, {memory_kb / 2**20:.1f} GiB, {platform.system()} {platform.release()}"


def print_machine():
    load_before = os.getloadavg()[0]
    others = " (others are at work here)" if load_before > BUSY_LOAD else ""
    print(f"machine: {machine()}\nload before: {load_before:.1f}{others}", flush=True)


def number(value):
    """Three digits that count; more only before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}"


def amount(result):
    return f"{number(result.value)} {result.unit}" if result.is_measured else "not measured"


def verdict(result):
    return {True: "met", False: "not met", None: ""}[result.is_met]


def line(result):
    measured = ", ".join(part for part in (amount(result), result.bound) if part)
    return ": ".join(part for part in (f"{result.goal}  {result.what}", measured, verdict(result)) if part)


def print_summary(results, command):
    print(f"\n{today()}, {machine()}\n\n    {command}\n")
    print_table(
        ["goal", "what", "measured", "bound", "goal is"],
        [[result.goal, result.what, amount(result), result.bound, verdict(result)] for result in results],
    )


def print_table(head, rows):
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(row) + " |")


def today():
    return datetime.date.today().isoformat()


def save(path, results):
    content = {"machine": machine(), "date": today()}
    for result in results:
        if result.is_measured:
            content[result.goal] = {"value": result.value, "unit": result.unit}
    pathlib.Path(path).write_text(json.dumps(content, indent=2) + "\n")


def load(path):
    """Raises OSError or ValueError where it is no such file."""
    content = json.loads(pathlib.Path(path).read_text())
    if not isinstance(content, dict) or not {"machine", "date"} <= content.keys():
        raise ValueError("not written by bench/run --save")
    return content
