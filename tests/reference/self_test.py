"""Cases worked out by hand. They check the model, not the program."""

import json
from datetime import datetime, timedelta

from accounts import account_text, normalise_domain, normalise_operation
from configuration import configuration_from
from decimal_text import divide_half_even, divide_toward_zero, exact_integer, pico_from_decimal, usd_text
from providers import split_model
from reference_model import Replay
from windows import CalendarWindow, EPOCH, epoch_ms

START = 1_740_614_400_000  # 2025-02-27T00:00:00Z, the begin of a minute, an hour and a day
MINUTE = 60_000


def span(time_ms, usd, **members):
    return json.dumps({"time_ms": time_ms, "service": "s", "cost_usd": usd} | members).encode()


def replay(lines, close=False, **toml):
    model = Replay(configuration_from(toml), now_ms=START + 400 * 86_400_000, verify=True)
    model.read_lines(0, lines)
    if close:
        model.close()
    return model


def told(model, *fields):
    return [tuple(decision[name] for name in fields) for decision in model.ledger.decisions]


def limit(**members):
    return {"name": "l", "account": "service:s", "meter": "usd", "amount": "10", "window": "rolling 2m", "judge": "total",
            "steps": [[50, "warn"], [100, "block"]]} | members


def numbers():
    assert [pico_from_decimal(text) for text in ("1", "1e-12", "5e-13", "15e-13", "-5e-13", "-6e-13", "0e999999999999")] == [
        10**12, 1, 0, 2, 0, -1, 0]
    assert pico_from_decimal("1e999999999999") > 10**30 and pico_from_decimal("1e-999999999999") == 0
    assert [pico_from_decimal(text) for text in ("", "+1", ".5", "1.", "01", "1e", "0x1", " 1", "1\n", "NaN")] == [None] * 10
    assert [exact_integer(text) for text in ("12", "1e3", "1.0", "1.5", "-0", "120e-1", "125e-1")] == [
        12, 1000, 1, None, 0, 12, None]
    assert [usd_text(pico) for pico in (0, 1, 10**12, -25 * 10**11, 10**13)] == ["0", "0.000000000001", "1", "-2.5", "10"]
    assert [divide_half_even(n, 4) for n in (1, 2, 3, 5, 6)] == [0, 0, 1, 1, 2]
    assert [divide_toward_zero(n, 10) for n in (19, -19, 9, -9)] == [1, -1, 0, 0]


def names():
    assert normalise_domain("https://User:pw@Mastodon.Social.:443/@x?y#z") == "mastodon.social"
    assert normalise_domain("faß.de") == "xn--fa-hia.de" and normalise_domain("Bücher.example") == "xn--bcher-kva.example"
    assert normalise_domain("1.2.3.4") == "1.2.3.4" and normalise_domain("１.2.3.4") == "1.2.3.4"
    assert normalise_domain("https://live.retro.%E3%81%BF%E3%82%93%E3%81%AA/x") == "live.retro.xn--q9jyb4c"
    assert normalise_domain("a%2Eb%2E") == "a.b" and normalise_domain("🍔.social") == "xn--ui8h.social"
    for bad in ("a%2Fb.c", "a%00.b", "a%25.b", "a%252Eb", "a%2", "%67lobal", "%FF.b", "a%40b.c"):
        assert normalise_domain(bad) is None, bad
    for bad in ("", "a..b", "-a.b", "a_b.c", "1.2.3", "256.1.1.1", "global", "GLOBAL.", "x" * 64 + ".y", "[::1]:80", "a b"):
        assert normalise_domain(bad) is None, bad
    assert normalise_operation("/api/v2/users/123/orders/deadbeef00") == "/api/v2/users/*/orders/*"
    assert normalise_operation("/a/123e4567-e89b-12d3-a456-426614174000/" + "b" * 33) == "/a/*/*"
    assert normalise_operation("12345678") == "12345678" and normalise_operation("/1/") == "/*/"
    assert account_text("domain", [("domain", "X.y")]) == "x.y" and account_text("domain",
    [("domain", "_")]) == "domain:~invalid"
    assert account_text("service", [("service", "~a/b%c#d,e~")]) == "service:%7Ea%2Fb%25c%23d%2Ce~"
    assert account_text("k", [("domain", "a.b"), ("activity", "Create")]) == "k:a.b,Create"
    assert account_text("k", [("domain", "a.b"), ("activity", "\x7f")]) == "k:~invalid"


