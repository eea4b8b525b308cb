"""The few statistics of the benchmark: medians, their ratio, an interval."""
import math
import statistics


def median(xs):
    return statistics.median(xs) if xs else None


def spread(xs):
    """(smallest, largest), or None."""
    return (min(xs), max(xs)) if xs else None


def ratio(ours, theirs):
    """Ratio of the medians and its spread: the smallest and the largest of the
    ratios taken round by round, which share the state of the machine."""
    pairs = [(a, b) for a, b in zip(ours, theirs) if b]
    if not pairs:
        return None
    per_round = [a / b for a, b in pairs]
    value = median([a for a, _ in pairs]) / median([b for _, b in pairs])
    return {"ratio": value, "low": min(per_round), "high": max(per_round),
            "rounds": len(pairs)}


def wilson(k, n, z=1.959963984540054):
    """95 % interval of a proportion, ends in 0..1; None if n is 0."""
    if n == 0:
        return None
    p, zz = k / n, z * z
    mid = (p + zz / (2 * n)) / (1 + zz / n)
    half = z / (1 + zz / n) * math.sqrt(p * (1 - p) / n + zz / (4 * n * n))
    return (max(0.0, mid - half), min(1.0, mid + half))
