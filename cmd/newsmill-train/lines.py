#!/usr/bin/env python3
"""Fit the trees for plain text from features.f32 and blocks.jsonl (see lines.go).

    lines.py CORPUS WORK [--threads N]

Writes fold-0.bin … fold-4.bin, all.bin and folds.json into WORK, as train.py does, with two forests in each: the second
also sees what the first says of the lines around, on pages that it was not trained on.
"""
import argparse
import json
import struct
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np

import train

# Dumps are what matters; pages taken for dumps add languages and sites. A dump and its page are one site.
train.SET_WEIGHT = {"fundus-dev-text": 2.0, "fundus-dev": 1.0, "traf-dev": 0.6, "wcxb-dev": 0.6}
train.OTHER_WEIGHT = 0.0  # pages of other kinds teach nothing that articles do not
FOREST = dict(objective="binary", learning_rate=0.08, num_leaves=31, min_data_in_leaf=30, lambda_l2=5.0, feature_fraction=0.4,
              bagging_fraction=0.8, bagging_freq=1, max_bin=63, seed=7, deterministic=True, force_row_wise=True, verbose=-1,
              use_missing=False)
ROUNDS = 130
WINDOW = 5  # lines on each side whose first scores the second forest sees


def around(score, page_of):
    """What the second forest sees of the first one's scores: the line's, its neighbours', sums on the page."""
    n = len(score)
    out = np.zeros((n, 2 * WINDOW + 5), np.float32)
    starts = np.flatnonzero(np.r_[True, page_of[1:] != page_of[:-1]])
    for a, b in zip(starts, np.r_[starts[1:], n]):
        s = score[a:b].astype(np.float32)
        padded = np.r_[np.full(WINDOW, -1, np.float32), s, np.full(WINDOW, -1, np.float32)]
        for k in range(2 * WINDOW + 1):
            out[a:b, k] = padded[k:k + b - a]
        run = np.cumsum(s)
        out[a:b, 2 * WINDOW + 1] = run - s
        out[a:b, 2 * WINDOW + 2] = run[-1] - run
        out[a:b, 2 * WINDOW + 3] = run[-1] / len(s)
        out[a:b, 2 * WINDOW + 4] = run[-1]
    return out


def fit(x, y, weight, threads):
    used = weight > 0
    data = lgb.Dataset(x[used], y[used], weight=weight[used])
    return lgb.train({**FOREST, "num_threads": threads}, data, ROUNDS)


def save(path, first, second, features):
    path.write_bytes(b"newsmill lines 1\n" + struct.pack("<I", features) + train.pack(first, features) + train.pack(second, features))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    order, x, y, weight, page_of, sites = train.load(args.corpus, args.work)
    groups = sorted(set(sites))
    np.random.default_rng(11).shuffle(groups)
    fold_of_site = {s: k % train.FOLDS for k, s in enumerate(groups)}
    fold = np.array([fold_of_site[s] for s in sites])
    (args.work / "folds.json").write_text(json.dumps({"/".join(key): int(f) for key, f in zip(order, fold)}))
    row_fold = fold[page_of]
    fitted = train.easy_negatives(x, y, weight, (y >= 0) & (weight > 0), args.threads) * (y >= 0)
    score = np.zeros(len(y), np.float32)
    firsts = []
    for k in range(train.FOLDS):
        inside = row_fold != k
        firsts.append(fit(x[inside], y[inside], fitted[inside], args.threads))
        score[~inside] = firsts[k].predict(x[~inside], num_threads=args.threads)
        print(f"fold {k}: first forest", file=sys.stderr)
    train.report(score, y, weight, order, page_of)
    wide = np.hstack([x, around(score, page_of)])
    final = np.zeros(len(y), np.float32)
    for k in range(train.FOLDS):
        inside = row_fold != k
        second = fit(wide[inside], y[inside], fitted[inside], args.threads)
        final[~inside] = second.predict(wide[~inside], num_threads=args.threads)
        save(args.work / f"fold-{k}.bin", firsts[k], second, x.shape[1])
        print(f"fold {k}: second forest", file=sys.stderr)
    train.report(final, y, weight, order, page_of)
    first, second = fit(x, y, fitted, args.threads), fit(wide, y, fitted, args.threads)
    save(args.work / "all.bin", first, second, x.shape[1])


if __name__ == "__main__":
    main()
