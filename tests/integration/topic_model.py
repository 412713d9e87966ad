"""Records of the embedded topic: a processor keeps and says of them what the reference model makes of the same ones."""

import json

from reference_test import ModelTest, read_lines, run_python, without_zero_trace
from row_difference import decision_differences, of_prefixes, row_differences, without_zero_reasons
from spantoll_program import EMBEDDED_TOPIC, dump_rows, stored_decisions

COMPARED = ("FEDCOST#", "ROLLING#", "ENFORCE#", "PERIOD#", "GRANT#", "KEY#", "META/COUNTS#")


class TopicModelTest(ModelTest):
    def spread_over(self, spans, past_ms, now_ms):
        """The spans, in place, over the time before `now_ms`, in their order and with their steps back."""
        times_ms = [span["time_ms"] for span in spans]
        begin, end = min(times_ms), max(times_ms)
        for span in spans:
            span["time_ms"] = now_ms - past_ms + (span["time_ms"] - begin) * past_ms // (end - begin)

    def assert_as_model(self, directory, config, records, append_ms, commands=()):
        """`directory` has the processor's in `data`. `append_ms` are by offset; `commands` as its log has them. Returns the model's rows."""
        name = directory.relative_to(self.directory)
        dump, decisions = directory / "model.jsonl", directory / "model-decisions"
        run_python("reference_model.py", "--config", config, "--now-ms", 0, "--topic", EMBEDDED_TOPIC,
                   "--append-times", self.write(name / "append_times.json", json.dumps(append_ms)),
                   "--commands", self.write(name / "commands.jsonl", "".join(json.dumps(line) + "\n" for line in commands)),
                   "--out-dump", dump, "--out-decisions", decisions,
                   self.write(name / "input.jsonl", b"".join(record + b"\n" for record in records)))
        model = {line["key"]: line["record"] for line in read_lines(dump)}
        told = list(stored_decisions(directory / "data").values())
        lines = decision_differences(map(without_zero_trace, read_lines(decisions)), map(without_zero_trace, told))
        rows = dump_rows(directory / "data")
        lines += row_differences(*(without_zero_reasons(of_prefixes(found, *COMPARED)) for found in (model, rows)))
        self.assert_no_differences(lines)
        return model