def broken_texts():
    """Bytes that are no UTF-8, and halves of pairs: no name, and nothing to anybody else."""
    at = b'"time_ms":%d,"cost_usd":"1"' % START
    lines = [b'[{"team":"a",%s},{"team":"b\\ud83d",%s},{"team":"c",%s,"x\xff":["\\udc00"]}]' % (at, at, at),
             b'\xef\xbb\xbf{"team":"\xed\xa0\x80",%s}' % at, b'\xef\xbb\xbf ', b'{"team":"a",%s}\xff' % at]
    rows = dict(replay(lines).dump())
    assert [key for key in rows if "PERIOD" in key and key.startswith("FEDCOST#team")] == [
        f"FEDCOST#team:{team}/PERIOD#2025-02" for team in ("a", "c", "~invalid")]
    assert rows["FEDCOST#team:~invalid/PERIOD#2025-02"]["cost_usd"] == "2"
    assert rows["META/COUNTS#file/0"]["polled"] == 5 and rows["META/COUNTS#file/0"]["refused"] == {"not_decodable": 1}


def periods():
    assert CalendarWindow("week").key(START) == "2025-W09" and CalendarWindow("week").key(1_798_761_600_000) == "2026-W53"
    assert CalendarWindow("quarter").key(START) == "2025-Q1" and CalendarWindow("hour").key(START) == "2025-02-27T00"
    assert CalendarWindow("month").bounds(START) == (START - 26 * 86_400_000, START + 2 * 86_400_000)
    assert CalendarWindow("every", 5 * 3_600_000).bounds(START)[0] % (5 * 3_600_000) == 0
    assert CalendarWindow("every", 7, anchor_ms=-3).bounds(-4) == (-10, -3) and CalendarWindow("lifetime").bounds(START)[0] == 0


def zones():
    """Days that begin at 01:00 or are left out, hours that come twice, and a day that begins before clocks are set back."""
    def bounds(name, zone, text, **more):
        start, end = CalendarWindow(name, zone=zone, **more).bounds(at(text))
        return (EPOCH + timedelta(milliseconds=start)).isoformat()[:16], (EPOCH + timedelta(milliseconds=end)).isoformat()[:16]

    assert bounds("day", "Europe/Berlin", "2026-03-29T12:00") == ("2026-03-28T23:00", "2026-03-29T22:00")
    assert bounds("hour", "Europe/Berlin", "2026-10-25T01:59") == ("2026-10-25T00:00", "2026-10-25T02:00")
    assert bounds("day", "America/Sao_Paulo", "2017-10-15T03:00") == ("2017-10-15T03:00", "2017-10-16T02:00")
    assert bounds("day", "Pacific/Apia", "2011-12-30T09:59") == ("2011-12-29T10:00", "2011-12-30T10:00")
    assert CalendarWindow("day", zone="Pacific/Apia").key(at("2011-12-30T10:00")) == "2011-12-31"
    assert bounds("hour", "Australia/Lord_Howe", "2026-04-04T15:00") == ("2026-04-04T14:00", "2026-04-04T15:30")
    assert bounds("day", "America/St_Johns", "2007-11-04T03:00") == ("2007-11-04T02:30", "2007-11-05T03:30")
    assert bounds("hour", "America/St_Johns", "2007-11-04T03:00") == ("2007-11-04T02:30", "2007-11-04T04:30")
    assert bounds("week", "UTC", "2026-03-07T12:00", week_start=6) == ("2026-03-01T00:00", "2026-03-08T00:00")
    assert bounds("year", "UTC", "2026-03-31T12:00", year_start=4) == ("2025-04-01T00:00", "2026-04-01T00:00")
    assert bounds("month", "UTC", "2026-01-14T12:00", month_day=15) == ("2025-12-15T00:00", "2026-01-15T00:00")


def at(text):
    return epoch_ms(datetime.fromisoformat(text))


