"""A probe's curve in one line: where objects are found, and where fewest are."""

from objloc.insight.probes.curve import Curve

GOOD = 0.9
"""Recall from which on objects count as found reliably."""


def good_range(curve: Curve) -> str:
    """The longest run of tried values at which recall is at least .9, for people."""
    condition = curve.condition
    good = [share.value >= GOOD for share in curve.recall()]
    if condition.is_of_kinds:
        return f"{sum(good)} of {len(good)} kinds"
    runs: list[list[int]] = [[]]
    for place, one in enumerate(good):
        if one:
            runs[-1].append(place)
        elif runs[-1]:
            runs.append([])
    longest = max(runs, key=len)
    if not longest:
        return "nowhere"
    low, high = curve.values[longest[0]], curve.values[longest[-1]]
    text = condition.text(low) if low == high else f"{low:g} to {condition.text(high)}"
    return f"everywhere ({text})" if all(good) else text


def worst(curve: Curve) -> tuple[float, str]:
    """The lowest recall, and where it is."""
    shares = [share.value for share in curve.recall()]
    place = min(range(len(shares)), key=lambda one: shares[one])
    return shares[place], curve.condition.text(curve.values[place])


def worst_trained(curve: Curve) -> float:
    """The lowest recall at values that the training data holds; NaN where these are not known."""
    trained = curve.condition.trained
    if trained is None:
        return float("nan")
    if curve.condition.is_of_kinds:
        inside = [value in trained for value in curve.values]
    else:
        low, high = (float(one) for one in trained)
        inside = [low <= float(value) <= high for value in curve.values]
    shares = [share.value for share, one in zip(curve.recall(), inside, strict=True) if one]
    return min(shares, default=float("nan"))


def most_imagined(curve: Curve) -> tuple[float, str]:
    """The highest share of empty scenes in which something is found, and where it is."""
    if not curve.imagined.size:
        return float("nan"), ""
    shares = curve.imagined.mean(axis=1)
    place = int(shares.argmax())
    return float(shares[place]), curve.condition.text(curve.values[place])
