"""A new configuration (docs/semantics.md#limits, "Other limits after a restart"): which limits are the same, what is released,
and what is judged anew."""

from limits import Standing

SAME = ("name", "account", "kind", "where", "meter", "count_failed", "panes", "calendar", "judge")


def is_same(a, b):
    """What a limit counts, and when."""
    return all(getattr(a, name) == getattr(b, name) for name in SAME)


def follow(ledger, configuration, effective_ms):
    """The ledger goes on under the limits and keys of `configuration`. Releases come first, in the order of the limits as they were."""
    goes_on_as = {id(old): next((new for new in configuration.limits if is_same(old, new)), None) for old in ledger.configuration.limits}
    ledger.configuration = configuration
    ledger.grants.follow(configuration, goes_on_as)
    ledger.account_book.follow(configuration)
    decisions = []
    for account in ledger.accounts.values():
        for standing in account.standings:
            if goes_on_as[id(standing.limit)] is None:
                decisions += [(standing, decision) for decision in standing.release(effective_ms)]
                account.former[standing.limit.name] = standing
    ledger.tell(decisions)
    decisions = []
    for account in ledger.accounts.values():
        kept = {id(goes_on_as[id(standing.limit)]): standing for standing in account.standings}
        account.ask(configuration.limits)
        account.standings = []
        for limit in configuration.limits:
            if limit.holds_for(account.name, account.kind):
                amount, counter = ledger.grants.amount_of(limit, account.name), account.counter_of(limit)
                if id(limit) in kept:
                    standing = kept[id(limit)]
                    told = standing.go_on(limit, counter, amount, effective_ms)
                else:
                    standing = Standing(limit, account.name, counter, amount)
                    told = standing.begin(effective_ms, account.former.pop(limit.name, None))
                account.standings.append(standing)
                decisions += [(standing, decision) for decision in told]
        account.deadline_ms = 0  # to be worked out anew
    ledger.tell(decisions)