def a_lattice_of_its_own():
    """Two accounts, two lattices; the first closing at or past a window's end is told as its end."""
    lines = [span(START + 7, "6"), span(START + 90, "10", service="t"), span(START + 60_006, "5"), span(START + 180_000, "0")]
    model = replay(lines, limit=[limit(account=None, kind="service", window="every 1m", anchor="first")])
    assert told(model, "account", "action", "window_start_ms", "effective_ms", "window") == [
        ("service:s", "warn", START + 7, START + 7, "every 1m from first"),
        ("service:t", "block", START + 90, START + 90, "every 1m from first"),
        ("service:s", "block", START + 7, START + 60_006, "every 1m from first"),
        ("service:s", "release", START + 7, START + 120_000, "every 1m from first"),
        ("service:t", "release", START + 90, START + 120_000, "every 1m from first")]


def a_lifetime_has_neither_begin_nor_end():
    lines = [span(START, "5"), span(START + 3 * 86_400_000, "5")]  # of the next month
    model = replay(lines, limit=[limit(window="lifetime")])
    assert told(model, "action", "window_start_ms", "valid_until_ms", "ttl_ms", "observed_usd") == [
        ("warn", None, None, None, "5"), ("block", None, None, None, "10")]


def total_limit_rises_renews_and_falls():
    """10 USD over 2 minutes: block with the second charge, one renewal (half of ttl), gone when both panes are out."""
    lines = [span(START, "5"), span(START + 1000, "5"), span(START + MINUTE, "1"), span(START + 5 * MINUTE, "0")]
    model = replay(lines, limit=[limit(ttl="2m")])
    assert told(model, "number", "effective_ms", "action", "previous", "reason", "observed_usd", "valid_until_ms") == [
        (1, START, "warn", "none", "total_reached", "5", None),
        (2, START + 1000, "block", "warn", "total_reached", "10", START + 1000 + 2 * MINUTE),
        (3, START + 2 * MINUTE, "release", "block", "total_fell", "1", None)]
    model = replay([span(START, "10"), span(START + 3 * MINUTE, "0")], close=True, limit=[limit(ttl="2m", window="rolling 3m")])
    assert told(model, "effective_ms", "reason", "valid_until_ms") == [
        (START, "total_reached", START + 2 * MINUTE),
        (START + MINUTE, "total_renewed", START + 3 * MINUTE),
        (START + 2 * MINUTE, "total_renewed", START + 4 * MINUTE),
        (START + 3 * MINUTE, "total_fell", None)]


def ema_limit_trips_and_clears():
    """R = 20 for two closings, then 0. alpha 1/2: E = 20 20 10 5. Two in a row trip; 5 is below 90 % of 9, and 10 is above 9."""
    lines = [span(START, "20"), span(START + 10 * MINUTE, "0")]
    model = replay(lines, limit=[limit(judge="ema", amount="9", alpha="1/2", consecutive=2, action="throttle")])
    assert told(model, "effective_ms", "action", "reason", "observed_usd") == [
        (START + 2 * MINUTE, "throttle", "ema_above", "20"), (START + 4 * MINUTE, "release", "ema_cleared", "5")]


def ema_lease_expires_between_90_and_100_percent():
    """E falls from 20 to 10 where the amount is 10.5: neither above nor below 9.45, so the lease of 1 minute runs out."""
    lines = [span(START, "20"), span(START + 2 * MINUTE, "20"), span(START + 10 * MINUTE, "0")]
    model = replay(lines, limit=[limit(judge="ema", amount="10.5", alpha="1/2", consecutive=1, ttl="1m", window="rolling 1m")])
    assert told(model, "effective_ms", "action", "reason", "observed_usd")[:3] == [
        (START + MINUTE, "throttle", "ema_above", "20"), (START + 2 * MINUTE, "release", "ttl_expired", "10"),
        (START + 3 * MINUTE, "throttle", "ema_above", "15")]


def period_turns_with_two_windows_open():
    """Both hours are at block when the older one ends: told again, with the newer end. Then a release."""
    hour = 3_600_000
    lines = [span(START + hour - 5000, "10"), span(START + hour + 1000, "10"), span(START + 3 * hour, "0")]
    model = replay(lines, limit=[limit(window="hour")])
    assert told(model, "effective_ms", "action", "previous", "reason", "window_start_ms", "valid_until_ms", "ttl_ms") == [
        (START + hour - 5000, "block", "none", "total_reached", START, START + hour, 5000),
        (START + hour, "block", "block", "period_ended", START, START + 2 * hour, hour),
        (START + 2 * hour, "release", "block", "period_ended", START + hour, None, None)]


