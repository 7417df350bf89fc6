#!/usr/bin/env python3
"""Fit the trees that tell how probably a text is right, from confidence.jsonl (see confidence.go).

    confidence.py CORPUS WORK [--threads N]

Writes confidence.bin and confidence.json (the figures) into WORK. A text is right where its shingle F1, as the corpus's
score.py counts it, is 0.9 or more. Each page of the figures is judged by trees that have not seen its site; the blind sets
are only scored. Seeds are fixed: the same input gives the same trees.
"""
import json
import struct
import sys

import lightgbm as lgb
import numpy as np
from train import FOLDS, GRAFTED, arguments, pack, site

RIGHT, BAD = 0.9, 0.8  # of shingle F1
# What trees are fitted to is softer: near a border a text is neither, and what is far below is worse than what is just below.
BORDERS, WIDTH = (0.895, 0.8), 0.03
# A page's weight by its set. Truths of readability are what one program gives; grafted pages are made to go wrong.
SET_WEIGHT = {"readability": 0.5, GRAFTED: 0.15}
OTHER_WEIGHT = 0.3  # pages that are no articles
BLIND = {"ird-dev", "gn1-dev", "ird-dev-text", "gn1-dev-text"}
FOREST = dict(objective="cross_entropy", learning_rate=0.05, num_leaves=8, min_data_in_leaf=20, lambda_l2=5, feature_fraction=0.2,
              bagging_fraction=0.8, bagging_freq=1, max_bin=63, seed=7, deterministic=True, force_row_wise=True, verbose=-1,
              use_missing=False)
ROUNDS = 240
# Beside the trees, each number in itself: a regression goes on where pages to learn from are few.
SLOPES, RIDGE, MAX_AWAY = 0.5, 30.0, 3.0  # its weight against the trees; its penalty; standard deviations that count
KNOTS = 41  # points of the calibration


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class Pages:
    """What is known of pages, a row a page."""

    def __init__(self, lines, truths, score):
        known = [(l, truths[l["id"] if l["set"] == GRAFTED else f"{l['set']}/{l['id']}"]) for l in lines if l["numbers"]]
        known = [(l, t) for l, t in known if t.get("text")]
        self.names = lines[0]["names"]
        self.x = np.array([l["numbers"] for l, _ in known], np.float32)
        self.f1 = np.array([max(score.shingle_score(want, l["text"])[2] for want in score.variants(t)) for l, t in known])
        self.set = np.array([l["set"] for l, _ in known])
        self.article = np.array([t.get("page_type") in (None, "article") for _, t in known])
        self.blind = np.isin(self.set, list(BLIND))
        self.real = self.set != GRAFTED
        self.weight = np.array([SET_WEIGHT.get(s, 1) for s in self.set]) * np.where(self.article, 1, OTHER_WEIGHT)
        sites = [site(t.get("url"), t["id"]) for _, t in known]
        groups = sorted(set(sites))
        np.random.default_rng(11).shuffle(groups)
        fold_of_site = {s: k % FOLDS for k, s in enumerate(groups)}
        self.fold = np.array([fold_of_site[s] for s in sites])

    def fit(self, rows, threads):
        x, weight = self.x[rows], self.weight[rows]
        wanted = np.mean([sigmoid((self.f1[rows] - border) / WIDTH) for border in BORDERS], axis=0)
        forest = lgb.train({**FOREST, "num_threads": threads}, lgb.Dataset(x, wanted, weight=weight), ROUNDS)
        return Sum(forest, Slopes(x, wanted, weight))

    def learn(self, threads):
        """The sum that is fitted to all pages, and for each page what one that has not seen its site says."""
        sums = np.zeros(len(self.f1))
        for k in range(FOLDS):
            held = ~self.blind & (self.fold == k)
            sums[held] = self.fit(~self.blind & ~held, threads)(self.x[held])
        whole = self.fit(~self.blind, threads)
        sums[self.blind] = whole(self.x[self.blind])
        return whole, sums


class Slopes:
    """A ridge regression of log-odds, each number cut off where it is far from its mean."""

    def __init__(self, x, wanted, weight):
        self.mean, self.scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-6)
        a = np.hstack([self.cut(x), np.ones((len(x), 1))])
        weight = weight / weight.mean()
        penalty = np.r_[np.full(x.shape[1], RIDGE), 0]
        at = np.zeros(a.shape[1])
        for _ in range(30):  # Newton's steps
            p = sigmoid(a @ at)
            gradient = a.T @ (weight * (wanted - p)) - penalty * at
            step = np.linalg.solve((a.T * (weight * p * (1 - p))) @ a + np.diag(penalty + 1e-9), gradient)
            at += step
            if np.abs(step).max() < 1e-6:
                break
        self.weights = at[:-1] * SLOPES  # without the offset, which calibration finds

    def cut(self, x):
        return np.clip((x - self.mean) / self.scale, -MAX_AWAY, MAX_AWAY)

    def __call__(self, x):
        return self.cut(x) @ self.weights


