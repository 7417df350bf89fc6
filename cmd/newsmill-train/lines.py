#!/usr/bin/env python3
"""Fit the trees for plain text from features.f32 and blocks.jsonl (see lines.go).

    lines.py CORPUS WORK [--threads N]

Writes fold-0.bin … fold-4.bin, all.bin and folds.json into WORK, as train.py does, with two forests in each: the second
also sees what the first says of the lines around, on pages that it was not trained on.
"""
import json
import struct
import sys

import lightgbm as lgb
import numpy as np

import train

# Dumps are what matters; pages taken for dumps add languages and sites. A dump and its page are one site.
train.SET_WEIGHT = {"fundus-dev-text": 3.0, "aed-dev-text": 1.0, "mic-dev-text": 1.0, "daniel-dev-text": 1.0, "dragnet-dev-text": 1.0,
                    "fundus-dev": 1.0, "traf-dev": 0.6, "wcxb-dev": 0.6}
FOREST = dict(objective="binary", learning_rate=0.08, num_leaves=31, min_data_in_leaf=30, lambda_l2=5.0, feature_fraction=0.4,
              bagging_fraction=0.8, bagging_freq=1, max_bin=63, seed=7, deterministic=True, force_row_wise=True, verbose=-1,
              use_missing=False)
ROUNDS = 130
WINDOW = 5  # lines on each side whose first scores the second forest sees
CLUSTER = 10  # lines on each side that count for how much body there is about
# Texts made of the true ones and of pages, by lines.go: an article and nothing else, and one with a few lines around it.
MADE = {"whole": 0.3, "cut": 0.6}
MADE_OF = "fundus-dev", "wcxb-dev"


def read_truths(corpus, read=train.read_truths):
    truths = read(corpus)
    for (name, ident), truth in list(truths.items()):
        if name in MADE_OF:
            truths.update(((made, f"{name}/{ident}"), truth) for made in MADE)
    train.SET_WEIGHT.update(MADE)
    return truths


train.read_truths = read_truths


def around(score, page_of):
    """What the second forest sees of the first one's scores: the line's, its neighbours', sums on the page."""
    n = len(score)
    out = np.zeros((n, 2 * WINDOW + 7), np.float32)
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
        sums = np.r_[np.float32(0), run]
        at = np.arange(b - a)
        about = [sums[np.minimum(b - a, at + reach + 1)] - sums[np.maximum(0, at - reach)] for reach in (CLUSTER, 2)]
        out[a:b, 2 * WINDOW + 5] = about[0] / max(1, about[0].max())
        out[a:b, 2 * WINDOW + 6] = about[1]
    return out


def forests(x, y, weight, row_fold, threads):
    """For each fold the forest that has not seen it, and one that has seen all."""
    rows = np.flatnonzero(weight > 0)
    params = {**FOREST, "num_threads": threads}
    data = lgb.Dataset(x[rows], y[rows], weight=weight[rows], params=params, free_raw_data=False).construct()
    for k in range(train.FOLDS):
        yield lgb.train(params, data.subset(np.flatnonzero(row_fold[rows] != k)), ROUNDS)
        print(f"fold {k} done", file=sys.stderr, flush=True)
    yield lgb.train(params, data, ROUNDS)


def save(path, first, second, features):
    path.write_bytes(b"newsmill lines 2\n" + struct.pack("<I", features) + train.pack(first, features) + train.pack(second, features))


def main():
    args = train.arguments(__doc__)
    order, x, y, weight, page_of, sites = train.load(args.corpus, args.work)
    groups = sorted(set(sites))
    np.random.default_rng(11).shuffle(groups)
    fold_of_site = {s: k % train.FOLDS for k, s in enumerate(groups)}
    fold = np.array([fold_of_site[s] for s in sites])
    (args.work / "folds.json").write_text(json.dumps({"/".join(key): int(f) for key, f in zip(order, fold)}))
    row_fold = fold[page_of]
    fitted = train.easy_negatives(x, y, weight, (y >= 0) & (weight > 0), args.threads) * (y >= 0)
    score = np.zeros(len(y), np.float32)
    first = list(forests(x, y, fitted, row_fold, args.threads))
    for k in range(train.FOLDS):
        score[row_fold == k] = first[k].predict(x[row_fold == k], num_threads=args.threads)
    train.report(score, y, weight, order, page_of)
    wide = np.hstack([x, around(score, page_of)])
    final = np.zeros(len(y), np.float32)
    for k, second in enumerate(forests(wide, y, fitted, row_fold, args.threads)):
        name = f"fold-{k}" if k < train.FOLDS else "all"
        save(args.work / f"{name}.bin", first[k], second, x.shape[1])
        if k < train.FOLDS:
            final[row_fold == k] = second.predict(wide[row_fold == k], num_threads=args.threads)
    train.report(final, y, weight, order, page_of)


if __name__ == "__main__":
    main()