def late_spans_and_duplicates():
    ids = {"trace_id": "ab" * 16, "span_id": "cd" * 8}
    lines = [span(START, "1", **ids), span(START + 9 * MINUTE, "1"), span(START + 1000, "2", **ids), b"", b"[]",
             span(START + 1000, "4"), b'[{"time_ms":%d,"cost_pico_usd":1,"region":"r"},7]' % START]
    model = replay(lines, limit=[limit(window="rolling 5m", amount="100")])
    rows = dict(model.dump())
    assert rows["META/COUNTS#file/0"] == {"polled": 7, "accepted": 4, "duplicate": 1, "late": 2, "refused": {"not_decodable": 2}}
    assert rows["ROLLING#service:s/5m"]["meters"]["usd"]["live_usd"] == "1"
    assert rows["ROLLING#service:s/24h"]["meters"]["usd"] == {
        "live_pico_usd": "6000000000000", "live_usd": "6", "sample_pico_usd": "1000000000000",
        "ema": {"1/10": "1000000000000.000000"}}
    assert rows["FEDCOST#global/PERIOD#2025-02"]["cost_usd"] == "6.000000000001"
    assert rows["META/WATERMARK"] == {"watermark_ms": START + 9 * MINUTE - 10_000}


def an_account_leaves_when_its_month_is_over():
    """Two places: service:s holds one until March is some hours old, so x is ~other; y then finds the place free."""
    later = START + 20 * 86_400_000
    lines = [span(START, "1"), span(START, "1", service="t"), span(START, "1", service="x"), span(later, "1", service="y")]
    keys = dict(replay(lines, accounts={"max_per_kind": 2}).dump())
    assert [key for key in keys if key.startswith("ROLLING#service")] == ["ROLLING#service:y/24h"]
    assert "FEDCOST#service:~other/PERIOD#2025-02" in keys and "FEDCOST#service:s/PERIOD#2025-02" in keys


def limits_choose_accounts_and_amounts():
    """service:a is chosen and has 20; service:b has 10, of which the failed span is none; service:c is not chosen."""
    lines = [span(START, "15", service="a"), span(START, "9", service="ab"), span(START, "99", service="c"),
             span(START, "5", service="ab", status="error"), span(START, "5", service="a"), span(START, "1", service="ab")]
    chosen = {"name": "l", "kind": "service", "where": {"service": "a*"}, "overrides": {"service:a": "20"}, "meter": "usd",
              "amount": "10", "count_failed": False, "window": "rolling 2m", "judge": "total", "steps": [[100, "block"]]}
    model = replay(lines, limit=[chosen])
    assert told(model, "account", "action", "observed_usd", "amount_usd") == [
        ("service:a", "block", "20", "20"), ("service:ab", "block", "10", "10")]
    rows = dict(model.dump())
    assert rows["ROLLING#service:ab/2m"]["meters"] == {
        "usd_ok": {"live_pico_usd": "10000000000000", "live_usd": "10", "sample_pico_usd": "0"}}
    assert rows["ROLLING#service:ab/24h"]["meters"]["usd"]["live_usd"] == "15" and "ROLLING#service:c/2m" not in rows


def models():
    def split(provider, model):
        texts = {"model": model} | ({} if provider is None else {"provider": provider})
        split_model(texts)
        return texts.get("provider"), texts["model"]
    assert split("openai", "openai/gpt") == ("openai", "gpt") and split(None, "OpenAI/gpt") == ("openai", "gpt")
    assert split("aws.bedrock", "bedrock/a/b") == ("aws.bedrock", "a/b") and split("Foo", "foo/x") == ("Foo", "x")
    assert split("azure", "openai/gpt") == ("azure", "openai/gpt") and split(None, "foo/x") == (None, "foo/x")
    assert split(None, "openai/") == (None, "openai/") and split("openai", "/x") == ("openai", "/x")
    assert split(None, "vertex_ai-chat/x") == ("vertex_ai", "x") and split(None, "vertex_ai-/x") == (None, "vertex_ai-/x")


