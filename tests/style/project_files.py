"""Which files the style checks look at: what git knows or would take, so nothing built and nothing ignored."""

import pathlib
import subprocess

SOURCE_FOLDERS = ("schemas", "ingest", "window", "store", "enforce", "tools")
CODE_FOLDERS = SOURCE_FOLDERS + ("tests", "bench")


def git(root, *arguments):
    """The lines that git prints; none where git fails, as outside a repository."""
    result = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    return [line for line in result.stdout.split("\n") if line] if result.returncode == 0 else []


def all_files(root):
    """Every file of the project, tracked or new, as paths relative to its root."""
    listed = git(root, "ls-files", "--cached", "--others", "--exclude-standard")
    if not listed:  # an unpacked archive
        listed = [
            path.relative_to(root).as_posix()
            for folder in CODE_FOLDERS
            for path in (root / folder).rglob("*")
            if path.is_file()
        ]
    return sorted(name for name in set(listed) if (root / name).is_file())


def cpp_files(root, folders=CODE_FOLDERS):
    return [
        name
        for name in all_files(root)
        if name.split("/")[0] in folders and pathlib.PurePosixPath(name).suffix in (".h", ".cc")
    ]
