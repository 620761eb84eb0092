"""Figures of drift by scipy and numpy, for src/baseline/tests/golden.rs.

    pip install numpy scipy
    python tests/oracle/drift/figures.py > tests/oracle/drift/figures.jsonl

Written with numpy 2.4.6 and scipy 1.17.1. Values are drawn by integers (SplitMix64), so that the test draws the same.
"""

import json
import math

import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon
from scipy.special import kolmogorov

MASK = (1 << 64) - 1


class Draw:
    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        word = self.state
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
        return ((word ^ (word >> 31)) >> 11) / (1 << 53)

    def bell(self):
        total = 0.0
        for _ in range(12):
            total += self.uniform()
        return total - 6.0


def values(seed, n, kind, scale=1.0, shift=0.0, decimals=None, apart=(0, 0, 0, 0)):
    """`apart`: how many NULL, NaN, -inf and inf there are beside the values."""
    draw = Draw(seed)
    out = []
    for _ in range(n):
        x = {"bell": draw.bell, "uniform": draw.uniform, "skewed": lambda: draw.uniform() ** 3, "constant": lambda: 0.0}[kind]()
        x = x * scale + shift
        if decimals is not None:
            x = math.floor(x * 10**decimals + 0.5) / 10**decimals
        out.append(x)
    return np.array(out), apart


def side(**spec):
    return spec


PAIRS = {
    "the same": (side(seed=1, n=150, kind="bell"), side(seed=1, n=150, kind="bell")),
    "few values": (side(seed=2, n=180, kind="bell", scale=9, shift=12), side(seed=3, n=90, kind="bell", scale=9, shift=15)),
    "integers": (side(seed=4, n=5000, kind="bell", scale=6, shift=20, decimals=0), side(seed=5, n=700, kind="bell", scale=9, shift=18, decimals=0)),
    "tenths with NULLs": (
        side(seed=6, n=9000, kind="uniform", scale=15, decimals=1, apart=[300, 0, 0, 0]),
        side(seed=7, n=400, kind="skewed", scale=15, decimals=1, apart=[100, 0, 0, 0]),
    ),
    "NaN and infinities": (
        side(seed=8, n=160, kind="bell", decimals=1, apart=[5, 2, 1, 1]),
        side(seed=9, n=120, kind="bell", shift=0.5, decimals=1, apart=[0, 10, 0, 20]),
    ),
    "one row": (side(seed=10, n=180, kind="bell"), side(seed=11, n=1, kind="bell", shift=1)),
    "a constant that stays": (side(seed=1, n=50, kind="constant", shift=7), side(seed=1, n=5, kind="constant", shift=7)),
    "a constant that moves": (side(seed=1, n=50, kind="constant", shift=7), side(seed=1, n=5, kind="constant", shift=9.5)),
    "collapse to zero": (side(seed=12, n=170, kind="bell", scale=5, shift=92), side(seed=1, n=60, kind="constant")),
    "three codes": (side(seed=13, n=1000, kind="uniform", scale=2, decimals=0), side(seed=14, n=50, kind="skewed", scale=3, decimals=0)),
    "cells of a bell": (side(seed=15, n=20000, kind="bell", scale=9, shift=12), side(seed=16, n=3000, kind="bell", scale=9, shift=13)),
    "cells of all signs": (side(seed=17, n=5000, kind="bell"), side(seed=18, n=5000, kind="bell", scale=1.5, apart=[9, 9, 9, 9])),
    "cells against few": (side(seed=19, n=9000, kind="skewed", scale=100), side(seed=20, n=40, kind="skewed", scale=120)),
    "cells far from 0": (side(seed=21, n=4000, kind="uniform", scale=20, shift=1500), side(seed=22, n=300, kind="uniform", scale=20, shift=1504)),
    "cells that are narrow": (side(seed=23, n=4000, kind="bell", scale=0.02, shift=0.45), side(seed=24, n=4000, kind="bell", scale=0.02, shift=0.47)),
}

PS = [0.05, 0.25, 0.5, 0.75, 0.95]


