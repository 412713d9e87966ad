#!/usr/bin/env python3
"""check_layers.py finds what it should, in trees that are made up."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import check_layers  # noqa: E402


class LayersTest(unittest.TestCase):
    def found(self, files):
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            return list(check_layers.violations(root))

    def test_what_a_folder_may_include(self):
        self.assertEqual([], self.found({"window/ema.cc": '#include "schemas/money.h"\n#include <string>\n'}))

    def test_an_upper_layer_in_quotes_or_brackets(self):
        for include in ('"enforce/policy.h"', "<enforce/policy.h>"):
            with self.subTest(include=include):
                found = self.found({"window/ema.cc": f"#include {include}\n"})
                self.assertEqual(["window/ema.cc: may not include enforce/policy.h"], found)

    def test_a_library_away_from_its_home(self):
        found = self.found({"window/ema.cc": "#include <rocksdb/db.h>\n"})
        self.assertEqual(["window/ema.cc: <rocksdb/db.h> is confined to store/"], found)

    def test_a_folder_without_a_line(self):
        found = self.found({"window/new/thing.h": ""})
        self.assertEqual(["window/new/thing.h: the folder window/new has no line in tests/check_layers.py"], found)

    def test_a_folder_that_is_full(self):
        units = {f"window/unit_{i}.{kind}": "" for i in range(check_layers.UNITS_MAX) for kind in ("h", "cc")}
        self.assertEqual([], self.found(units))
        self.assertEqual(1, len(self.found({**units, "window/one_more.h": ""})))


if __name__ == "__main__":
    unittest.main()
