#!/usr/bin/env python3
"""`backup` of a processor that is busy, and `restore` elsewhere: what comes back is what a replay up to its offsets gives."""

import json
import shutil
import sys
import threading

from integration_main import IntegrationTest, main
from random_input import RandomInput
from spantoll_program import EMBEDDED_TOPIC, Processor, command, digest, dump_rows, run_command

IDLE_OFF = {"idle_after": "off"}
SECRET = "a-secret-of-the-test"
EXIT_USAGE, EXIT_UNAVAILABLE = 64, 69


class BackupTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.source = RandomInput("limits", self.chance.randrange(10**6), 6000)
        self.config = self.write("spantoll.toml", self.source.configuration(time=IDLE_OFF) + f'\n[http]\ntoken = "{SECRET}"\n')
        self.token = self.write("token", SECRET + "\n")
        self.live = Processor(self.directory / "live", self.config)
        ask = self.live.http.ask
        self.live.http.ask = lambda method, path, body=None, headers=None: ask(
            method, path, body, {"Authorization": f"Bearer {SECRET}", **(headers or {})})
        self.start(self.live)
        self.url = f"http://127.0.0.1:{self.live.port}"

    def backup(self, name):
        place = self.directory / name
        said = json.loads(command("backup", place, "--url", self.url, "--token-file", self.token))
        self.assertEqual(json.loads((place / "BACKUP.json").read_text())["next_offsets"], said["next_offsets"])
        self.assertFalse((self.live.data / "backup").exists(), "it is taken away from there")
        return place, said["next_offsets"][f"{EMBEDDED_TOPIC}/0"]

    def restore(self, backup):
        data = self.directory / f"{backup.name}-restored"
        said = command("restore", backup, "--data", data).strip()
        self.assertEqual(digest(data), said)
        self.assertEqual(0o700, data.stat().st_mode & 0o777)
        return data

    def replay(self, data, *options):
        again = self.directory / f"{data.name}-again-{len(options)}"
        command("replay", "--from-data", data, "--config", self.config, "--data", again, *options)
        return digest(again)

    def test_of_a_busy_processor_is_a_replay_up_to_its_offsets(self):
        records = self.source.records(self.chance, 5)

        def post_all():
            for record in records:
                self.assertEqual(202, self.live.http.post(record).status)

        posting = threading.Thread(target=post_all)
        posting.start()
        backups = []
        while posting.is_alive() and len(backups) < 3:
            backups.append(self.backup(f"backup{len(backups)}"))
        posting.join()
        backups.append(self.backup("last"))
        self.live.wait_until_read({(EMBEDDED_TOPIC, 0): len(records)})
        self.assertEqual(0, self.live.stop(), self.live.said())
        self.assertGreaterEqual(len(backups), 2)
        for place, next_offset in backups:
            data = self.restore(place)
            self.assertEqual(digest(data), self.replay(data, "--to", next_offset))
        # Whoever goes on with the last one comes to where the first processor came.
        restored = Processor(self.restore(self.renamed(backups[-1][0])), self.write("plain.toml", self.source.configuration(time=IDLE_OFF)))
        self.start(restored)
        restored.wait_until_read({(EMBEDDED_TOPIC, 0): json.loads((backups[-1][0] / "BACKUP.json").read_text())["topic_end"]})
        self.assertEqual(0, restored.stop(), restored.said())
        self.assertEqual(digest(restored.data), self.replay(restored.data))

    def renamed(self, place):
        return shutil.copytree(place, self.directory / "moved")

    def test_levels_and_commands_come_back(self):
        records = self.source.records(self.chance, 30)
        for record in records:
            self.assertEqual(202, self.live.http.post(record).status)
        self.live.wait_until_read({(EMBEDDED_TOPIC, 0): len(records)})
        place, next_offset = self.backup("all")
        self.assertEqual(len(records), next_offset)
        data = self.restore(place)
        self.assertEqual(dump_rows(self.live.data, "--prefix", "ENFORCE#"), dump_rows(data, "--prefix", "ENFORCE#"))
        self.assertEqual(command("commands", "--data", self.live.data), command("commands", "--data", data))

    def test_says_what_is_wrong(self):
        place, _ = self.backup("first")
        for arguments, code, said in (
                (("backup", place, "--url", self.url, "--token-file", self.token), EXIT_USAGE, "is there already"),
                (("backup", self.directory / "b", "--url", self.url), EXIT_UNAVAILABLE, "token"),
                (("backup", self.directory / "none" / "b", "--url", self.url, "--token-file", self.token), EXIT_USAGE, "make it first"),
                (("restore", self.live.data, "--data", self.directory / "new"), EXIT_USAGE, "is not a backup"),
                (("restore", place, "--data", self.live.data), EXIT_USAGE, "is there already"),
                (("replay", "--from-data", place, "--data", self.directory / "x", "--to", "end"), EXIT_USAGE, "is an offset")):
            with self.subTest(said=said, command=arguments[0]):
                done = run_command(*arguments)
                self.assertEqual(code, done.returncode, done.stderr)
                self.assertIn(said, done.stderr)
        self.assertFalse((self.directory / "new").exists())


if __name__ == "__main__":
    sys.exit(main())
