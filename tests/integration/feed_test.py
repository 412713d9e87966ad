#!/usr/bin/env python3
"""`feed` as its users meet it: two files with equal rows, a bad row, Ctrl-C and going on, a topic that is not there."""

import signal
import subprocess
import sys
import time

from integration_main import IntegrationTest, main
from spantoll_program import EMBEDDED_TOPIC, Processor, binary, command, dump_rows, run_command

IDLE_OFF = "[time]\nidle_after = \"off\"\n"
MAPS = ("--map", "time_ms=time", "--map", "cost_usd=cost", "--map", "service=service")
EXIT_INPUT, EXIT_INTERRUPTED = 65, 130
ROWS = 20_000
ROWS_PER_SECOND = 8_000


def costs(data):
    """{account: USD} of October 2026."""
    return {key.split("#")[1].split("/")[0]: record["cost_usd"]
            for key, record in dump_rows(data, "--prefix", "FEDCOST").items() if key.endswith("PERIOD#2026-10")}


class FeedTest(IntegrationTest):
    def rows(self, count=ROWS):
        """Rows a second apart, a cent each."""
        text = "".join(f"{1790812800000 + 1000 * i},0.01,batch\n" for i in range(count))
        return self.write("rows.csv", "time,cost,service\n" + text)

    def replayed(self, *files):
        data = self.directory / f"data-{len(list(self.directory.iterdir()))}"
        command("replay", "--data", data, *(word for file in files for word in ("--file", file)))
        return data

    def interrupted(self, *arguments):
        """Ctrl-C in the middle; the line that it says to go on with."""
        with subprocess.Popen([binary(), "feed", *map(str, arguments)], stderr=subprocess.PIPE, text=True) as feed:
            time.sleep(1)
            feed.send_signal(signal.SIGINT)
            said = feed.stderr.read()
            self.assertEqual(EXIT_INTERRUPTED, feed.wait(60), said)
        self.assertIn("--from-row ", said)
        return int(said.split("--from-row ")[1].split()[0])


class CsvTest(FeedTest):
    def test_equal_rows_of_two_files_and_by_two_mappings_are_all_charged(self):
        one, two = self.write("one.csv", "t,a,b\n1790812800000,1,2\n1790812800000,1,2\n"), self.directory / "two.csv"
        two.write_bytes(one.read_bytes())
        outputs = []
        for number, (file, column, team) in enumerate([(one, "a", "x"), (one, "b", "x"), (one, "a", "y"), (two, "a", "x"), (one, "a", "x")]):
            outputs.append(self.directory / f"out-{number}")
            command("feed", "--csv", file, "--map", "time_ms=t", "--map", f"cost_usd={column}", "--map", f"team=={team}",
                    "--to", f"file:{outputs[-1]}")
        data = self.replayed(*outputs)  # the last one is the first again
        self.assertEqual({"global": "10", "team:x": "8", "team:y": "2"}, costs(data))
        self.assertEqual(2, sum(r["duplicate"] for key, r in dump_rows(data).items() if key.startswith("META/COUNTS")))

    def test_a_bad_row_charges_nothing_until_it_is_mended(self):
        text = "time,cost,service\n" + "".join(f"2026-10-01 0{2 * i}:00:00,{'$1' if i == 4 else 1},batch\n" for i in range(5))
        file = self.write("bad.csv", text)
        done = run_command("feed", "--csv", file, *MAPS, "--to", f"file:{self.directory}/one")
        self.assertEqual(EXIT_INPUT, done.returncode)
        self.assertIn(f"{file}:6: column cost holds '$1'", done.stderr)
        self.assertIn("nothing was sent", done.stderr)
        file.write_text(text.replace("$1", "1"))
        command("feed", "--csv", file, *MAPS, "--to", f"file:{self.directory}/two")
        self.assertEqual("5", costs(self.replayed(self.directory / "one", self.directory / "two"))["global"])

    def test_a_pipe_with_a_bad_row_goes_on_from_it(self):
        rows = self.rows(250).read_text().splitlines(keepends=True)
        bad = rows[:200] + ["x" + rows[200]] + rows[201:]
        to = [("--to", f"file:{self.directory}/part-{number}") for number in range(2)]
        done = subprocess.run([binary(), "feed", "--csv", "/dev/stdin", "--csv-name", "rows", *MAPS, *to[0]], input="".join(bad), text=True,
                              stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(EXIT_INPUT, done.returncode)
        self.assertIn("--from-row 201", done.stderr)
        subprocess.run([binary(), "feed", "--csv", "/dev/stdin", "--csv-name", "rows", *MAPS, *to[1], "--from-row", "201"],
                       input="".join(rows), text=True, stderr=subprocess.PIPE, timeout=60, check=True)
        self.assertEqual("2.5", costs(self.replayed(self.directory / "part-0", self.directory / "part-1"))["global"])

    def test_ctrl_c_says_where_to_go_on_and_nothing_is_charged_twice(self):
        processor = self.start(Processor(self.directory / "data", self.write("c.toml", IDLE_OFF)))
        arguments = ("--csv", self.rows(), *MAPS, "--to", f"http://127.0.0.1:{processor.port}", "--quiet")
        line = self.interrupted(*arguments, "--rate", ROWS_PER_SECOND)
        self.assertGreater(line, 2)
        self.assertLess(line, ROWS)
        # Beyond `dedup_horizon` (an hour, and each row is a second): what were sent again would be charged again.
        command("feed", *arguments, "--from-row", line)
        self.wait_for_rows(processor)
        self.assertEqual(0, processor.stop())
        self.assertEqual("200", costs(processor.data)["global"])

    def wait_for_rows(self, processor):
        ends = processor.http.metric("spantoll_end_offset")
        processor.wait_until_read({(EMBEDDED_TOPIC, 0): int(ends[0][1])})


class KafkaTest(FeedTest):
    def test_a_topic_that_is_not_there_is_told_and_going_on_is_exact(self):
        broker = self.open_broker()
        broker.admin.create_topic("spans", partitions=4)
        csv = ("--csv", self.rows(), *MAPS)
        done = run_command("feed", *csv, "--to", f"kafka:{broker.brokers}/typo")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("topic typo did not exist and was created", done.stderr)
        self.assertIn("LogAppendTime", done.stderr)
        to = ("--to", f"kafka:{broker.brokers}/spans")
        line = self.interrupted(*csv, *to, "--rate", ROWS_PER_SECOND)
        done = run_command("feed", *csv, *to, "--from-row", line)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertNotIn("created", done.stderr)
        data = self.directory / "data"
        command("replay", "--data", data, "--kafka", broker.brokers, "--topic", "spans")
        self.assertEqual("200", costs(data)["global"])


if __name__ == "__main__":
    sys.exit(main())
