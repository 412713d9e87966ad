"""Records and spans (docs/semantics.md#refusals): from the bytes of a line to spans, or to the reason of a refusal."""

import codecs
import json
import re
from dataclasses import dataclass, field
from typing import Optional

from accounts import DIMENSIONS, is_good_name
from decimal_text import exact_integer, pico_from_decimal
from providers import split_model

RECORD_BYTES_MAX = 4 * 1024 * 1024
SPANS_MAX = 10_000
COST_MAX = 10**18  # 1e6 USD in pico-dollars
UINT64_MAX = 2**64 - 1
RESERVED_METERS = ("usd", "requests", "tokens", "duration_ms", "ingress_bytes", "egress_bytes")
STATUSES = ("unset", "ok", "error")
DIRECTIONS = ("none", "inbound", "outbound")
NOT_A_NUMBER = "not a number"
NO_CHARACTER = "\x7f"  # stands for each byte that is no UTF-8 and for half a surrogate pair; no good name holds it
SURROGATE = re.compile("[\ud800-\udfff]")
codecs.register_error("no character", lambda error: (NO_CHARACTER * (error.end - error.start), error.end))


class NotDecodable(Exception):
    pass


@dataclass(frozen=True)
class Number:
    """A JSON number as it was written."""
    text: str


@dataclass
class Span:
    """`texts` holds the dimensions that are there. `cost` is pico-USD, None (price it) or NOT_A_NUMBER."""
    time_ms: int = 0
    trace_id: Optional[str] = None
    span_id: Optional[str] = None
    sequence: int = 0
    duration_us: int = 0
    status: str = "unset"
    texts: dict = field(default_factory=dict)
    ingress_bytes: int = 0
    egress_bytes: int = 0
    usage: dict = field(default_factory=dict)
    quantity_invalid: bool = False
    cost: object = None
    currency: str = ""
    is_credit: bool = False
    is_streaming: bool = False
    is_final_chunk: bool = False
    has_usage_data: bool = True
    clamped: bool = False  # charged at its record's append time

    @property
    def is_request(self):
        return not self.is_credit and (self.is_final_chunk or not self.is_streaming)

    @property
    def failed(self):
        return self.status == "error"

    @property
    def is_error(self):
        return self.is_request and self.status == "error"

    @property
    def usage_is_charged(self):
        return self.has_usage_data or not self.is_streaming

    @property
    def identity(self):
        """None without both ids; all zero is none."""
        if not self.trace_id or not self.span_id or not self.trace_id.strip("0") or not self.span_id.strip("0"):
            return None
        return self.trace_id, self.span_id, self.sequence, self.is_final_chunk


def decode_record(line):
    """A line's bytes: the spans of the record, a reason (str) in the place of each that is refused alone; or one reason for the
    whole record, as a str instead of a list."""
    if len(line) > RECORD_BYTES_MAX:
        return "too_large"
    try:
        value = parse_json(line)
    except (ValueError, RecursionError):
        return "not_decodable"
    if isinstance(value, dict):
        return "not_decodable" if "resourceSpans" in value else [decode_element(value)]
    if not isinstance(value, list) or not value:
        return "not_decodable"
    return "too_many_spans" if len(value) > SPANS_MAX else [decode_element(element) for element in value]


def parse_json(line):
    """Strict JSON; of equal members the last counts. Raises ValueError. Inside of a text any bytes may stand; outside of it those
    that are no UTF-8 are no JSON. A byte order mark may stand first."""
    def no_constant(name):
        raise ValueError(f"{name} is no JSON")
    return json.loads(line.removeprefix(codecs.BOM_UTF8).decode("utf-8", "no character"), parse_int=Number, parse_float=Number,
                      parse_constant=no_constant, object_pairs_hook=dict)


def decode_element(element):
    try:
        return decode_span(element)
    except NotDecodable:
        return "not_decodable"


def decode_span(members):
    """Checks types and ranges only; what the values mean is for `refusal`."""
    require(isinstance(members, dict))
    span = Span()
    span.trace_id = hexadecimal(members, "trace_id", 32)
    span.span_id = hexadecimal(members, "span_id", 16)
    span.sequence = integer(members, "sequence", 0, 2**32 - 1)
    time_ms = integer(members, "time_ms", -(2**63), 2**63 - 1)
    timestamp = integer(members, "timestamp", -(2**63), 2**63 - 1)
    span.time_ms = time_ms if members.get("time_ms") is not None else timestamp
    span.duration_us = integer(members, "duration_us", 0, UINT64_MAX)
    span.status = word(members, "status", STATUSES)
    word(members, "direction", DIRECTIONS)
    span.texts = {name: value for name in DIMENSIONS if (value := text(members, name))}
    for name in ("request_id", "error_type", "service_tier"):
        text(members, name)
    integer(members, "http_status", 0, 65_535)
    span.ingress_bytes = quantity(members, "ingress_bytes", span)
    span.egress_bytes = quantity(members, "egress_bytes", span)
    decode_usage(members, span)
    decode_cost(members, span)
    span.is_credit = boolean(members, "is_credit", False)
    span.is_streaming = boolean(members, "is_streaming", False)
    span.is_final_chunk = boolean(members, "is_final_chunk", False)
    span.has_usage_data = boolean(members, "has_usage_data", True)
    for attribute in array(members, "attributes"):
        text(attribute, "key")
        text(attribute, "value")
    return span


