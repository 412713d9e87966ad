#!/usr/bin/env python3
"""Fail when an #include crosses a layer boundary; docs/architecture.md draws the same picture.

The linker cannot enforce this: every layer shares one include root, so a wrong include compiles.
"""

import pathlib
import re
import sys

# Folder -> the folders that its files may include, besides their own and the standard library. A folder with
# folders in it is the files that stand in it directly; "ingest/*" is ingest and all folders in it.
BELOW_TOOLS = ["schemas/*", "ingest/*", "window/*", "store/*", "enforce/*"]
LAYERS = {
    "schemas": [],
    "schemas/memory": [],
    "schemas/text": ["schemas"],
    "schemas/control": ["schemas"],
    "ingest": ["schemas/*"],
    "ingest/decode": ["schemas/*", "ingest"],
    "ingest/kafka": ["schemas/*", "ingest"],
    "window/dedup": ["schemas/*"],
    "window": ["schemas/*", "window/*"],
    "store/files": ["schemas/*"],
    "store/codec": ["schemas/*", "window"],
    "store/wal": ["schemas/*", "store/files"],
    "store/database": ["schemas/*", "window", "store/files", "store/codec", "store/wal"],
    "store/topic": ["schemas/*", "store/files", "store/database"],
    "store/read": ["schemas/*", "window", "store/files", "store/codec", "store/database"],
    "store/show": ["schemas/*", "window", "store/files", "store/codec", "store/database", "store/read"],
    "store": ["schemas/*", "window", "store/*"],
    "enforce": ["schemas/*", "window"],
    "enforce/kafka": ["schemas/*", "enforce"],
    "tools/process": BELOW_TOOLS,
    "tools/configuration": BELOW_TOOLS,
    "tools/access": [*BELOW_TOOLS, "tools/configuration"],
    "tools/engine": [*BELOW_TOOLS, "tools/process"],
    "tools/checks": [*BELOW_TOOLS, "tools/process", "tools/configuration", "tools/access", "tools/engine"],
    "tools/pipeline": [*BELOW_TOOLS, "tools/process", "tools/engine", "tools/checks"],
    "tools/control": [*BELOW_TOOLS, "tools/process", "tools/configuration", "tools/engine", "tools/checks", "tools/pipeline"],
    "tools/answers": [*BELOW_TOOLS, "tools/access", "tools/process", "tools/configuration", "tools/engine", "tools/checks",
                      "tools/pipeline", "tools/control"],
    "tools/http/net": BELOW_TOOLS,
    "tools/http": [*BELOW_TOOLS, "tools/access", "tools/process", "tools/configuration", "tools/control", "tools/answers", "tools/http/net"],
    "tools/client": [*BELOW_TOOLS, "tools/process", "tools/configuration"],
    "tools/feed": [*BELOW_TOOLS, "tools/process", "tools/client"],
    "tools/commands": [*BELOW_TOOLS, "tools/*"],
    "tools": [*BELOW_TOOLS, "tools/*"],
}
TOP_FOLDERS = {folder.split("/")[0] for folder in LAYERS}
# third-party prefix -> the only places that may name it
CONFINED = {
    "librdkafka/": ["ingest/kafka/", "enforce/kafka/"],
    "rocksdb/": ["store/"],
    "flatbuffers/": ["ingest/decode/flatbuffers", "store/codec/", "tools/feed/"],
    "schemas/generated/": ["ingest/decode/flatbuffers", "store/codec/", "tools/feed/"],
    "boost/": ["tools/http/"],
    "curl/": ["tools/client/"],
    "simdjson": ["ingest/decode/json", "store/codec/decision_text", "tools/process/parsed_json",
                 "tools/checks/check_request"],
    "unicode/": ["ingest/domain_unicode"],
    "toml++/": ["tools/configuration/"],
}
# A .h with its .cc is one unit.
UNITS_MAX = 26
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def folder_of(name):
    return name.rpartition("/")[0]


def is_allowed(folder, target):
    home = folder_of(target)
    return home == folder or any(
        home == allowed or (allowed.endswith("/*") and (home + "/").startswith(allowed[:-1])) for allowed in LAYERS[folder]
    )


def violations_of(path, root):
    name = path.relative_to(root).as_posix()
    folder = folder_of(name)
    if folder not in LAYERS:
        yield f"{name}: the folder {folder} has no line in tests/check_layers.py"
        return
    for match in INCLUDE.finditer(path.read_text()):
        target = match.group(2)
        is_ours = (match.group(1) == '"' or target.split("/")[0] in TOP_FOLDERS) and not target.startswith("schemas/generated/")
        if is_ours and not is_allowed(folder, target):
            yield f"{name}: may not include {target}"
        for prefix, homes in CONFINED.items():
            if target.startswith(prefix) and not any(name.startswith(home) for home in homes):
                yield f"{name}: <{target}> is confined to {', '.join(homes)}"


def violations(root):
    units = {}
    for layer in sorted(TOP_FOLDERS):
        for path in sorted((root / layer).rglob("*.*")):
            if path.suffix in (".h", ".cc"):
                yield from violations_of(path, root)
                units.setdefault(folder_of(path.relative_to(root).as_posix()), set()).add(path.stem)
    for folder, names in units.items():
        if len(names) > UNITS_MAX:
            yield f"{folder}: {len(names)} units, more than {UNITS_MAX}: give what belongs together a folder"


if __name__ == "__main__":
    found = list(violations(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "layers: ok")
    sys.exit(bool(found))
