#!/usr/bin/env python3
"""Fit the trees for plain text from features.f32 and blocks.jsonl (see lines.go).

    lines.py CORPUS WORK [--threads N]

Writes labels-0.bin … labels-4.bin, labels-all.bin and folds.json into WORK, as train.py does its models, with two forests in each: the second
also sees what the first says of the lines around, on pages that it was not trained on.
"""
import json
import struct
import sys
from array import array

import lightgbm as lgb
import numpy as np

import train

# Dumps are what matters; pages taken for dumps add languages and sites. A dump and its page are one site.
train.SET_WEIGHT = {"fundus-dev-text": 4.0, "aed-dev-text": 2.0, "mic-dev-text": 2.0, "daniel-dev-text": 1.0, "dragnet-dev-text": 1.0,
                    "fundus-dev": 1.0, "traf-dev": 0.6, "wcxb-dev": 0.6, "aed-dev": 0.5, "mic-dev": 0.5, "omnivore-dev": 0.5,
                    "daniel-dev": 0.2, "dragnet-dev": 0.2, "readability": 0.25}
# Texts that lines.go makes, and what they count for by the set that they are made of.
MADE = {"whole": 0.5, "cut": 0.8, "frame": 0.6, "splice": 0.4}
MADE_OF = {"fundus-dev": 2.0, "wcxb-dev": 0.6, "aed-dev": 1.0, "mic-dev": 1.0, "daniel-dev": 0.3, "dragnet-dev": 0.3,
           "omnivore-dev": 0.5, "readability": 0.2}
train.EASY_SHARE = 0.06
FOREST = dict(objective="binary", learning_rate=0.08, num_leaves=31, min_data_in_leaf=30, lambda_l2=5.0, feature_fraction=0.4,
              bagging_fraction=0.5, bagging_freq=1, max_bin=63, seed=7, deterministic=True, force_row_wise=True, verbose=-1,
              use_missing=False)
ROUNDS = 130
WINDOW = 5  # lines on each side whose first scores the second forest sees
CLUSTER = 10  # lines on each side that count for how much body there is about
REACH = 5  # lines on each side that count for what the words about say
NO_PASSAGES = struct.pack("<II", 0, 0)  # what a model without them ends in


class Truths(dict):
    """A made text has the truth of the page that its article is of, which its id names first."""

    def __getitem__(self, key):
        return super().__getitem__((key[0], key[1].split(" ")[0]))

    def get(self, key):
        return super().get((key[0], key[1].split(" ")[0]))


def read_truths(corpus, read=train.read_truths):
    truths = Truths(read(corpus))
    for (name, ident), truth in list(truths.items()):
        if name in MADE_OF:
            truths.update(((made, f"{name}/{ident}"), truth) for made in MADE)
    train.SET_WEIGHT.update(MADE)
    return truths


train.read_truths = read_truths


def base(key):
    """The set that a page is of, or the one that a text is made of."""
    return key[1].split("/")[0] if key[0] in MADE else key[0]


def other_fold(key, fold):
    """The fold of the page that a made text has its surroundings of, which must not be learned from there; -1: there is none."""
    return fold[key[1].split(" ")[1]] if " " in key[1] else -1


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


class Wording:
    """What the words of a line say beyond its shape and place: a weight for each hash of a token (lines.go's wording), fitted on the
    log-odds that a forest which has not seen the page gives it."""
    COUNT, EPOCHS, BATCH, RATE, DECAY, MOST = 1 << 16, 4, 512, 0.15, 2e-6, 8

    def __init__(self, work):
        tokens, counts = array("H"), []
        with open(work / "blocks.jsonl", encoding="utf-8") as file:
            for line in file:
                found = json.loads(line)["tokens"] or []
                tokens.extend(found)
                counts.append(len(found))
        self.tokens, self.counts = np.frombuffer(tokens, np.uint16), np.array(counts)
        self.at = np.r_[0, np.cumsum(self.counts)]

    def fit(self, rows, y, weight, score):
        """The weights, as bytes and what one is worth."""
        rows = rows[self.counts[rows] > 0]
        score = np.clip(score, 1e-3, 1 - 1e-3)
        start = np.log(score / (1 - score))
        weight = np.minimum(weight / weight[rows].mean(), self.MOST)
        found, grown, random = np.zeros(self.COUNT), np.full(self.COUNT, 0.01), np.random.default_rng(0)
        for _ in range(self.EPOCHS):
            order = random.permutation(rows)
            for batch in np.split(order, range(self.BATCH, len(order), self.BATCH)):
                counts = self.counts[batch]
                begins = np.r_[0, np.cumsum(counts)[:-1]]
                tokens = self.tokens[np.repeat(self.at[batch] - begins, counts) + np.arange(counts.sum())]
                share = 1 / np.sqrt(counts)
                odds = np.add.reduceat(found[tokens], begins) * share + start[batch]
                slope = (1 / (1 + np.exp(-odds)) - y[batch]) * weight[batch] * share
                slopes = np.bincount(tokens, weights=np.repeat(slope, counts), minlength=self.COUNT)
                hit = np.flatnonzero(slopes)
                step = slopes[hit] + self.DECAY * len(rows) / self.BATCH * found[hit]
                grown[hit] += step ** 2
                found[hit] -= self.RATE * step / np.sqrt(grown[hit])
        scale = np.float32(np.abs(found).max() / 127)
        return np.round(found / scale).astype(np.int8), scale

    def odds(self, weights, scale):
        """What the tokens of each line add to its log-odds."""
        sums = np.r_[0, np.cumsum(weights[self.tokens].astype(np.int64))]
        return ((sums[self.at[1:]] - sums[self.at[:-1]]) * scale / np.sqrt(np.maximum(1, self.counts))).astype(np.float32)


