#!/usr/bin/env python3
"""What a person at a terminal sees of the commands: output that cannot be written, names that would steer the terminal, arguments
that cannot be, help that fits, limits of the system."""

import fcntl
import os
import pathlib
import pty
import resource
import signal
import struct
import subprocess
import sys
import termios
import time

from integration_main import IntegrationTest, main
from kafka_broker import free_port
from spantoll_program import EMBEDDED_TOPIC, Processor, binary, command, dump_rows, run_command

EXIT_USAGE, EXIT_UNAVAILABLE, EXIT_DISK, EXIT_CONFIG, EXIT_PIPE = 64, 69, 74, 78, 141
COLUMNS = 80
BLOCKED = """
[time]
idle_after = "off"
[[limit]]
name = "team-day"
kind = "team"
meter = "usd"
amount = "1"
window = "rolling 24h"
judge = "total"
steps = [[100, "block"]]
"""
# CSI and OSC of the C1 set, a bidi override, separators of lines, a byte order mark and a zero-width space.
HOSTILE = "a\u009b2Jb\u009dc\u0080\u0085\u202ed\u2066e\u2028f\u2029g\ufeffh\u200b"


def unprintable(text):
    """Characters other than the ends of lines that a terminal obeys, hides or turns."""
    return sorted({c for c in text if c != "\n" and (ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in HOSTILE and not c.isascii())})


