#!/usr/bin/env python3
"""Fails where a file is too long or says what this project does not say:   check_names.py ROOT

One noun per file keeps files short; a name such as Manager says nothing of what it holds; a path of
one machine, an unfinished mark, or a silenced check that does not say which, is something forgotten.
"""

import pathlib
import re
import sys

from project_files import CODE_FOLDERS, all_files

LINES_MAX = 400
CODE_SUFFIXES = (".h", ".cc", ".py", ".sh", ".cmake", ".fbs")

# (where, what, why). The marks are put together so that this file may hold them.
C_FILES = (".h", ".cc")
RULES = [
    (C_FILES, re.compile(r"\b(class|struct|enum class)\s+\w*(Manager|Helper|Util|Utils|Impl)\b"), "a name that says nothing"),
    (C_FILES, re.compile(r"\bNO" r"LINT(NEXTLINE)?\b(?!\()"), "a silenced check must be named"),
    (C_FILES, re.compile(r"\busing namespace std\b"), "spell names of the standard library out"),
    (CODE_SUFFIXES, re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"), "an unfinished mark"),
    (None, re.compile(r"(^|[^A-Za-z0-9_.])/(wo" r"rk|ro" r"ot|fa" r"rm)/"), "a path of one machine"),
]
SKIPS = re.compile(r"GTEST_SKIP\(\)")
FORBIDDEN_FILES = re.compile(r"(^|/)(utils?|common|helpers?|misc|manager)\.[a-z]+$")


def lines_of(path):
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError:
        return []  # data


def is_script(name, lines):
    return "." not in pathlib.PurePosixPath(name).name and lines and lines[0].startswith("#!")


def violations(root):
    for name in all_files(root):
        lines = lines_of(root / name)
        suffix = pathlib.PurePosixPath(name).suffix
        is_code = suffix in CODE_SUFFIXES or is_script(name, lines)
        if is_code and name.split("/")[0] in CODE_FOLDERS and len(lines) - 1 > LINES_MAX:
            yield f"{name}: {len(lines) - 1} lines, over {LINES_MAX}: one noun per file"
        if is_code and FORBIDDEN_FILES.search(name):
            yield f"{name}: a name that says nothing"
        for number, line in enumerate(lines, 1):
            for suffixes, pattern, why in RULES:
                if (suffixes is None or suffix in suffixes) and pattern.search(line):
                    yield f"{name}:{number}: {why}: {line.strip()[:100]}"
            if suffix in C_FILES and SKIPS.search(line) and "SKIPPED" not in line + "".join(lines[number : number + 2]):
                yield f"{name}:{number}: a skipped test must say SKIPPED and why"


if __name__ == "__main__":
    found = list(violations(pathlib.Path(sys.argv[1]).resolve()))
    print("\n".join(found) or "names: ok")
    sys.exit(bool(found))
