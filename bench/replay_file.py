"""`spantoll replay` reads a file of `spantoll feed`, and is timed.

    feed(binary, workload, "file:spans")
    print(replay_file(binary, "spans", workload, LIMITS).spans_per_cpu_s)

CPU seconds are those of its whole life, its start and the last commit included.
"""

import pathlib
import re
import subprocess
import tempfile
import time

from end_to_end import READ_TIMEOUT_S, Failed, Reading, ended_cpu_s

ACCEPTED = re.compile(r"replayed \d+ spans: (\d+) accepted")


def replay_file(binary, file, workload, settings):
    """Into a fresh data directory, which is removed."""
    with tempfile.TemporaryDirectory(prefix="spantoll-bench-") as directory:
        configuration = pathlib.Path(directory) / "spantoll.toml"
        configuration.write_text(settings)
        said = pathlib.Path(directory) / "said"
        command = [binary, "replay", "--data", f"{directory}/data", "--config", configuration, "--file", file]
        reading = _timed(command, said, workload)
        _check_accepted(said.read_text(errors="replace"), workload)
        return reading


def _check_accepted(summary, workload):
    """A replay that refuses its spans is fast."""
    accepted = ACCEPTED.search(summary)
    if accepted is None or int(accepted[1]) != workload.spans:
        raise Failed(f"not all of {workload.spans} spans were accepted: {summary.strip()}")


def _timed(command, said, workload):
    before = time.monotonic()
    with open(said, "wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=output
        )
    try:
        cpu_s = ended_cpu_s(process, READ_TIMEOUT_S)
    finally:
        if process.returncode is None:
            process.kill()
            process.wait()
    if process.returncode:
        raise Failed(f"replay ended with {process.returncode}: {said.read_text(errors='replace')[-2000:].strip()}")
    return Reading(workload.spans, cpu_s, time.monotonic() - before)
