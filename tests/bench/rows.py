"""A row of the table, from figures that were measured in turn."""

import statistics


def row(name, unit, ours, peer, peer_name, smaller_is_better=False):
    """ours and peer: one figure per repeat, in the same order."""
    ratios = [p / o if smaller_is_better else o / p for o, p in zip(ours, peer)]
    return {
        "name": name, "ours": statistics.median(ours), "peer": statistics.median(peer), "peer_name": peer_name,
        "ratio": statistics.median(ratios), "low": min(ratios), "high": max(ratios), "unit": unit,
    }