def decode_usage(members, span):
    for entry in array(members, "usage"):
        meter = text(entry, "meter") or ""
        amount = quantity(entry, "quantity", span)
        if meter in RESERVED_METERS or not is_good_name(meter):
            span.quantity_invalid = True
            continue
        if amount > 0:
            span.usage[meter] = span.usage.get(meter, 0) + amount
            span.quantity_invalid |= span.usage[meter] > UINT64_MAX


def decode_cost(members, span):
    """Of several costs the first that is not null counts."""
    pico = integer(members, "cost_pico_usd", -(2**63), 2**63 - 1)
    costs = [pico] if members.get("cost_pico_usd") is not None else []
    for name in ("cost_usd", "cost_amount"):
        value = members.get(name)
        require(value is None or isinstance(value, (Number, str)))
        if value is not None:
            converted = pico_from_decimal(value.text if isinstance(value, Number) else value)
            costs.append(NOT_A_NUMBER if converted is None else converted)
    span.cost = costs[0] if costs else None
    span.currency = text(members, "cost_currency") or ""


def require(condition):
    if not condition:
        raise NotDecodable()


def text(members, name):
    value = members.get(name)
    require(value is None or isinstance(value, str))
    return SURROGATE.sub(NO_CHARACTER, value) if value else None


def word(members, name, words):
    value = text(members, name) or words[0]
    require(value in words)
    return value


def boolean(members, name, absent):
    value = members.get(name)
    require(value is None or isinstance(value, bool))
    return absent if value is None else value


def integer(members, name, lowest, highest):
    value = members.get(name)
    require(value is None or isinstance(value, Number))
    number = 0 if value is None else exact_integer(value.text)
    require(number is not None and lowest <= number <= highest)
    return number


def quantity(members, name, span):
    """Quantities and bytes: what is out of range or has a fraction is a reason of its own, not a wrong type."""
    value = members.get(name)
    require(value is None or isinstance(value, Number))
    number = 0 if value is None else exact_integer(value.text)
    if number is None or not 0 <= number <= UINT64_MAX:
        span.quantity_invalid = True
        return 0
    return number


def array(members, name):
    value = members.get(name)
    require(value is None or isinstance(value, list))
    require(all(isinstance(entry, dict) for entry in value or []))
    return value or []


def hexadecimal(members, name, digits):
    value = text(members, name)
    require(value is None or re.fullmatch(r"[0-9a-fA-F]{%d}" % digits, value))
    return value and value.lower()


def amend(span, configuration, append_ms):
    """What is changed of a span before it is looked at. `append_ms` is None where its record has no append time."""
    if configuration.split_model:
        split_model(span.texts)
    if (configuration.future == "clamp" and append_ms is not None and 10**12 < span.time_ms < 10**13
            and span.time_ms > append_ms + configuration.future_tolerance_ms):
        span.time_ms, span.clamped = append_ms, True


def refusal(span, configuration, prices, now_ms, watermark_ms):
    """The ladder of section 2 for one decoded span; None if nothing speaks against it. `watermark_ms` is W before the span."""
    if span.time_ms == 0:
        return "time_missing"
    if not 10**12 < span.time_ms < 10**13:
        return "time_not_ms"
    if span.time_ms > now_ms + configuration.future_tolerance_ms:
        return "future"
    if watermark_ms is not None and span.time_ms < watermark_ms - configuration.oldest_ms:
        return "too_old"
    return cost_refusal(span, configuration, prices) or quantity_refusal(span)


def cost_refusal(span, configuration, prices):
    given = span.cost is not None
    if span.is_credit and not configuration.accept_credits:
        return "cost_negative"
    if given and span.cost != NOT_A_NUMBER and span.cost < 0 and not span.is_credit:
        return "cost_negative"
    if span.cost == NOT_A_NUMBER or (span.is_credit and not given):
        return "cost_not_a_number"
    if given and abs(span.cost) > COST_MAX:
        return "cost_too_large"
    if not given and span.usage_is_charged and prices.cost_of(span)[0] > COST_MAX:
        return "cost_too_large"
    if given and span.currency.upper() not in ("", "USD"):
        return "currency_unknown"
    return None


def quantity_refusal(span):
    if span.quantity_invalid:
        return "quantity_invalid"
    return None if span.texts else "no_account"
