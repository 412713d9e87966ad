"""What a record may hold beside a span: members that nobody knows, in any place, of any width, depth and spelling, with texts that
are broken. None of it may change what the span means."""

import json

WIDTHS = [0, 1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 64, 65, 1_000]
WIDTH_SELDOM = 100_000
DEPTHS = [1, 1, 1, 2, 3, 6, 60]
# Pieces of texts. U+DC80 to U+DCFF stand for single bytes that are no UTF-8, other surrogates for escapes of half a pair.
SOUND = ["a", "Z", "7", " ", "_", "-", "/", "é", "日", "🚀", "\"", "\\", "\n", "\t", "\u0000", "\u007f", "\u2028", "{", "]", ":", ","]
BROKEN = ["\ud83d", "\ude00", "\udbff", "\udc00", "\udcff", "\udc80", "\udce2\udc82", "\udced\udca0\udc80", "\udcc0\udcaf", "\udcf0\udc9f"]
# Close to names that are known, and names of other gateways.
NAMES = ["Team", "team ", "tea", "teams", "time", "time_ms_", "cost", "cost_us", "usages", "meter", "quantity", "key", "value", "id",
         "gateway_instance_identifier", "cache_read_input_tokens", "x_forwarded_for_ip", "resource_spans", "ResourceSpans"]


def is_byte(letter):
    return "\udc80" <= letter <= "\udcff"


def json_string(text):
    """A JSON string of any text, broken ones included; to be encoded with "surrogateescape"."""
    written = json.dumps(text, ensure_ascii=False)
    return "".join(letter if is_byte(letter) or not "\ud800" <= letter <= "\udfff" else f"\\u{ord(letter):04x}"
                   for letter in written)


def spelled(chance, text):
    """The same text with some of its plain letters written as escapes."""
    def written(letter):
        if not (letter.isascii() and letter.isalnum()) or chance.random() < 0.6:
            return json_string(letter)[1:-1]
        return chance.choice(["\\u{:04x}", "\\u{:04X}"]).format(ord(letter))
    return '"' + "".join(map(written, text)) + '"'


class Unknown:
    """Written members that no span has, as (name, value), both JSON text."""

    def __init__(self, chance):
        self.random = chance

    def members(self):
        return [(self.name(), self.value(self.random.choice(DEPTHS))) for _ in range(self.random.choice([1, 1, 2, 3, 12]))]

    def name(self):
        text = self.random.choice(NAMES) if self.random.random() < 0.3 else self.text() + "?"  # no known name ends so
        return spelled(self.random, text) if self.random.random() < 0.3 else json_string(text)

    def text(self):
        chance = self.random
        width = WIDTH_SELDOM if chance.random() < 0.003 else chance.choice(WIDTHS)
        pieces = SOUND + BROKEN if chance.random() < 0.4 else SOUND
        text = "x" * width if chance.random() < 0.4 else "".join(chance.choices(pieces, k=min(width, 200))) + "y" * (width - 200)
        return text + chance.choice(["", "", "", "\\", "\"", "\ud83d", "\udcff"])

    def value(self, depth):
        chance = self.random
        if depth == 0 or chance.random() < 0.2:
            return chance.choice(["null", "true", "false", "0", "-0", "1e400", "-1.5E-7", "12345678901234567890123", "\"\"", "[]",
                                  "{ }", json_string(self.text())])
        inner = [self.value(depth - 1)] + [self.value(0) for _ in range(chance.choice([0, 0, 1, 3]))]
        chance.shuffle(inner)
        if chance.random() < 0.5:
            return "[" + chance.choice([",", " , ", "\t,"]).join(inner) + "]"
        return "{" + ",".join(f"{self.name()}{chance.choice([':', ' : '])}{value}" for value in inner) + "}"