def run_with_output(output, *arguments, **options):
    """Exit code and standard error of a command whose standard output is this descriptor."""
    done = subprocess.run([binary(), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, timeout=60,
                          check=False, **options)
    return done.returncode, done.stderr.decode()


class CommandsTest(IntegrationTest):
    def replayed(self, *lines, name="data"):
        data = self.directory / name
        config = self.write(f"{name}.toml", BLOCKED)
        file = self.write(f"{name}.jsonl", "".join(line + "\n" for line in lines))
        done = run_command("replay", "--data", data, "--config", config, "--file", file, "--decisions", self.directory / f"{name}.out")
        self.assertEqual(0, done.returncode, done.stderr)
        return data

    def one_team(self, team="search", **options):
        return self.replayed('{"time_ms":1790812800000,"team":"%s","cost_usd":"2"}' % team, **options)

    def assert_one_line(self, said, *parts):
        self.assertEqual(1, len(said.splitlines()), said)
        for part in parts:
            self.assertIn(str(part), said)

    def assert_refused(self, arguments, *parts):
        done = run_command(*arguments)
        self.assertEqual(EXIT_USAGE, done.returncode, f"{arguments}: {done.stdout}{done.stderr}")
        self.assert_one_line(done.stderr, *parts)


class OutputTest(CommandsTest):
    def commands(self):
        """Every command that prints, as often as its kinds of output differ."""
        data = self.one_team()
        processor = self.start(Processor(self.directory / "running", self.write("running.toml", BLOCKED)))
        url = f"http://127.0.0.1:{processor.port}"
        replay = ("--config", self.directory / "data.toml", "--file", self.directory / "data.jsonl", "--decisions", "-")
        return [
            ("--help",), ("--version",), ("run", "--help"), ("feed", "--help"), ("run", "--print-config"),
            ("dump", "--data", data), ("dump", "--data", data, "--format", "json", "--all"), ("dump", "--data", data, "--digest"),
            ("top", "--data", data), ("top", "--data", data, "--summary"), ("check", "team:search", "--url", url),
            ("replay", "--data", self.directory / "new", *replay),
        ]

    def test_output_that_cannot_be_written_exits_74_with_a_line(self):
        for number, arguments in enumerate(self.commands()):
            with self.subTest(arguments=arguments), open("/dev/full", "wb") as full:
                code, said = run_with_output(full, *arguments)
                self.assertEqual(EXIT_DISK, code, said)
                self.assert_one_line(said, "standard output", "No space left on device")
            with self.subTest(closed=arguments):
                arguments = [f"{a}-{number}" if a == self.directory / "new" else a for a in arguments]
                code, said = run_with_output(None, *arguments, preexec_fn=lambda: os.close(1))
                self.assertEqual(EXIT_DISK, code, said)
                self.assert_one_line(said, "standard output")

    def test_an_exit_code_is_what_it_is_where_standard_error_cannot_be_written(self):
        bad = self.write("bad.toml", "nonsense = 1\n")
        lines = self.write("data.jsonl", '{"time_ms":1700000000000,"team":"t","cost_usd":"1"}\n')
        commands = {
            EXIT_DISK: ("dump", "--data", self.one_team()), 78: ("run", "--config", bad, "--data", self.directory / "none"),
            64: ("dump", "--data", self.directory / "none"), 65: ("replay", "--data", self.directory / "r", "--file", "none"),
            69: ("check", "--url", f"http://127.0.0.1:{free_port()}", "global"),
            0: ("replay", "--data", self.directory / "done", "--file", lines),
        }
        for code, arguments in commands.items():
            with self.subTest(arguments=arguments), open("/dev/full", "wb") as full:
                done = subprocess.run([binary(), *map(str, arguments)], stdin=subprocess.DEVNULL,
                                      stdout=full if code == EXIT_DISK else subprocess.DEVNULL, stderr=full, timeout=60, check=False)
                self.assertEqual(code, done.returncode)

    def test_a_reader_that_went_away_is_no_success_and_not_a_word(self):
        data = self.one_team()
        for arguments in (("--help",), ("dump", "--data", data), ("top", "--data", data), ("run", "--print-config")):
            with self.subTest(arguments=arguments):
                reading, writing = os.pipe()
                os.close(reading)
                with os.fdopen(writing, "wb") as output:
                    self.assertEqual((EXIT_PIPE, ""), run_with_output(output, *arguments))

    def test_a_closed_standard_output_does_not_get_into_a_file(self):
        """The next file that is opened would have its number."""
        data = self.one_team()
        before = dump_rows(data)
        code, said = run_with_output(None, "dump", "--data", data, "--all", preexec_fn=lambda: os.close(1))
        self.assertEqual(EXIT_DISK, code, said)
        self.assertEqual(before, dump_rows(data))

    def test_a_closed_stream_is_not_written_or_read_by_its_path(self):
        """It is held open by something, which must not take, or give, what was meant for the caller's stream."""
        self.one_team()
        feed = ("feed", "--scenario", "mixed", "--spans", "5", "--quiet", "--to")
        replay = ("replay", "--config", self.directory / "data.toml", "--file", self.directory / "data.jsonl")
        for number, path in enumerate(("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")):
            decisions = ("--data", self.directory / f"new-{number}", "--decisions", path)
            for arguments in ((*feed, f"file:{path}"), (*replay, *decisions)):
                with self.subTest(arguments=arguments):
                    code, said = run_with_output(None, *arguments, preexec_fn=lambda: os.close(1))
                    self.assertEqual(EXIT_DISK, code, said)
                    self.assert_one_line(said, path, "closed")
        reading = ("replay", "--data", self.directory / "read", "--file", "/dev/stdin")
        code, said = run_with_output(subprocess.DEVNULL, *reading, preexec_fn=lambda: os.close(0))
        self.assertEqual(65, code, said)
        self.assert_one_line(said, "/dev/stdin")

    def test_dump_leaves_and_needs_no_temporary_directory(self):
        data = self.one_team()
        code, said = run_with_output(subprocess.DEVNULL, "dump", "--data", data, env={**os.environ, "TMPDIR": "/nowhere/at/all"})
        self.assertEqual((0, ""), (code, said))


class TerminalTest(CommandsTest):
    def test_names_cannot_steer_a_terminal_or_cut_a_line(self):
        data = self.one_team(HOSTILE)
        decisions = (self.directory / "data.out").read_text()
        self.assertEqual(1, decisions.count("block"))
        for said in (decisions, *(command(*arguments) for arguments in (
                ("dump", "--data", data), ("dump", "--data", data, "--all"), ("dump", "--data", data, "--format", "json", "--all"),
                ("top", "--data", data)))):
            self.assertEqual([], unprintable(said))
            self.assertEqual(said.splitlines(), said.split("\n")[:-1])
        self.assertIn(f"FEDCOST#team:{HOSTILE}/PERIOD#2026-10", dump_rows(data))

    def test_errors_are_one_line_whatever_they_quote(self):
        config = self.write("esc.toml", '"\x1b]0;owned\x07" = 1\n'.replace("\x1b", "\\u001b").replace("\x07", "\\u0007"))
        for arguments in (("run", "--config", config), ("dump", "--data", "no\x1b[31m\u202ewhere"), ("fe\x1bed",), ("dump", "--da\x9bta"),
                          ("replay", "--data", self.directory / "d", "--file", "no\u009bfile")):
            done = subprocess.run([binary(), *map(str, arguments)], capture_output=True, timeout=60, check=False)
            said = done.stderr.decode()
            self.assertNotEqual(0, done.returncode)
            self.assertEqual([], unprintable(said))
            self.assertEqual(1, len(said.splitlines()), said)

    def on_a_terminal(self, *arguments, **environment):
        """What a command prints to a terminal of 80 columns."""
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        with subprocess.Popen([binary(), *map(str, arguments)], stdout=follower, stderr=follower, stdin=follower,
                              env={**os.environ, "TERM": "xterm", **environment}) as process:
            os.close(follower)
            said = b""
            try:
                while chunk := os.read(leader, 4096):
                    said += chunk
            except OSError:  # EIO: the other side is closed
                pass
            self.assertEqual(0, process.wait(60))
        os.close(leader)
        return said.decode()

    def test_top_colours_a_terminal_that_wants_it(self):
        data = self.one_team()
        self.assertIn("\x1b[31mblock", self.on_a_terminal("top", "--data", data))
        for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}):
            self.assertNotIn("\x1b", self.on_a_terminal("top", "--data", data, **environment))
        self.assertNotIn("\x1b", command("top", "--data", data))

    def test_tables_and_help_fit_eighty_columns(self):
        lines = ['{"time_ms":1790812800000,"team":"%s","cost_usd":"999999"}' % ("n" * 200), '{"time_ms":1,"team":"a"}']
        data = self.replayed(*lines * 20)
        outputs = [command("top", "--data", data), command("--help")]
        outputs += [command(name, "--help") for name in ("run", "replay", "dump", "feed", "top", "check", "keys")]
        outputs.append(command("keys", "import", "--help"))
        for line in "".join(outputs).splitlines():
            self.assertLessEqual(len(line), COLUMNS, line)


