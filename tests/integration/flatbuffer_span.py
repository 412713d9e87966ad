"""A SpanBatch of one span, byte by byte: independent of the program and of FlatBuffers' library (schemas/span.fbs)."""

import struct

BATCH_VTABLE, BATCH, VECTOR, SPAN_VTABLE, SPAN, SERVICE = 8, 16, 24, 32, 92, 116
FIELDS = 24  # up to cost_pico_usd
TIME_MS, SERVICE_FIELD, CUSTOMER_FIELD, COST_PICO_USD = 3, 6, 17, 23


def span_batch(text, time_ms, cost_pico_usd, text_field=SERVICE_FIELD):
    """Root; vtable and table of SpanBatch; vector of one; vtable of Span; its table at 92, so that its int64 are aligned."""
    fields = [0] * FIELDS
    fields[TIME_MS], fields[COST_PICO_USD], fields[text_field] = 4, 12, 20
    out = bytearray()
    out += struct.pack("<I4s", BATCH, b"SPB1")
    out += struct.pack("<HHH2x", 6, 8, 4)
    out += struct.pack("<iI", BATCH - BATCH_VTABLE, VECTOR - (BATCH + 4))
    out += struct.pack("<II", 1, SPAN - (VECTOR + 4))
    out += struct.pack(f"<HH{FIELDS}H", 4 + 2 * FIELDS, 24, *fields)
    out += bytes(SPAN - len(out))
    out += struct.pack("<iqqI", SPAN - SPAN_VTABLE, time_ms, cost_pico_usd, SERVICE - (SPAN + 20))
    name = text.encode()
    out += struct.pack("<I", len(name)) + name + b"\0"
    return bytes(out) + bytes(-len(out) % 8)
