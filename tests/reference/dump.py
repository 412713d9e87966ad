"""What `spantoll dump --format json` prints of a ledger (docs/store-format.md), as (key, record) by key bytes."""

from configuration import rolling_name
from decimal_text import fixed_text, usd_text
from windows import MINUTE_MS


def dump_rows(ledger, counts, topic="file"):
    rows = {}
    for row in ledger.rows.values():
        rows[f"FEDCOST#{row.account}/PERIOD#{row.period}"] = row.record()
        rows[f"PERIOD#{row.period}/INSTANCE#{row.account}"] = {}
    for account in ledger.accounts.values():
        rows |= rolling_rows(account, ledger.first_open * MINUTE_MS)
        for standing in account.all_standings():
            if standing.number > 0:
                rows[f"ENFORCE#{account.name}/{standing.limit.name}"] = standing.row()
    rows |= ledger.grants.rows()
    rows |= ledger.account_book.keys.rows()
    for partition, counted in counts.items():
        rows[f"META/COUNTS#{topic}/{partition}"] = counted
    if ledger.watermark_ms is not None:
        rows["META/WATERMARK"] = {"watermark_ms": ledger.watermark_ms}
    return sorted(rows.items(), key=lambda item: item[0].encode())


def rolling_rows(account, as_of_ms):
    """One row for each window, with the meters that are asked for over it."""
    rows = {}
    for meter, panes in sorted(account.meters.items()):
        for counter in panes.counters.values():
            key = f"ROLLING#{account.name}/{rolling_name(counter.panes)}"
            row = rows.setdefault(key, {"as_of_ms": as_of_ms, "meters": {}})
            row["meters"][meter] = counter_record(meter, counter)
    return rows


def counter_record(meter, counter):
    if meter in ("usd", "usd_ok"):
        record = {"live_pico_usd": str(counter.live), "live_usd": usd_text(counter.live),
                  "sample_pico_usd": str(counter.sample)}
    else:
        record = {"live": counter.live, "sample": counter.sample}
    emas = {alpha: fixed_text(ema, 6) for alpha, ema in sorted(counter.emas.items()) if ema is not None}
    return record | {"ema": emas} if emas else record
