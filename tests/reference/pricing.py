"""Pricing (docs/semantics.md#spans): what a span costs when its producer did not say."""

from dataclasses import dataclass

from accounts import normalise_operation
from decimal_text import divide_half_even


@dataclass
class Price:
    """pico-USD per `per` units of `meter`, for spans that carry all of `names` (dimension -> value)."""
    meter: str
    pico_usd: int
    per: int
    names: dict


class PriceBook:
    def __init__(self, prices):
        self.prices = prices

    def price_for(self, span, meter):
        """The price that names most; of equals the later one."""
        best = None
        for price in self.prices:
            if price.meter == meter and all(dimension_of(span, name) == value for name, value in price.names.items()):
                if best is None or len(price.names) >= len(best.names):
                    best = price
        return best

    def cost_of(self, span):
        """(pico-USD, whether a usage meter above 0 had no price) of a span without a cost of its own."""
        total, unpriced = 0, False
        for meter, quantity in span.usage.items():
            price = self.price_for(span, meter)
            if price is not None:
                total += divide_half_even(quantity * price.pico_usd, price.per)
            elif quantity > 0:
                unpriced = True
        for meter, quantity, divisor in (("requests", int(span.is_request), 1), ("duration_ms", span.duration_us, 1000),
                                         ("ingress_bytes", span.ingress_bytes, 1), ("egress_bytes", span.egress_bytes, 1)):
            price = self.price_for(span, meter)
            if price is not None:
                total += divide_half_even(quantity * price.pico_usd, price.per * divisor)
        return total, unpriced


def dimension_of(span, name):
    value = span.texts.get(name)
    return normalise_operation(value) if name == "operation" and value is not None else value
