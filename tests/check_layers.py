#!/usr/bin/env python3
"""Fail when an #include crosses a layer boundary; docs/architecture.md draws the same picture.

The linker cannot enforce this: every layer shares one include root, so a wrong include compiles.
"""

import pathlib
import re
import sys

# layer -> what its files may include besides themselves and the standard library
LAYERS = {
    "schemas": [],
    "ingest": ["schemas"],
    "window": ["schemas"],
    "store": ["schemas", "window"],
    "enforce": ["schemas", "window"],
    "tools": ["schemas", "ingest", "window", "store", "enforce"],
}
# third-party prefix -> the only places that may name it
CONFINED = {
    "librdkafka/": ["ingest/kafka_", "enforce/kafka_"],
    "rocksdb/": ["store/"],
    "flatbuffers/": ["ingest/decode_flatbuffers", "store/record_codec", "tools/feed"],
    "schemas/generated/": ["ingest/decode_flatbuffers", "store/record_codec", "tools/feed"],
    "boost/": ["tools/http_"],
    "simdjson": ["ingest/decode_json", "tools/http_answer"],
    "unicode/": ["ingest/domain_unicode"],
    "toml++/": ["tools/configuration"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def violations(root):
    for layer, allowed in LAYERS.items():
        for path in sorted((root / layer).rglob("*.*")):
            if path.suffix not in (".h", ".cc"):
                continue
            name = path.relative_to(root).as_posix()
            for match in INCLUDE.finditer(path.read_text()):
                target = match.group(2)
                head = target.split("/")[0]
                if match.group(1) == '"' and head not in [layer, *allowed]:
                    yield f"{name}: may not include \"{target}\""
                for prefix, homes in CONFINED.items():
                    if target.startswith(prefix) and not any(name.startswith(h) for h in homes):
                        yield f"{name}: <{target}> is confined to {', '.join(homes)}"


if __name__ == "__main__":
    found = list(violations(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "layers: ok")
    sys.exit(bool(found))
