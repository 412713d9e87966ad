#!/usr/bin/env python3
"""How the program behaves among others: exit codes, one line of error, two on one directory, Ctrl-C, pipes that close."""

import os
import signal
import socket
import subprocess
import sys
import time

from integration_main import IntegrationTest, main
from kafka_broker import free_port
from random_input import RandomInput
from spantoll_http import Poster
from spantoll_program import EMBEDDED_TOPIC, Processor, binary, command, dump_text, run_command

IDLE_OFF = "[time]\nidle_after = \"off\"\n"
BLOCKED = """
[[limit]]
name = "team-day"
kind = "team"
meter = "usd"
amount = "1"
window = "rolling 24h"
judge = "total"
steps = [[50, "warn"], [100, "block"]]
"""
EXIT_NO, EXIT_USAGE, EXIT_INPUT, EXIT_UNAVAILABLE, EXIT_BUSY, EXIT_CONFIG = 2, 64, 65, 69, 75, 78
UNAVAILABLE_MAX_S = 15
AT_ONCE_S = 2


class ProcessesTest(IntegrationTest):
    def run_processor(self, text=IDLE_OFF, name="data"):
        return self.start(Processor(self.directory / name, self.write(f"{name}.toml", text)))

    def assert_one_line(self, done, code, *parts):
        """Ended with `code` and one line on standard error that has these parts."""
        self.assertEqual(code, done.returncode, done.stderr)
        self.assertEqual(1, len(done.stderr.splitlines()), done.stderr)
        for part in parts:
            self.assertIn(str(part), done.stderr)


class DirectoryTest(ProcessesTest):
    def test_a_second_process_on_one_directory_exits_75(self):
        processor = self.run_processor()
        done = run_command("run", "--data", processor.data, "--config", processor.config, "--listen", f"127.0.0.1:{free_port()}")
        self.assert_one_line(done, EXIT_BUSY, processor.data)
        self.assertEqual(202, processor.http.post('{"service":"a","time_ms":1700000000000,"cost_usd":1}').status)
        self.assertEqual(0, processor.stop())

    def test_a_start_over_a_store_that_has_read_nothing_says_from_where_it_reads(self):
        processor = self.run_processor()
        self.assertEqual(0, processor.stop())
        self.start(processor)
        self.assertEqual(0, processor.stop())
        self.assertIn("after 0 spans and 0 decisions or dead letters; reading its embedded topic from its beginning\n", processor.said())

    def test_dump_while_running_equals_dump_after_the_stop(self):
        source = RandomInput("limits", self.chance.randrange(10**6), 2000)
        processor = self.run_processor(source.configuration(time={"idle_after": "off"}))
        poster, records = Poster(processor.port), source.records(self.chance, 50)
        for record in records:
            self.assertEqual(202, poster.post(record).status)
        processor.wait_until_read({(EMBEDDED_TOPIC, 0): len(records)})
        time.sleep(1.5)  # the last commit of an idle processor, and that of its empty outbox
        running = dump_text(processor.data, "--all").splitlines()
        running.remove('{"key":"RUNNING","record":{"suspects":[],"is_reading_last":false}}')  # which goes with the process
        digest_running = command("dump", "--data", processor.data, "--digest")
        self.assertEqual(0, processor.stop())
        self.assertEqual(running, dump_text(processor.data, "--all").splitlines())
        self.assertEqual(digest_running, command("dump", "--data", processor.data, "--digest"))
        self.check_pipe_that_closes(processor.data)

    def check_pipe_that_closes(self, data):
        """`dump | head -1` ends at once, without a word of its own."""
        for options in (["--format", "json", "--all"], ["--all"]):
            with subprocess.Popen([binary(), "dump", "--data", str(data), *options], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE) as dump:
                first = dump.stdout.readline()
                dump.stdout.close()
                errors = dump.stderr.read().decode()
                dump.wait(30)
            self.assertTrue(first)
            self.assertLessEqual(len(errors.splitlines()), 1, errors)