def bins(x, count=10):
    """`Bins::of`: upper ends at quantiles, and values alone that a bin's share have."""
    found, times = np.unique(x, return_counts=True)
    ends, below, full, total = [], 0, 0, len(x)
    for at, (value, n) in enumerate(zip(found, times)):
        below += int(n)
        now = below * count // total
        if n * count >= total:
            ends += [np.nextafter(value, -np.inf), value]
        elif now > full and at + 1 < len(found):
            ends.append(value)
        full = now
    return np.unique(ends)


def shares(ends, x, apart):
    counts = np.bincount(np.searchsorted(ends, x, side="left"), minlength=len(ends) + 1)
    return np.concatenate([counts, apart])


def number(x):
    return None if x is None or not np.isfinite(x) else float(x)


def pair(name, left, right):
    (x, a), (y, b) = values(**left), values(**right)
    infinite = lambda z, apart: np.concatenate([z, [-np.inf] * apart[2], [np.inf] * apart[3]])
    u, v = infinite(x, a), infinite(y, b)
    d = stats.ks_2samp(u, v, method="asymp").statistic
    root = math.sqrt(len(u) * len(v) / (len(u) + len(v)))
    sigma = np.std(x, ddof=1)
    w = stats.wasserstein_distance(x, y)
    ends = bins(x)
    p, q = shares(ends, x, a), shares(ends, y, b)
    p, q = p[p + q > 0], q[p + q > 0]
    n, m = p.sum(), q.sum()
    smooth = lambda counts, total: np.maximum(counts, 0.5) / total
    psi = float(np.sum((smooth(q, m) - smooth(p, n)) * np.log(smooth(q, m) / smooth(p, n))))
    moved = y.mean() - x.mean()
    quantile = lambda z: [float(np.quantile(z, at, method="inverted_cdf")) for at in PS]
    return {
        "pair": name,
        "left": left,
        "right": right,
        "ks": d,
        "ks_p": float(kolmogorov((root + 0.12 + 0.11 / root) * d)),
        "w1": w,
        "w1_sigmas": number(w / sigma) if sigma > 0 else None,
        "classes": len(p),
        "psi": psi,
        "psi_p": float(stats.chi2.sf(psi / (1 / n + 1 / m), len(p) - 1)) if len(p) > 1 else 1.0,
        "js": float(jensenshannon(p, q, base=2)),
        "tv": float(0.5 * np.abs(p / n - q / m).sum()),
        "sigmas": number(moved / sigma) if sigma > 0 else None,
        "mean_p": float(2 * stats.norm.sf(abs(moved) / (sigma * math.sqrt(1 / len(x) + 1 / len(y))))) if sigma > 0 else None,
        "deviations": number(np.std(y, ddof=1) / sigma) if sigma > 0 and len(y) >= 10 else None,
        "quantiles": [quantile(u), quantile(v)] if np.all(np.isfinite(quantile(u) + quantile(v))) else None,
    }


def trend(name, spec, slope):
    x, _ = values(**spec)
    y = x + slope * np.arange(len(x))
    if spec.get("decimals") is not None:
        y = np.floor(y * 10 ** spec["decimals"] + 0.5) / 10 ** spec["decimals"]
    theil = stats.theilslopes(y, np.arange(len(y)))
    n = len(y)
    s = int(sum(np.sign(y[j] - y[i]) for i in range(n) for j in range(i + 1, n)))
    ties = np.unique(y, return_counts=True)[1]
    of = lambda t: t * (t - 1) * (2 * t + 5) / 18
    variance = of(n) - sum(of(t) for t in ties)
    z = (s - np.sign(s)) / math.sqrt(variance) if variance > 0 else 0.0
    tau = stats.kendalltau(np.arange(n), y).statistic
    return {
        "trend": name, "values": spec, "slope": slope, "s": s, "z": float(z), "p": float(2 * stats.norm.sf(abs(z))),
        "tau": number(tau) or 0.0, "theil": [float(v) for v in (theil.slope, theil.low_slope, theil.high_slope)],
    }


