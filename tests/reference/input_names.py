"""Names of every kind: hosts good and bad, paths, letters that are escaped, small caps, composite kinds, parents."""

from input_spans import Profile, price, table

DAY = 86_400_000

DOMAINS = [
    "mastodon.social", "MASTODON.social.", "https://mastodon.social/@me", "http://user:pw@Mastodon.Social:8080/x?y=1#z",
    "a.b:443",
    "mastodon.social?x", "mastodon.social#x", "user@pixelfed.de", "ftp+x://pixelfed.de", "faß.de", "FAß.de", "Bücher.example",
    "bu\u0308cher.example", "☃.example", "例え.テスト", "例え。テスト", "exa\u00admple.com", "ＥＸＡＭＰＬＥ.com", "xn--bcher-kva.example",
    "XN--bcher-kva.EXAMPLE", "10.0.0.7", "http://10.0.0.7:80/", "１０.0.0.7", "localhost", "a-b.c-d", "1a.2b", "3com.com",
    "0.0.0.0",
    "255.255.255.255", "россия.рф", "x" * 63 + ".org", "a.b.c.d.e.f.g",
    "≠.example", "ab--ü.example", "https://b%C3%BCcher.example/", "%E4%BE%8B%E3%81%88.%E3%83%86%E3%82%B9%E3%83%88", "mastodon%2Esocial",
    "%4DASTODON.social%2E", "https://a%40b@pixelfed.de/%2F", "i%E2%9D%A4.ws", "🚀.example", "אa.example", "a\u200db.example",
    "https://a.example/\ud83d", "a.example?\udcff", "\ud83d@a.example"]
BAD_DOMAINS = [
    "global", "GLOBAL", "https://global/", "a_b.example", "-a.example", "a-.example", "a..example", ".example", "a.example..",
    ".",
    "256.1.1.1", "1.2.3", "1.2.3.4.5", "a.1", "x" * 64 + ".org", ".".join(["y" * 60] * 5), "[::1]:80", "a b.example",
    "a\u0001.example", "a\ud83d.example", "\udcff.example", "a.example\udcc3",
    "a%20b.example", "%67lobal", "a%2Fb.example", "a%00b.example", "a%25.example", "a%252Eexample", "a%2.example", "a%ZZ.example",
    "%FF.example", "%C3.example", "%7Eother", "evil.example%40mastodon.social", "evil.example%3A443", "ü%2F.example", "bücher.xn--zz",
    "\u0308a.example", "~other", "a,b.example", "https://", "/path", "a.example:port", "ab\u007f.example", " a.example"]
CONTESTED_DOMAINS = [
    "a.example:", "//a.example/x", "mailto:a@b.example", "01.2.3.4", "a.example。", "https://a.example/" + "p" * 300, "a.example\\x"]
NAMES = [
    "api", "API", "a/b", "a%b", "a%2Fb", "a#b", "a,b", "~other", "~invalid", "~", "a~", "x:~other", "x:~invalid", "service:api",
    "emoji 🚀",
    "ünïcode", "e\u0301", "é", "with space", " lead", "a\"b\\c", "tab\tinside", "nul\u0000", "line\nfeed", "del\u007f",
    "x" * 256, "x" * 257,
    "ü" * 128, "ü" * 129, "%" * 256, ".", "..", "null", "ROLLING#x/24h", "🚀" * 64,
    "cut\ud83d", "\ude00\ud83d", "x" * 255 + "\udc00", "\udcff", "caf\udce9", "\udced\udca0\udc80", "x" * 255 + "\udcff"]
CONTESTED_NAMES = ["c1\u0085", "\u202e", "x\ufeff"]
OPERATIONS = [
    "/api/v2/users/123/orders/456", "GET /api/v2/users/abc", "/1/2/3", "12345678", "/deadbeef", "/DEADBEEF00", "/deadbee",
    "/123e4567-e89b-12d3-a456-426614174000/x", "/" + "s" * 32, "/" + "s" * 33, "/" + "ü" * 16, "/" + "ü" * 17, "no path",
    "a//b/", "/",
    "/~/a", "~/12", "/a%2Fb/7", "/v1,v2/9?x=1", "/cafebabe-1/x", "/12a/x", "/".join(["abcdefg"] * 40), "z" * 300, "/0x1234567",
    "/a/\ud83d", "/\udcff/17", "/" + "s" * 31 + "\ud83d", "/" + "s" * 32 + "\ud83d", "/" + "s" * 32 + "\udcff"]
