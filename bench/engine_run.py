"""What build/release/bench/engine_bench measured, as a dictionary:   engine_run(options, "cost", 625)"""

import json
import pathlib
import subprocess

from end_to_end import Failed


def engine_run(options, *words):
    binary = pathlib.Path(options.stages).with_name("engine_bench")
    if not binary.exists():
        raise Failed(f"{binary}: not built; build it, or say --stages PATH for the folder that has it")
    command = [str(word) for word in (binary, *words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)