class ConfigurationTest(ProcessesTest):
    WRONG = [
        ("listen = \"127.0.0.1:1\"\nlissten = \"x\"\n", 2),
        ("[time]\nlateness = \"10 s\"\n", 2),
        ("periods = [\"day\"]\n", 1),
        ("[[limit]]\nname = \"a\"\nkind = \"nobody\"\nmeter = \"usd\"\namount = \"1\"\nwindow = \"month\"\n"
         "judge = \"total\"\nsteps = [[100, \"block\"]]\n", 3),
        ("[accounts]\nmax_per_kind = -1\n", 2),
        ("[time]\nlateness = \"1s\"\nlateness = \"2s\"\n", 3),
        ("[time\n", 1),
    ]

    def test_a_wrong_one_exits_78_with_its_line_and_makes_nothing(self):
        for number, (text, line) in enumerate(self.WRONG):
            with self.subTest(text=text):
                config = self.write(f"wrong-{number}.toml", text)
                data = self.directory / f"data-{number}"
                self.assert_one_line(run_command("run", "--data", data, "--config", config), EXIT_CONFIG, f"{config}:{line}")
                self.assertFalse(data.exists(), "the data directory was made")

    def test_a_wrong_one_leaves_data_untouched(self):
        processor = self.run_processor()
        self.assertEqual(202, processor.http.post('{"service":"a","time_ms":1700000000000,"cost_usd":1}').status)
        processor.wait_until_read({(EMBEDDED_TOPIC, 0): 1})
        self.assertEqual(0, processor.stop())
        before = self.files_of(processor.data)
        config = self.write("wrong.toml", self.WRONG[0][0])
        self.assert_one_line(run_command("run", "--data", processor.data, "--config", config), EXIT_CONFIG, f"{config}:2")
        self.assertEqual(before, self.files_of(processor.data))

    @staticmethod
    def files_of(directory):
        return {str(path): path.stat().st_mtime_ns for path in directory.rglob("*")}

    def test_listening_to_others_needs_a_token(self):
        done = run_command("run", "--data", self.directory / "data", "--listen", f"0.0.0.0:{free_port()}")
        self.assert_one_line(done, EXIT_CONFIG, "token")
        self.assertFalse((self.directory / "data").exists())

    def test_print_config_shows_every_setting(self):
        printed = command("run", "--print-config", "--data", self.directory / "data")
        for key in ("lateness", "idle_after", "dedup_ids", "max_skew", "max_per_kind", "dead_letters_mb", "listen"):
            self.assertIn(key, printed)
        self.assertFalse((self.directory / "data").exists())
        # What it prints is a configuration.
        again = command("run", "--print-config", "--config", self.write("printed.toml", printed))
        self.assertEqual(printed, again)