class Sum:
    def __init__(self, forest, slopes):
        self.forest, self.slopes = forest, slopes

    def __call__(self, x):
        return self.forest.predict(x, raw_score=True) + self.slopes(x)


def calibrate(sums, right):
    """Slope and offset of the sigmoid that tells from a sum of leaves how probably a text is right (Platt)."""
    slope, offset = 1.0, 0.0
    for _ in range(50):  # Newton's steps
        p = sigmoid(slope * sums + offset)
        gradient = np.array([((right - p) * sums).sum(), (right - p).sum()])
        w = p * (1 - p)
        hessian = np.array([[(w * sums * sums).sum(), (w * sums).sum()], [(w * sums).sum(), w.sum()]])
        step = np.linalg.solve(hessian + 1e-9 * np.eye(2), gradient)
        slope, offset = slope + step[0], offset + step[1]
    return slope, offset


def auroc(bad, doubt):
    """The probability that a bad page is more doubtful than a good one."""
    values, at, counts = np.unique(doubt, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[at]
    n = bad.sum()
    return (rank[bad].sum() - n * (n + 1) / 2) / (n * (~bad).sum()) if n and n < len(bad) else float("nan")


def figures(f1, p):
    bad = f1 < BAD
    doubtful = np.argsort(p, kind="stable")[:round(len(p) / 10)]
    bins = np.minimum((p * 10).astype(int), 9)
    error = sum((bins == b).mean() * abs((f1 >= RIGHT)[bins == b].mean() - p[bins == b].mean()) for b in set(bins))
    return {"n": len(p), "right": float((f1 >= RIGHT).mean()), "auroc": float(auroc(f1 < RIGHT, -p)),
            "bad_in_most_doubtful_tenth": float(bad[doubtful].sum() / max(1, bad.sum())), "calibration_error": float(error)}


def main():
    args = arguments(__doc__)
    sys.path.insert(0, str(args.corpus))
    import score
    lines = [json.loads(line) for line in (args.work / "confidence.jsonl").open(encoding="utf-8")]
    truths = {}
    for name in {l["set"] for l in lines} - {GRAFTED}:
        truths |= {f"{name}/{t['id']}": t for t in score.read_jsonl(args.corpus / name / "truth.jsonl")}
    blob, report = b"newsmill confidence 2\n", {}
    for form in ("pages", "lines"):
        pages = Pages([l for l in lines if l["lines"] == (form == "lines")], truths, score)
        whole, sums = pages.learn(args.threads)
        shown = pages.article & pages.real
        known = shown & ~pages.blind
        slope, offset = calibrate(sums[known], pages.f1[known] >= RIGHT)
        p = sigmoid(slope * sums + offset)
        groups = {"folds and blind": shown, "blind": shown & pages.blind, "other kinds": ~pages.article & pages.real}
        groups |= {s: shown & (pages.set == s) for s in sorted(set(pages.set[shown]))}
        report[form] = {g: figures(pages.f1[m], p[m]) for g, m in groups.items() if m.any()}
        for g, f in report[form].items():
            print(f"confidence, {form}, {g}: {f['n']} pages, {f['right']:.3f} right; AUROC {f['auroc']:.3f}; {f['bad_in_most_doubtful_tenth']:.3f} of the pages under {BAD} in "
                  f"the most doubtful tenth; calibration error {f['calibration_error']:.3f}")
        gain = whole.forest.feature_importance("gain")
        print("numbers by gain:", [pages.names[i] for i in np.argsort(-gain)[:40]], "unused:", [pages.names[i] for i in np.flatnonzero(gain == 0)], file=sys.stderr)
        at = np.linspace(-6, 6, KNOTS)  # of log-odds; beyond them the answer is sure enough
        typical = np.median(pages.x[known & (pages.f1 >= RIGHT)], axis=0)
        blob += struct.pack("<II", pages.x.shape[1], KNOTS)
        blob += b"".join(struct.pack("<ff", (z - offset) / slope, sigmoid(z)) for z in at)
        slopes = np.stack([whole.slopes.mean, whole.slopes.scale, whole.slopes.weights], axis=1)
        blob += typical.astype("<f4").tobytes() + slopes.astype("<f4").tobytes() + pack(whole.forest, pages.x.shape[1])
    (args.work / "confidence.bin").write_bytes(blob)
    (args.work / "confidence.json").write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
