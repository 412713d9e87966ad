#!/usr/bin/env python3
"""Fails where a commit's subject is not `folder: effect` in at most 72 columns:   check_commits.py ROOT

Commits up to BEFORE are as they are. Exit 77, with a sentence, where there is no history to look at.
"""

import re
import subprocess
import sys

BEFORE = "182e4891dab38e459e028660bebeec23dc25afe2"
COLUMNS_MAX = 72
SUBJECT = re.compile(r"[a-zA-Z0-9_./-]+(, [a-zA-Z0-9_./-]+)*: \S")
SKIPPED = 77


def git(root, *arguments):
    return subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=False)


def main(root):
    if git(root, "merge-base", "--is-ancestor", BEFORE, "HEAD").returncode != 0:
        print(f"no history from {BEFORE[:7]} on: the subjects of commits were not looked at")
        return SKIPPED
    log = git(root, "log", "--no-merges", "--format=%h %s", f"{BEFORE}..HEAD").stdout.splitlines()
    found = []
    for line in log:
        commit, _, subject = line.partition(" ")
        if len(subject) > COLUMNS_MAX:
            found.append(f"{commit}: {len(subject)} columns, over {COLUMNS_MAX}: {subject}")
        if not SUBJECT.match(subject):
            found.append(f"{commit}: does not begin with the folders that it changes: {subject}")
    print("\n".join(found) or f"{len(log)} commits: ok")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
