#!/usr/bin/env python3
"""Runs clang-tidy-16 over the sources that changed:   check_tidy.py ROOT BUILD

Changed is what differs from where the branch left main, or from the commit before where this is main.
A changed header is looked at through its own source. With SPANTOLL_LONG=1 in the environment every
source is looked at; else what is not reached in SECONDS_MAX is left out, and said to be.
"""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import time

from project_files import SOURCE_FOLDERS, cpp_files, git

# Of the 25 minutes that tests/run may take.
SECONDS_MAX = 240
CLANG_TIDY = "clang-tidy-16"


def base_commit(root):
    """None where there is nothing to compare with, as in a clone of one commit."""
    head = git(root, "rev-parse", "HEAD")
    for branch in ("origin/main", "main"):
        base = git(root, "merge-base", "HEAD", branch)
        if base and base != head:
            return base[0]
    before = git(root, "rev-parse", "--verify", "--quiet", "HEAD~1")
    return before[0] if before else None


def changed_sources(root):
    sources = cpp_files(root, SOURCE_FOLDERS)
    base = base_commit(root)
    if base is None or os.environ.get("SPANTOLL_LONG") == "1":
        changed = set(sources)
    else:
        changed = set(git(root, "diff", "--name-only", base)) | set(
            git(root, "ls-files", "--others", "--exclude-standard")
        )
    return [
        name
        for name in sources
        if name.endswith(".cc") and (name in changed or name.removesuffix(".cc") + ".h" in changed)
    ]


def main(root, build):
    if shutil.which(CLANG_TIDY) is None:
        print(f"tidy: {CLANG_TIDY} is missing; tools/install-packages --tests installs it")
        return 1
    sources = changed_sources(root)
    is_long = os.environ.get("SPANTOLL_LONG") == "1"
    end = time.monotonic() + SECONDS_MAX

    def look_at(name):
        if not is_long and time.monotonic() > end:
            return name, None
        return name, subprocess.run(
            [CLANG_TIDY, "--quiet", "-p", str(build), name], cwd=root, capture_output=True, text=True, check=False
        )

    failed, left_out = [], []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, result in pool.map(look_at, sources):
            if result is None:
                left_out.append(name)
            elif result.returncode != 0:
                failed.append(name)
                if result.returncode < 0:
                    print(f"tidy: {CLANG_TIDY} itself crashed at {name}. LLVM 16 does at some functions that write through"
                          " a structured binding of a map's pair; use .first and .second in the one it names below.")
                print(result.stdout.strip() or result.stderr.strip())
    if left_out:
        print(f"tidy: SKIPPED {len(left_out)} of {len(sources)} changed sources, {SECONDS_MAX} s are over;"
              " tests/run --long looks at all")
    print(f"tidy: {len(sources) - len(left_out)} sources looked at, {len(failed)} to mend {' '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()))