class ArgumentsTest(CommandsTest):
    def test_numbers_that_cannot_be_are_refused(self):
        feed = ("feed", "--scenario", "mixed", "--to", f"file:{self.directory}/out")
        for option, value in (("--spans", "-1"), ("--spans", "1e3"), ("--rate", "-5"), ("--speed", "0"), ("--speed", "-1"),
                              ("--speed", "nan"), ("--seed", "-1"), ("--accounts", "-7"), ("--spans-per-record", "-1")):
            with self.subTest(option=option, value=value):
                self.assert_refused((*feed, option, value), option, value)
        self.assert_refused(("top", "--count", "-1"), "--count", "-1")
        self.assertFalse((self.directory / "out").exists())

    def test_places_in_a_topic_are_refused_where_there_is_none(self):
        file = self.write("in.jsonl", '{"time_ms":1790812800000,"team":"a","cost_usd":"2"}\n')
        for option, *source in (("--from", "--file", file), ("--to", "--file", file), ("--from", "--from-data", self.directory)):
            self.assert_refused(("replay", "--data", self.directory / "new", *source, option, "5"), option)
        self.assertFalse((self.directory / "new").exists())

    def test_an_option_that_would_do_nothing_is_refused(self):
        data = self.one_team()
        file = self.directory / "data.jsonl"
        new = ("replay", "--data", self.directory / "new", "--accept-gap")
        self.assert_refused((*new, "--file", file), "--accept-gap", "run", "replay --from-data")
        self.assert_refused((*new, "--kafka", "127.0.0.1:9", "--topic", "t"), "--accept-gap", "run", "replay --from-data")
        self.assertFalse((self.directory / "new").exists())
        for option in (("--prefix", "FEDCOST#"), ("--prefix", ""), ("--all",), ("--format", "json")):
            self.assert_refused(("dump", "--data", data, "--digest", *option), "--digest", option[0])
        for option in (("--kind", "team"), ("--count", "15")):
            self.assert_refused(("top", "--data", data, "--summary", *option), "--summary", option[0])

    def test_commands_are_left_out_only_where_there_are_some(self):
        file = self.write("one.jsonl", "{}\n")
        new = ("replay", "--data", self.directory / "new", "--no-commands")
        self.assert_refused((*new, "--file", file), "--no-commands", "--from-data")
        self.assert_refused((*new, "--from-data", self.directory, "--commands", file), "--no-commands", "--commands")

    def test_top_names_the_kinds_that_the_store_has(self):
        config = self.write("kinds.toml", '[accounts.kinds]\npair = ["team", "model"]\n' + BLOCKED)
        data = self.directory / "kinds"
        file = self.write("kinds.jsonl", '{"time_ms":1790812800000,"team":"a","cost_usd":"2"}\n')
        self.assertEqual(0, run_command("replay", "--data", data, "--config", config, "--file", file).returncode)
        self.assert_refused(("top", "--data", data, "--kind", "teams"), '"teams"', 'did you mean "team"?')
        self.assert_refused(("top", "--data", data, "--kind", "pairs"), 'did you mean "pair"?')
        self.assert_refused(("top", "--data", data, "--kind", "nothing-like-it"), "known are global, domain, service", "pair")
        self.assertIn("team:a", run_command("top", "--data", data, "--kind", "team").stdout)
        for kind in ("pair", "customer"):  # of which nobody has spent
            self.assertEqual(0, run_command("top", "--data", data, "--kind", kind).returncode)

    def test_a_wrong_word_says_what_was_meant(self):
        self.assert_refused(("rn",), "there is no command 'rn'", 'did you mean "run"?')
        self.assert_refused(("dmup", "--data", "x"), 'did you mean "dump"?')
        self.assert_refused(("nothing-like-it",), "known are run, replay, dump")
        self.assert_refused(("run", "--dta", "x"), "run has no option --dta", 'did you mean "--data"?')
        self.assert_refused(("feed", "--to", "file:x", "--span=5"), 'did you mean "--spans"?')


