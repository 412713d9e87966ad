#!/usr/bin/env python3
"""Fails where the systemd unit in docs/operations.md leaves more open than it should:   check_unit.py ROOT

systemd-analyze judges it without a systemd that runs. What spantoll needs must still be in it.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

EXPOSURE_TENTHS_MAX = 15
NEEDED = (
    "AmbientCapabilities=CAP_SYS_NICE",  # the I/O class of commits
    "CapabilityBoundingSet=CAP_SYS_NICE",
    "StateDirectory=spantoll",
    "UMask=0077",
)


def main(root):
    page = (root / "docs/operations.md").read_text(encoding="utf-8")
    unit = re.search(r"```ini\n(\[Unit\]\n.*?)```", page, re.S).group(1)
    missing = [line for line in NEEDED if line not in unit.split("\n")]
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "spantoll.service"
        path.write_text(unit, encoding="utf-8")
        command = ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE_TENTHS_MAX}", "--no-pager", str(path)]
        judged = subprocess.run(command, capture_output=True, text=True, check=False)
    print(judged.stdout.strip().split("\n")[-1] or judged.stderr.strip())
    if judged.returncode != 0:
        print("\n".join(line for line in judged.stdout.split("\n") if line.startswith("✗")))
        print(f"unit: over {EXPOSURE_TENTHS_MAX / 10}; the lines above say what it leaves open")
    for line in missing:
        print(f"unit: {line} is missing")
    return 1 if missing or judged.returncode != 0 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
