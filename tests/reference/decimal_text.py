"""Numbers as text (docs/semantics.md#spans): JSON's number syntax, pico-dollars, half to even. No float anywhere."""

import re

PICO_DECIMALS = 12
BEYOND_EVERYTHING = 10**40  # stands for any magnitude of more than 40 digits: far over every bound of ours

JSON_NUMBER = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?", re.ASCII)


def split_decimal(text, decimals):
    """|text| * 10**decimals as (sign, whole, rest): `rest` are the digits that do not fit. None if it is no JSON number."""
    match = JSON_NUMBER.fullmatch(text)
    if match is None:
        return None
    sign = -1 if match[1] else 1
    digits = match[2] + (match[3] or "")
    point = len(match[2]) + bounded_exponent(match[4] or "0") + decimals
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    if not stripped:
        return sign, 0, ""
    if point > 40:
        return sign, BEYOND_EVERYTHING, ""
    if point < 0:
        return sign, 0, "0" + stripped  # below a tenth: the exact number of zeros changes no rounding
    whole = stripped[:point].ljust(point, "0")
    return sign, int(whole or "0"), stripped[point:]


def bounded_exponent(text):
    """No record is long enough for a mantissa that an exponent of ten digits would not drown."""
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-").lstrip("0")
    return sign * (10**9 if len(digits) > 9 else int(digits or "0"))


def exact_integer(text):
    """The value of a JSON number that must be an integer; None with a fraction. `1e3` and `1.0` are integers."""
    sign, whole, rest = split_decimal(text, 0)
    return None if rest.strip("0") else sign * whole


def pico_from_decimal(text):
    """A decimal text in USD as pico-dollars, half to even; None if it does not follow JSON's number syntax."""
    parts = split_decimal(text, PICO_DECIMALS)
    if parts is None:
        return None
    sign, whole, rest = parts
    if rest and (rest[0] > "5" or (rest[0] == "5" and (rest[1:].strip("0") or whole % 2 == 1))):
        whole += 1
    return sign * whole


def divide_half_even(numerator, denominator):
    """numerator / denominator (both not negative), rounded once, half to even."""
    quotient, remainder = divmod(numerator, denominator)
    if 2 * remainder > denominator or (2 * remainder == denominator and quotient % 2 == 1):
        quotient += 1
    return quotient


def divide_toward_zero(numerator, denominator):
    return numerator // denominator if numerator >= 0 else -(-numerator // denominator)


def fixed_text(value, decimals):
    """value / 10**decimals with exactly that many decimals."""
    whole, fraction = divmod(abs(value), 10**decimals)
    return f"{'-' if value < 0 else ''}{whole}.{fraction:0{decimals}d}"


def usd_text(pico):
    """Decimal USD, up to 12 decimals, no exponent, no zeros that say nothing."""
    return fixed_text(pico, PICO_DECIMALS).rstrip("0").rstrip(".")
