#!/usr/bin/env python3
"""Fails where clang-format-16 would change a file:   check_format.py ROOT

To mend it: clang-format-16 -i FILE ...
"""

import pathlib
import shutil
import subprocess
import sys

from project_files import cpp_files


def main(root):
    if shutil.which("clang-format-16") is None:
        print("format: clang-format-16 is missing; tools/install-packages --tests installs it")
        return 1
    names = cpp_files(root)
    result = subprocess.run(
        ["clang-format-16", "--dry-run", "--Werror", *names], cwd=root, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        wrong = sorted({line.split(":")[0] for line in result.stderr.split("\n") if ": error: " in line})
        print(result.stderr[:2000] if not wrong else "format: clang-format-16 -i " + " ".join(wrong))
        return 1
    print(f"format: {len(names)} files ok")
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