class SystemTest(CommandsTest):
    def test_a_kind_that_goes_is_dropped_by_name(self):
        both = self.write("both.toml", "[accounts.kinds]\npair = [\"team\", \"model\"]\n" + BLOCKED)
        one = self.write("one.toml", BLOCKED)
        data = self.directory / "data"
        processor = self.start(Processor(data, both))
        self.assertEqual(202, processor.http.post('{"time_ms":1790812800000,"team":"a","model":"m","cost_usd":"2"}').status)
        processor.wait_until_read({(EMBEDDED_TOPIC, 0): 1})
        self.assertEqual(0, processor.stop(), processor.said())
        self.assertIn("ROLLING#pair:a,m/24h", dump_rows(data))
        refused = run_command("run", "--data", data, "--config", one, "--listen", "127.0.0.1:0")
        self.assertEqual(EXIT_CONFIG, refused.returncode, refused.stderr)
        self.assertIn("the store has pair = [team, model]", refused.stderr)
        still_there = run_command("run", "--data", data, "--config", both, "--listen", "127.0.0.1:0", "--drop-kind", "pair")
        self.assertEqual(EXIT_USAGE, still_there.returncode, still_there.stderr)
        for name, why in (("team", "is built in and stays"), ("", "write the name of a kind")):
            refused = run_command("run", "--data", data, "--config", one, "--drop-kind", name)
            self.assertEqual(EXIT_USAGE, refused.returncode, refused.stderr)
            self.assertIn(why, refused.stderr)
        for _ in range(2):  # the second start finds nothing to drop
            processor = self.start(Processor(data, one, "--drop-kind", "pair"))
            self.assertEqual(0, processor.stop(), processor.said())
        self.assertEqual([], [key for key in dump_rows(data) if "pair:" in key])
        self.assertIn("ROLLING#team:a/24h", dump_rows(data))

    def test_a_hangup_does_not_end_run(self):
        processor = self.start(Processor(self.directory / "data", self.write("c.toml", BLOCKED)))
        processor.process.send_signal(signal.SIGHUP)
        processor.wait_for(lambda: "says what holds already" in processor.said(), 30, "read its configuration again")
        self.assertEqual(202, processor.http.post('{"time_ms":1790812800000,"team":"a","cost_usd":"2"}').status)
        processor.wait_until_read({(EMBEDDED_TOPIC, 0): 1})
        processor.process.send_signal(signal.SIGTERM)
        self.assertEqual(0, processor.process.wait(30))
        self.assertIn("stopped; everything is on disk", processor.said())

    def test_nohup_keeps_run_running(self):
        config = self.write("c.toml", BLOCKED)
        port = free_port()
        arguments = ["run", "--data", self.directory / "data", "--config", config, "--listen", f"127.0.0.1:{port}"]
        with open(self.directory / "err", "wb") as errors, subprocess.Popen(
                [binary(), *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=errors,
                preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as process:
            deadline = time.monotonic() + 60
            while b"listening on" not in (self.directory / "err").read_bytes() and time.monotonic() < deadline:
                time.sleep(0.05)
            process.send_signal(signal.SIGHUP)
            time.sleep(0.5)
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGTERM)
            self.assertEqual(0, process.wait(30))

    def test_a_directory_that_may_not_be_read_is_not_a_missing_store(self):
        if os.geteuid() != 0:
            self.skipTest("needs another user to be")
        data = self.one_team()
        os.chmod(data, 0o700)
        os.chmod(self.directory, 0o755)
        program = self.write("spantoll", pathlib.Path(binary()).read_bytes())
        os.chmod(program, 0o755)
        for arguments in (("dump", "--data", data), ("top", "--data", data), ("dump", "--data", data, "--digest")):
            done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False, user=65534)
            self.assertEqual(EXIT_DISK, done.returncode, done.stderr)
            self.assert_one_line(done.stderr, data, "Permission denied")

    def test_a_file_over_the_limit_exits_74_with_a_line(self):
        def limited():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        feed = ("feed", "--scenario", "mixed", "--spans", "50000", "--quiet", "--to", f"file:{self.directory}/out")
        for arguments in (feed, ("replay", "--data", self.directory / "new", "--file", self.big_file())):
            with self.subTest(arguments=arguments):
                code, said = run_with_output(subprocess.DEVNULL, *arguments, preexec_fn=limited)
                self.assertEqual(EXIT_DISK, code, said)
                self.assert_one_line(said.splitlines()[-1], "File too large")

    def big_file(self):
        command("feed", "--scenario", "mixed", "--spans", "50000", "--quiet", "--to", f"file:{self.directory}/big.jsonl")
        return self.directory / "big.jsonl"

    def test_too_little_memory_ends_with_a_line(self):
        file, megabyte = self.big_file(), 1 << 20
        for limit in range(100, 500, 50):
            def limited(bytes_max=limit * megabyte):
                resource.setrlimit(resource.RLIMIT_AS, (bytes_max, bytes_max))
            code, said = run_with_output(subprocess.DEVNULL, "replay", "--data", self.directory / f"new-{limit}", "--file", file,
                                         preexec_fn=limited)
            if code == 127:  # the loader has no room for the libraries, and says so
                continue
            self.assertIn(code, (0, EXIT_DISK), f"{limit} MiB: {said}")
            self.assertTrue(said.strip(), f"{limit} MiB: not a word")


if __name__ == "__main__":
    sys.exit(main())
