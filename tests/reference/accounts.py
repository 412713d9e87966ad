"""Accounts (docs/semantics.md#accounts): which names a span is charged to."""

import re
import unicodedata
import urllib.parse

import idna

from keys import Keys

DIMENSIONS = ("domain", "service", "operation", "commit", "activity", "region", "provider", "model", "virtual_key", "team",
              "customer", "user", "session", "end_user")
BUILT_IN_KINDS = ("global", "domain", "service", "commit", "provider", "model", "virtual_key", "team", "customer", "user", "session",
                  "end_user")
NAME_BYTES_MAX = 256


class AccountBook:
    """Kinds in their order (the built-in ones, then the configured ones by name) and the parents of accounts."""

    def __init__(self, configuration):
        self.kinds = [(kind, [] if kind == "global" else [kind]) for kind in BUILT_IN_KINDS]
        self.kinds += sorted(configuration.kinds.items(), key=lambda item: item[0].encode())
        self.keys = Keys(configuration)

    def follow(self, configuration):
        self.keys.follow(configuration)

    def accounts_of(self, span, admit):
        """The set of accounts of a span, each once. `admit(kind, account, charged)` answers the account, or the kind's ~other
        when the kind is full; `charged` are those of the span so far. Parents follow the account that has them, and are charged whether or not it found a place."""
        charged, reached = [], set()

        def reach(kind, account):
            waiting = [(kind, account)]
            for one_kind, one in waiting:  # those that are nearest come first
                if one in reached:
                    continue
                reached.add(one)
                admitted = admit(one_kind, one, charged)
                if admitted not in charged:
                    charged.append(admitted)
                waiting += [(kind_of(parent), parent) for parent in self.keys.parents_of(one)]

        for kind, dimensions in self.kinds:
            if all(span.texts.get(dimension) for dimension in dimensions):
                reach(kind, account_text(kind, [(dimension, span.texts[dimension]) for dimension in dimensions], self.keys))
        return charged


def kind_of(account):
    """`global` and `kind:value` say their kind; a bare name is a domain."""
    if account == "global":
        return "global"
    kind, colon, _ = account.partition(":")
    return kind if colon else "domain"


def belongs_to_strangers(kind, account):
    """~other and ~invalid of a kind. A value that is really called so is written %7E."""
    return account in (f"{kind}:~other", f"{kind}:~invalid")


def account_text(kind, values, keys=None):
    """An id of a key means the key. `values` are (dimension, text as it came). One bad value makes the whole name `kind:~invalid`."""
    if kind == "global":
        return "global"
    names = []
    for dimension, text in values:
        if dimension == "domain":
            text = normalise_domain(text)
        elif dimension == "operation":
            text = normalise_operation(text)
        if text is None or not is_good_name(text):
            return f"{kind}:~invalid"
        names.append(keys.name_of(escape(text)) if keys and dimension == "virtual_key" else escape(text))
    return names[0] if kind == "domain" else f"{kind}:{','.join(names)}"


def is_good_name(text):
    """At most 256 bytes, no control bytes. (What came as JSON is UTF-8, or the record was refused.)"""
    return 0 < len(text.encode()) <= NAME_BYTES_MAX and not any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in text)


def escape(text):
    written = "".join(f"%{ord(letter):02X}" if letter in "%#/," or ord(letter) < 0x20 else letter for letter in text)
    return "%7E" + written[1:] if written.startswith("~") else written


HEXADECIMAL = re.compile(r"[0-9a-fA-F]{8,}")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DIGITS = re.compile(r"[0-9]+")


def normalise_operation(text):
    """In a path the segments that name one thing become `*`: /api/v2/users/*/orders/*."""
    if "/" not in text:
        return text
    return "/".join("*" if names_one_thing(segment) else segment for segment in text.split("/"))


def names_one_thing(segment):
    return bool(DIGITS.fullmatch(segment) or UUID.fullmatch(segment) or HEXADECIMAL.fullmatch(segment)
                or len(segment.encode()) > 32)


SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
PORT = re.compile(r":[0-9]*\Z")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
OCTET = re.compile(r"0|[1-9][0-9]{0,2}")


def normalise_domain(text):
    """The host name of a federated peer, or None if there is no good one."""
    scheme = SCHEME.match(text)
    host = text[scheme.end():] if scheme else text
    host = re.split(r"[/?#]", host, maxsplit=1)[0]
    host = host.rpartition("@")[2]
    host = percent_decoded(PORT.sub("", host)).removesuffix(".")
    host = host.lower() if host.isascii() else to_ascii(host)
    return host if host is not None and is_host_name(host) and host != "global" else None


def percent_decoded(host):
    """Once. What is then no UTF-8 becomes U+FFFD, and a '%' that begins no escape stays: neither is in a host name."""
    return urllib.parse.unquote(host, errors="replace") if "%" in host else host


def is_host_name(host):
    """RFC 1123, or, when the last label is all digits, an IPv4 address."""
    labels = host.split(".")
    if DIGITS.fullmatch(labels[-1]):
        return len(labels) == 4 and all(OCTET.fullmatch(label) and int(label) <= 255 for label in labels)
    return len(host) <= 253 and all(LABEL.fullmatch(label) for label in labels)


def to_ascii(host):
    """UTS 46, non-transitional. The mapping table is python3-idna's; its stricter IDNA 2008 check is not asked for. What is
    left of ASCII is judged by is_host_name."""
    try:
        mapped = idna.uts46_remap(host, std3_rules=False, transitional=False)
        return ".".join(label_to_ascii(label) for label in mapped.split("."))
    except (idna.IDNAError, UnicodeError):
        return None


def label_to_ascii(label):
    unicode_label = label
    if label.startswith("xn--"):
        unicode_label = label[4:].encode("ascii").decode("punycode")
        if not unicode_label or unicode_label.isascii() or idna.uts46_remap(unicode_label, False, False) != unicode_label:
            raise idna.IDNAError("not what a valid label is encoded to")
    if unicode_label.isascii():
        return unicode_label
    if unicodedata.category(unicode_label[0]).startswith("M"):
        raise idna.IDNAError("begins with a combining mark")
    return "xn--" + unicode_label.encode("punycode").decode("ascii")