def worded(odds, page_of):
    """What the second forest sees of the words: the line's odds, four neighbours', the mean of those about."""
    out = np.zeros((len(odds), 6), np.float32)
    starts = np.flatnonzero(np.r_[True, page_of[1:] != page_of[:-1]])
    for a, b in zip(starts, np.r_[starts[1:], len(odds)]):
        n = b - a
        padded = np.r_[0, 0, odds[a:b], 0, 0]
        for k, step in enumerate((0, -1, 1, -2, 2)):
            out[a:b, k] = padded[2 + step:2 + step + n]
        sums, at = np.r_[0, np.cumsum(odds[a:b])], np.arange(n)
        out[a:b, 5] = (sums[np.minimum(n, at + REACH + 1)] - sums[np.maximum(0, at - REACH)]) / (2 * REACH + 1)
    return out


def raised(score, odds):
    grown = score * np.exp(odds)
    return (grown / (grown + 1 - score)).astype(np.float32)


def forests(x, y, weight, row_folds, threads):
    """For each fold the forest that has not seen it, and one that has seen all."""
    rows = np.flatnonzero(weight > 0)
    params = {**FOREST, "num_threads": threads}
    data = lgb.Dataset(x[rows], y[rows], weight=weight[rows], params=params, free_raw_data=False).construct()
    for k in range(train.FOLDS):
        yield lgb.train(params, data.subset(np.flatnonzero((row_folds[:, rows] != k).all(axis=0))), ROUNDS)
        print(f"fold {k} done", file=sys.stderr, flush=True)
    yield lgb.train(params, data, ROUNDS)


def save(path, first, second, wording, features):
    """A model without passages: passages.py adds them."""
    weights, scale = wording
    path.write_bytes(b"newsmill lines 3\n" + struct.pack("<I", features) + train.pack(first, features) + train.pack(second, features)
                     + struct.pack("<f", scale) + weights.tobytes() + NO_PASSAGES)


def main():
    args = train.arguments(__doc__)
    order, x, y, weight, page_of, sites = train.load(args.corpus, args.work)
    weight *= np.array([MADE_OF[base(key)] if key[0] in MADE else 1 for key in order], np.float32)[page_of]
    groups = sorted(set(sites))
    np.random.default_rng(11).shuffle(groups)
    fold_of_site = {s: k % train.FOLDS for k, s in enumerate(groups)}
    fold_of = {"/".join(key): fold_of_site[s] for key, s in zip(order, sites)}
    (args.work / "folds.json").write_text(json.dumps(fold_of))
    folds = np.array([[fold_of["/".join(key)], other_fold(key, fold_of)] for key in order]).T
    row_fold, row_folds = folds[0][page_of], folds[:, page_of]
    fitted = train.easy_negatives(x, y, weight, (y >= 0) & (weight > 0), args.threads) * (y >= 0)
    score = np.zeros(len(y), np.float32)
    first = list(forests(x, y, fitted, row_folds, args.threads))
    for k in range(train.FOLDS):
        score[row_fold == k] = first[k].predict(x[row_fold == k], num_threads=args.threads)
    train.report(score, y, weight, order, page_of)
    wording, odds = Wording(args.work), np.zeros(len(y), np.float32)
    words = [wording.fit(np.flatnonzero((fitted > 0) & (row_folds != k).all(axis=0)), y, fitted, score) for k in range(train.FOLDS + 1)]
    for k in range(train.FOLDS):
        odds[row_fold == k] = wording.odds(*words[k])[row_fold == k]
    wide = np.hstack([x, around(raised(score, odds), page_of), worded(odds, page_of)])
    final = np.zeros(len(y), np.float32)
    for k, second in enumerate(forests(wide, y, fitted, row_folds, args.threads)):
        name = f"labels-{k}" if k < train.FOLDS else "labels-all"
        save(args.work / f"{name}.bin", first[k], second, words[k], x.shape[1])
        if k < train.FOLDS:
            final[row_fold == k] = second.predict(wide[row_fold == k], num_threads=args.threads)
    train.report(final, y, weight, order, page_of)


if __name__ == "__main__":
    main()