def a_time_from_the_future():
    """Ten minutes ahead of the append time: charged at that, once. Refused where that is asked for, or there is none."""
    line, at = span(START + 10 * MINUTE, "1"), {"trace_id": "ab" * 16, "span_id": "cd" * 8}
    for toml, accepted in (({}, 2), ({"time": {"future": "refuse"}}, 0)):
        model = Replay(configuration_from(toml), now_ms=0, verify=True)
        model.read_lines(0, [line, span(START + 2 * MINUTE, "1", **at), span(START, "1", **at)], append_ms=[START, START, START])
        rows = dict(model.dump())
        counts = rows["META/COUNTS#file/0"]
        assert (counts["accepted"], counts.get("clamped", 0)) == ((2, 2) if accepted else (1, 0)), counts
        if accepted:
            assert rows["FEDCOST#service:s/PERIOD#2025-02"]["last_ms"] == START and counts["duplicate"] == 1
        else:
            assert counts["refused"] == {"future": 2}


def short_lived_accounts_leave():
    """A session has no counters of its own and is gone with the next closing; its record goes on where it left off."""
    lines = [span(START, "1", session="a"), span(START + 5 * MINUTE, "1", session="b"), span(START + 9 * MINUTE, "1", session="a")]
    model = replay(lines, accounts={"max_per_kind": 1})
    rows = dict(model.dump())
    assert rows["FEDCOST#session:a/PERIOD#2025-02"]["cost_usd"] == "2" and "FEDCOST#session:b/PERIOD#2025-02" in rows
    assert not [key for key in rows if key.startswith("ROLLING#session") or "~other" in key]
    # A limit keeps it for as long as it counts something.
    model = replay(lines, accounts={"max_per_kind": 1}, limit=[limit(account=None, kind="session", window="rolling 3m")])
    rows = dict(model.dump())
    assert [key for key in rows if key.startswith("ROLLING#session")] == ["ROLLING#session:a/3m"]
    model = replay(lines, accounts={"max_per_kind": 1}, limit=[limit(account=None, kind="session", window="hour")])
    assert dict(model.dump())["FEDCOST#session:~other/PERIOD#2025-02"]["cost_usd"] == "1"


def keys_mean_accounts():
    """Ids are charged to the key, a command moves it, and what cannot stand beside the others changes nothing."""
    def command(number, offset, what, **body):
        return {"number": number, "at_ms": START, "what": what, "body": body, "before": {"file/0": offset}}
    commands = [command(2, 1, "key", name="k", ids=["a", "b"], parents=["team:y"]), command(3, 1, "key", name="m", ids=["b"]),
                command(4, 1, "key", name="m", parents=["virtual_key:a"]), command(5, 1, "key", name="n", parents=["virtual_key:n"]),
                command(6, 2, "key_removed", name="k"), command(7, 2, "key_removed", name="k")]
    model = Replay(configuration_from({"key": [{"name": "k", "ids": ["a"], "parents": ["team:x"], "owner": "o"}], "limit": [
        limit(account="virtual_key:k", amount="1")]}), now_ms=START, verify=True, commands=commands)
    model.read_lines(0, [span(START, "1", virtual_key="a"), span(START, "2", virtual_key="b"), span(START, "4", virtual_key="b")])
    rows = dict(model.dump())
    spent = {key.split("/")[0]: row["cost_usd"] for key, row in rows.items() if key.startswith("FEDCOST#")}
    assert (spent["FEDCOST#virtual_key:k"], spent["FEDCOST#team:x"], spent["FEDCOST#team:y"]) == ("7", "1", "6"), spent
    assert [key for key in rows if key.startswith("KEY#")] == ["KEY#k"] and rows["KEY#k"]["removed"]
    assert "FEDCOST#virtual_key:b" not in spent and [decision["owner"] for decision in model.ledger.decisions] == ["o"]


def run():
    cases = [numbers, names, broken_texts, periods, zones, a_lattice_of_its_own, a_lifetime_has_neither_begin_nor_end,
             total_limit_rises_renews_and_falls, ema_limit_trips_and_clears,
             ema_lease_expires_between_90_and_100_percent, period_turns_with_two_windows_open, late_spans_and_duplicates,
             an_account_leaves_when_its_month_is_over, limits_choose_accounts_and_amounts, models, a_time_from_the_future,
             short_lived_accounts_leave, keys_mean_accounts]
    for case in cases:
        case()
        print(f"ok {case.__name__}")
    return 0
