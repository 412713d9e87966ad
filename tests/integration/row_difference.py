"""What differs between two dumps or two lists of decisions, for a reader."""

DIFFERENCES_SHOWN = 12
DIFFERENCE_LENGTH_MAX = 400


def member_differences(expected, actual, path=""):
    """['cost_usd: 1.5 is 1.6'] for two JSON values: what the first has, and what the second has instead."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        lines = []
        for name in sorted(expected.keys() | actual.keys()):
            below = f"{path}.{name}" if path else name
            if name not in actual:
                lines.append(f"{below}: {expected[name]!r} is missing")
            elif name not in expected:
                lines.append(f"{below}: {actual[name]!r} is too many")
            else:
                lines += member_differences(expected[name], actual[name], below)
        return lines
    if type(expected) is type(actual) and expected == actual:
        return []
    return [f"{path or 'value'}: {expected!r} is {actual!r}"]


def row_differences(expected, actual):
    """For {key: record}; one entry for each key that differs. Not of COMMAND# rows, which say when somebody did what: two processes
    over one input, or one and its replay, have other times there."""
    lines = []
    for key in sorted(expected.keys() | actual.keys(), key=str.encode):
        if key.startswith("COMMAND#"):
            continue
        if key not in actual:
            lines.append(f"{key}: missing {expected[key]}")
        elif key not in expected:
            lines.append(f"{key}: too many {actual[key]}")
        elif members := member_differences(expected[key], actual[key]):
            lines.append(f"{key}: " + "; ".join(members))
    return lines


def decision_differences(expected, actual):
    """For lists in order; the first place where they part says most, so it comes first."""
    expected, actual, lines = list(expected), list(actual), []
    for place, (wanted, given) in enumerate(zip(expected, actual)):
        if members := member_differences(wanted, given):
            lines.append(f"decision {place} of {wanted['limit']} on {wanted['account']}: " + "; ".join(members))
    for place in range(len(actual), len(expected)):
        lines.append(f"decision {place} is missing: {expected[place]}")
    for place in range(len(expected), len(actual)):
        lines.append(f"decision {place} is too many: {actual[place]}")
    return lines


def shown(lines):
    """The first ones as one text."""
    more = len(lines) - DIFFERENCES_SHOWN
    first = [line[:DIFFERENCE_LENGTH_MAX] for line in lines[:DIFFERENCES_SHOWN]]
    return "\n".join(["", *first, *([f"... and {more} more"] if more > 0 else [])])


def without(rows, *members):
    """The rows without these members of their records."""
    return {key: {name: value for name, value in record.items() if name not in members} for key, record in rows.items()}


def of_prefixes(rows, *prefixes):
    return {key: record for key, record in rows.items() if key.startswith(prefixes)}


def without_zero_reasons(rows):
    """META/COUNTS may name reasons that never occurred."""
    return {
        key: {**record, "refused": {reason: count for reason, count in record["refused"].items() if count}}
        if key.startswith("META/COUNTS#") else record
        for key, record in rows.items()
    }