def correlations(name, slopes, counts):
    found = []
    sides = []
    for seed, slope, n in zip((71, 72), slopes, counts):
        x, _ = values(seed, n, "bell")
        e, _ = values(seed + 100, n, "bell")
        found.append(float(np.corrcoef(x, slope * x + e)[0, 1]))
        sides.append({"seed": seed, "n": n, "slope": slope})
    q = math.atanh(found[1]) - math.atanh(found[0])
    z = q / math.sqrt(1 / (counts[0] - 3) + 1 / (counts[1] - 3))
    return {"correlations": name, "sides": sides, "r": found, "q": q, "p": float(2 * stats.norm.sf(abs(z)))}


def holm(ps):
    order = np.argsort(ps, kind="stable")
    out, most = np.empty(len(ps)), 0.0
    for rank, at in enumerate(order):
        most = max(most, min(1.0, ps[at] * (len(ps) - rank)))
        out[at] = most
    return out.tolist()


def run_lengths():
    """Brook & Evans (1972): the days until a chart signals, as a Markov chain."""
    def ewma(weight, limit, shift, m=401):
        top = limit * math.sqrt(weight / (2 - weight))
        w = 2 * top / m
        c = -top + w * (np.arange(m) + 0.5)
        low = (c[None, :] - w / 2 - (1 - weight) * c[:, None]) / weight
        q = stats.norm.cdf(low + w / weight - shift) - stats.norm.cdf(low - shift)
        return np.linalg.solve(np.eye(m) - q, np.ones(m))[m // 2]

    def cusum(k, h, shift, m=400):
        w = 2 * h / (2 * m - 1)
        i = np.arange(m)
        q = np.empty((m, m))
        q[:, 0] = stats.norm.cdf(k - i * w + w / 2 - shift)
        for j in range(1, m):
            q[:, j] = stats.norm.cdf((j - i) * w + w / 2 + k - shift) - stats.norm.cdf((j - i) * w - w / 2 + k - shift)
        return np.linalg.solve(np.eye(m) - q, np.ones(m))[0]

    both = lambda k, h, s: 1 / (1 / cusum(k, h, s) + 1 / cusum(k, h, -s))
    shifts = [0, 0.25, 0.5, 1, 2, 3]
    return {
        "run_lengths": shifts,
        "cusum": [both(0.5, 8, s) for s in shifts],
        "ewma": [ewma(0.1, 3.75, s) for s in shifts],
    }


for name, (left, right) in PAIRS.items():
    print(json.dumps(pair(name, left, right)))
print(json.dumps(trend("noise", side(seed=31, n=60, kind="bell"), 0.0)))
print(json.dumps(trend("a creep", side(seed=32, n=101, kind="bell"), 0.02)))
print(json.dumps(trend("ties", side(seed=33, n=90, kind="bell", scale=1.5, decimals=0), 0.01)))
print(json.dumps(trend("a constant", side(seed=1, n=20, kind="constant", decimals=0), 0.0)))
print(json.dumps(correlations("falls", (2.0, 0.8), (400, 90))))
print(json.dumps(correlations("turns", (0.5, -0.5), (30, 30))))
PVALUES = [0.01, 0.04, 0.03, 0.005, 0.2, 0.04, 1.0, 0.0, 0.0007, 0.6]
print(json.dumps({"ps": PVALUES, "bh": stats.false_discovery_control(PVALUES).tolist(), "holm": holm(PVALUES)}))
print(json.dumps({
    "tails": "tails",
    "normal": [[z, float(2 * stats.norm.sf(z))] for z in (0.0, 0.5, 1.96, 4.0, 9.0)],
    "kolmogorov": [[x, float(kolmogorov(x))] for x in (0.2, 0.5, 0.9, 1.0, 1.36, 2.5)],
    "chi_square": [[x, k, float(stats.chi2.sf(x, k))] for x, k in ((0.5, 1), (3.84, 1), (9.0, 10), (25.0, 10), (80.0, 60), (1100.0, 1000), (3.0, 9))],
}))
print(json.dumps(run_lengths()))
