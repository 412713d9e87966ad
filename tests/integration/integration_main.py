"""How an integration test is started: arguments, the binary, and what its exit code says.

    class RestartTest(IntegrationTest): ...
    if __name__ == "__main__":
        sys.exit(main())

    restart_test.py [--binary PATH] [--long] [--seed N] [TEST ...]     (the binary else from SPANTOLL)

Exit 0: passed. 77: nothing could be run here. 1: failed. What is skipped is said loudly either way.
"""

import argparse
import contextlib
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from kafka_broker import KafkaBroker, SKIPPED, Unavailable
from row_difference import shown

DEFAULT_BINARY = pathlib.Path(__file__).resolve().parents[2] / "build" / "release" / "tools" / "spantoll"


USUAL_SEED = 23798


class Choices:
    """Of the command line; constant once main() has begun."""
    is_long = False
    seed = 0


class IntegrationTest(unittest.TestCase):
    """Each test has a directory of its own and a source of chance that the printed seed repeats."""

    maxDiff = 4000
    longMessage = True

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="spantoll-test-"))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.chance = random.Random(f"{self.id()} {Choices.seed}")

    def by_length(self, usual, in_long):
        return in_long if Choices.is_long else usual

    def assert_no_differences(self, lines):
        """Of row_difference.py."""
        if lines:
            self.fail(shown(lines))

    def write(self, name, text):
        path = self.directory / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def open_broker(self, version="3.9"):
        """Ends with the test."""
        stack = contextlib.ExitStack()
        try:
            broker = stack.enter_context(KafkaBroker(version))
        except Unavailable as reason:
            if os.environ.get("SPANTOLL_REQUIRE_KAFKA") == "1":
                self.fail(f"a Kafka broker is required here: {reason}")
            self.skipTest(f"no Kafka broker for this test: {reason}")
        self.addCleanup(stack.close)
        return broker

    def preloaded(self, source):
        """A library for LD_PRELOAD, made of a source in this folder."""
        compiler = shutil.which("g++")
        if compiler is None:
            self.skipTest("g++ is not installed")
        library = (self.directory / source).with_suffix(".so")
        path = pathlib.Path(__file__).with_name(source)
        subprocess.run([compiler, "-std=c++20", "-shared", "-fPIC", "-O1", "-o", library, path, "-ldl"], check=True, timeout=60)
        return library

    def start(self, processor, environment=None):
        """Starts it; it is ended with the test."""
        self.addCleanup(processor.end_for_good)
        return processor.start(environment)


class TimedResult(unittest.TextTestResult):
    passed = 0

    def startTest(self, test):
        self.begun = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1
        self.stream.writeln(f"    {time.monotonic() - self.begun:.1f} s")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.stream.writeln(f"    SKIPPED: {reason}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=os.environ.get("SPANTOLL", str(DEFAULT_BINARY)))
    # tests/run --long says it through the environment.
    parser.add_argument("--long", action="store_true", default=os.environ.get("SPANTOLL_LONG") == "1")
    # The usual run repeats itself, with a seed that once found a bug; the long one looks for new ones.
    parser.add_argument("--seed", type=int)
    parser.add_argument("tests", nargs="*")
    arguments = parser.parse_args()
    if not os.access(arguments.binary, os.X_OK):
        print(f"SKIPPED: there is no program at {arguments.binary}; build it, or say --binary PATH", file=sys.stderr)
        return 1 if os.environ.get("SPANTOLL_REQUIRE_KAFKA") == "1" else SKIPPED
    os.environ["SPANTOLL"] = str(pathlib.Path(arguments.binary).resolve())
    if arguments.seed is None:
        arguments.seed = random.SystemRandom().randrange(10**6) if arguments.long else USUAL_SEED
    Choices.is_long, Choices.seed = arguments.long, arguments.seed
    print(f"--seed {arguments.seed}", file=sys.stderr)
    # So that clean-ups run when ctest gives up on us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    loader = unittest.TestLoader()
    module = sys.modules["__main__"]
    suite = loader.loadTestsFromNames(arguments.tests, module) if arguments.tests else loader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(verbosity=2, resultclass=TimedResult).run(suite)
    if not result.wasSuccessful():
        return 1
    return 0 if result.passed else SKIPPED