class ExitCodeTest(ProcessesTest):
    def test_unknown_commands_and_options_exit_64(self):
        for arguments in (["runn"], ["run", "--dta", "x"], ["dump", "--format", "xml"], ["replay", "--data", self.directory / "d"],
                          [], ["check"], ["dump", "--data"]):
            with self.subTest(arguments=arguments):
                done = run_command(*arguments)
                self.assertEqual(EXIT_USAGE, done.returncode, done.stderr)
                self.assertLessEqual(len(done.stderr.splitlines()), 2, done.stderr)

    def test_help_and_version_exit_0(self):
        for arguments in (["--help"], ["run", "--help"], ["--version"]):
            self.assertTrue(command(*arguments))

    def test_a_file_that_cannot_be_cut_exits_65_and_makes_nothing(self):
        whole = (60).to_bytes(4, "little") + b"\x08\0\0\0SPB1" + bytes(52)
        for name, content in (("cut.fb", whole[:-10]), ("short.fb", whole + b"\1\2"), ("huge.fb", b"\xff\xff\xff\x7f" + whole[4:])):
            with self.subTest(name):
                path, data = self.write(name, content), self.directory / f"{name}.data"
                self.assert_one_line(run_command("replay", "--data", data, "--file", path), EXIT_INPUT, path)
                self.assertFalse(data.exists(), "the data directory was made")
        missing = self.directory / "missing.jsonl"
        self.assert_one_line(run_command("replay", "--data", self.directory / "m", "--file", missing), EXIT_INPUT, missing)

    def test_a_broker_that_is_not_there_exits_69_in_time(self):
        nobody = f"127.0.0.1:{free_port()}"
        for arguments in (["run", "--listen", f"127.0.0.1:{free_port()}"], ["replay"]):
            with self.subTest(arguments=arguments):
                begun = time.monotonic()
                done = run_command(*arguments, "--data", self.directory / arguments[0], "--kafka", nobody, "--topic", "spans")
                self.assertLess(time.monotonic() - begun, UNAVAILABLE_MAX_S)
                self.assert_one_line(done, EXIT_UNAVAILABLE, nobody)

    def test_a_port_that_is_taken_is_told_in_one_line(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = run_command("run", "--data", self.directory / "data", "--listen", address)
        self.assertIn(done.returncode, (EXIT_UNAVAILABLE, EXIT_CONFIG))
        self.assertIn(address, done.stderr.splitlines()[-1])

    def test_dump_and_replay_of_what_is_not_there(self):
        nothing = self.directory / "nothing"
        done = run_command("dump", "--data", nothing)
        self.assertNotIn(done.returncode, (0, 70, -6, -11), done.stderr)
        self.assertEqual(1, len(done.stderr.splitlines()), done.stderr)
        done = run_command("replay", "--data", self.directory / "new", "--from-data", nothing)
        self.assertNotIn(done.returncode, (0, 70, -6, -11), done.stderr)
        self.assertFalse(nothing.exists())

    def test_check_says_yes_no_or_unavailable(self):
        processor = self.run_processor(IDLE_OFF + "[accounts.parents]\n\"virtual_key:vk1\" = [\"team:search\"]\n" + BLOCKED)
        span = '{"team":"%s","time_ms":' + str(int(time.time() * 1000)) + ',"cost_usd":"%s"}'
        self.assertEqual(202, processor.http.post("[" + span % ("search", 5) + "," + span % ("other", "0.6") + "]").status)
        processor.wait_until_read({(EMBEDDED_TOPIC, 0): 1})
        url = ["--url", f"http://127.0.0.1:{processor.port}"]
        for accounts, code in ((["team:search"], EXIT_NO), (["team:other"], 0), (["virtual_key:vk1"], EXIT_NO),
                               (["team:unheard"], 0), (["team:other", "team:search"], EXIT_NO)):
            with self.subTest(accounts=accounts):
                done = run_command("check", *accounts, *url)
                self.assertEqual(code, done.returncode, done.stdout + done.stderr)
                self.assertEqual(len(accounts), len(done.stdout.splitlines()), done.stdout)
        self.assertIn("block", run_command("check", "team:search", *url).stdout)
        self.assertEqual(0, processor.stop())
        done = run_command("check", "team:search", *url)
        self.assert_one_line(done, EXIT_UNAVAILABLE, processor.port)


class SignalTest(ProcessesTest):
    def test_ctrl_c_and_sigterm_stop_with_exit_0(self):
        for number, sent in enumerate((signal.SIGINT, signal.SIGTERM)):
            processor = self.run_processor(name=f"data-{number}")
            self.assertEqual(202, processor.http.post('{"service":"a","time_ms":1700000000000,"cost_usd":1}').status)
            processor.process.send_signal(sent)
            self.assertEqual(0, processor.process.wait(20), processor.said())
            rows = dump_text(processor.data)
            processor.start()
            processor.wait_until_read({(EMBEDDED_TOPIC, 0): 1})
            self.assertEqual(0, processor.stop())
            self.assertIn("FEDCOST#service:a", rows + dump_text(processor.data))

    def test_a_second_ctrl_c_ends_at_once(self):
        processor = self.run_processor()
        process = processor.process
        # Halted, so that both signals are seen before it can finish in order.
        process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        process.send_signal(signal.SIGCONT)
        self.assertIn(process.wait(20), (0, 128 + signal.SIGINT, 128 + signal.SIGTERM))
        self.assertLess(time.monotonic() - begun, AT_ONCE_S)
        processor.start()
        self.assertEqual(0, processor.stop())

    def test_standard_output_that_is_closed_does_not_lose_decisions(self):
        config = self.write("closed.toml", IDLE_OFF + BLOCKED)
        processor = Processor(self.directory / "closed", config)
        reader, writer = os.pipe()
        self.addCleanup(processor.end_for_good)
        processor.process = subprocess.Popen(
            [binary(), "run", "--data", str(processor.data), "--config", str(config), "--listen", f"127.0.0.1:{processor.port}"],
            stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.DEVNULL)
        os.close(writer)
        os.close(reader)
        processor.wait_until_alive()
        self.assertEqual(202, processor.http.post('{"team":"t","time_ms":1700000000000,"cost_usd":5}').status)
        processor.wait_for(lambda: len(processor.http.all_decisions()) == 1, 20, "keep its decision")
        processor.process.send_signal(signal.SIGINT)
        self.assertGreaterEqual(processor.process.wait(30), 0)


if __name__ == "__main__":
    sys.exit(main())