CONTESTED_OPERATIONS = ["/" + "z" * 300, "/ctl\u0001" + "z" * 40]


class NamesProfile(Profile):
    """Months turn, so that accounts leave memory and places become free."""

    def configuration(self):
        self.cap = self.random.choice([5, 12, 40])
        parents = {f"virtual_key:vk{n}": [f"customer:c{n}"] for n in range(60)}
        parents |= {"virtual_key:top": ["team:search", "team:ads"], "team:search": ["user:root"], "team:ads": ["user:root"],
                    "user:root": ["customer:%7Eroot"], "pixelfed.de": ["model:federated"],
                    "virtual_key:a%2Fb": ["model:%7Eodd", "model:federated"]}
        kinds = {"zz_pair": ["domain", "activity"], "by_operation": ["operation"], "region_model": ["region", "provider"],
                 "all_three": ["service", "operation", "domain"], "session_service": ["session", "service"]}
        yield from self.head(periods=["day", "month"], accounts={
            "max_per_kind": self.cap, "kinds": kinds, "parents": parents | {"session:run-0": ["end_user:eve", "team:search"]},
            "short_lived": self.random.choice([[], ["virtual_key"], ["zz_pair", "commit"]])})
        yield from price("input_tokens", "3", 1_000)
        yield from price("input_tokens", "5", 1_000, operation="/api/v2/users/*/orders/*")
        yield from price("input_tokens", "7", 1_000, region="a/b")
        # Where no limit counts the requests of everyone, accounts without cost give way.
        self.free = self.random.choice([0, 0.6])
        everyone = [("everyone", {"kind": "all"}), ("domain", {"kind": "domain"})] if self.free == 0 else []
        for name, who in [("kind", {"kind": "service"}), ("strangers", {"account": "service:~other"}),
                          ("invalid", {"account": "domain:~invalid"}), ("escaped", {"account": "service:a%2Fb"}),
                          ("pair", {"kind": "zz_pair"}), ("session", {"kind": "session"})] + everyone:
            yield from table("[[limit]]", name=name, **who, meter="requests", amount=self.random.randint(2, 60),
                             window=self.random.choice(["rolling 24h", "day", "rolling 3h", "month"]), judge="total",
                             steps=[[100, "block"]])

    def lines(self, spans):
        step_ms = 4 * DAY // spans
        for number in range(spans):
            self.clock_ms += int(self.random.expovariate(1 / step_ms))
            if number in (spans // 2, spans * 3 // 4):
                self.clock_ms += 36 * DAY
            yield self.line(self.named(self.jittered()))

    def named(self, time_ms):
        span = {"time_ms": time_ms} | self.cost()
        if self.random.random() < self.free:
            span |= {"cost_usd": None, "cost_pico_usd": 0, "cost_amount": None}
        elif self.random.random() < 0.5:
            span |= {"cost_usd": None, "cost_pico_usd": None, "cost_amount": None,
                     "usage": [{"meter": "input_tokens", "quantity": self.random.randint(1, 999)}]}
        for name, share in (("domain", 0.6), ("service", 0.6), ("operation", 0.5), ("activity", 0.3), ("region", 0.2),
                            ("provider", 0.2),
                            ("virtual_key", 0.3), ("commit", 0.1), ("session", 0.4), ("end_user", 0.2)):
            if self.random.random() < share:
                span[name] = self.name(name)
        if "virtual_key" not in span and self.random.random() < 0.2:
            span |= {"team": self.random.choice(["search", "ads", "own"])}
        span.setdefault("region", "r")
        return span

    def name(self, dimension):
        chance = self.random
        if dimension == "domain":
            return chance.choice(chance.choice([DOMAINS, DOMAINS, BAD_DOMAINS] + [CONTESTED_DOMAINS] * self.contested)
                                 + [f"peer{chance.randint(0, 60)}.example"])
        if dimension == "operation":
            return chance.choice(OPERATIONS + CONTESTED_OPERATIONS * self.contested)
        if dimension == "session":
            return chance.choice([f"run-{chance.randint(0, 60)}", f"run-{self.clock_ms // 7_200_000}"])
        if dimension == "virtual_key":
            return chance.choice(["top", "a/b", f"vk{chance.randint(0, 59)}", "lonely"])
        if dimension == "service" and chance.random() < 0.3:
            return f"service-{chance.randint(0, 60)}"
        return chance.choice(NAMES + CONTESTED_NAMES * self.contested)
