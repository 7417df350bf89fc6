#!/usr/bin/env python3
"""Fit the trees that tell which way to read a page is best, from readings.f32 and readings.jsonl (see readings.go).

    readings.py CORPUS WORK [--threads N]

Writes reading-0.bin … reading-4.bin (each trained without the sites of that fold), readings.bin (trained on everything)
into WORK. The folds are those of folds.json. Seeds are fixed: the same input gives the same trees.
"""
import json
import struct
import sys
from multiprocessing import Pool

import lightgbm as lgb
import numpy as np
from train import FOLDS, GRAFTED, arguments, pack, read_truths

SET_WEIGHT = {"fundus-dev": 2.0, "aed-dev": 1.5, "mic-dev": 1.5, "omnivore-dev": 1.0, "daniel-dev": 1.0, "dragnet-dev": 1.0, "wcxb-dev": 0.5}
GRAFT_WEIGHT = 0.2
FOREST = dict(objective="huber", learning_rate=0.05, num_leaves=31, min_data_in_leaf=20, lambda_l2=5, feature_fraction=0.3, max_bin=63, seed=7,
              deterministic=True, force_row_wise=True, verbose=-1, use_missing=False)
ROUNDS = 300
WAYS = 10  # wayCount of reading.go
MARGIN = 0.015  # readingGain of reading.go


def set_of(key):
    return key[1].split("/")[0] if key[0] == GRAFTED else key[0]


def marks(job):
    """The shingle F1 of each reading of a page."""
    import score
    blocks, keeps, truth = job
    variants = score.variants(truth)
    result = []
    for keep in keeps:
        text = "\n".join(b for b, k in zip(blocks, keep) if k == "1")
        result.append(max((score.shingle_score(v, text)[2] or 0.0) for v in variants))
    return result


def load(corpus, work):
    truths, keys, jobs, at, rows = read_truths(corpus), [], [], [], 0
    with open(work / "readings.jsonl", encoding="utf-8") as file:
        for line in file:
            p = json.loads(line)
            key, n = (p["set"], p["id"]), len(p["keeps"])
            truth = truths.get(key)
            if truth and truth.get("text") and set_of(key) in SET_WEIGHT:
                keys.append(key)
                jobs.append((p["blocks"], p["keeps"], truth))
                at.append((rows, rows + n))
            rows += n
    x = np.fromfile(work / "readings.f32", np.float32).reshape(rows, -1)
    with Pool() as pool:
        f1 = pool.map(marks, jobs, chunksize=20)
    return keys, [x[a:z] for a, z in at], [np.array(f) for f in f1]


def rows_of(pages, x, f1, keys):
    weight = [SET_WEIGHT[set_of(keys[i])] * (GRAFT_WEIGHT if keys[i][0] == GRAFTED else 1) / len(f1[i]) for i in pages]
    return (np.vstack([x[i] for i in pages]), np.concatenate([f1[i] - f1[i][0] for i in pages]),
            np.concatenate([np.full(len(f1[i]), w) for i, w in zip(pages, weight)]))


def train(pages, x, f1, keys, threads):
    a, y, w = rows_of(pages, x, f1, keys)
    return lgb.train({**FOREST, "num_threads": threads}, lgb.Dataset(a, y, weight=w), ROUNDS)


def save(path, model, features):
    path.write_bytes(b"newsmill readings 1\n" + struct.pack("<H", features) + pack(model, features))


def report(keys, f1, picked):
    sets = {}
    for key, f, k in zip(keys, f1, picked):
        if key[0] != GRAFTED:
            sets.setdefault(key[0], []).append((f[0], f[k], f.max()))
    for name, v in sets.items():
        v = np.array(v)
        print(f"{name}: labels {v[:, 0].mean():.4f}, read {v[:, 1].mean():.4f}, at best {v[:, 2].mean():.4f}; under 0.8: {(v[:, 0] < 0.8).mean():.4f}, "
              f"{(v[:, 1] < 0.8).mean():.4f}; better {(v[:, 1] > v[:, 0] + 0.02).sum()}, worse {(v[:, 1] < v[:, 0] - 0.02).sum()}", file=sys.stderr)
    v = np.array([w for name, s in sets.items() if name != "wcxb-dev" for w in s])
    print(f"all but wcxb-dev: {v[:, 0].mean():.4f}, {v[:, 1].mean():.4f}, {v[:, 2].mean():.4f}; under 0.8: {(v[:, 0] < 0.8).mean():.4f}, {(v[:, 1] < 0.8).mean():.4f}", file=sys.stderr)


def pick(predicted, x):
    """The reading that is taken: those for training only, which are of no way, never are."""
    predicted = np.where(x[:, -WAYS:].any(axis=1), predicted, -np.inf)
    best = int(np.argmax(predicted))
    return best if predicted[best] > predicted[0] + MARGIN else 0


def main():
    args = arguments(__doc__)
    sys.path.insert(0, str(args.corpus))
    keys, x, f1 = load(args.corpus, args.work)
    of = json.loads((args.work / "folds.json").read_text())
    fold = np.array([of["/".join(k)] for k in keys])
    picked = [0] * len(keys)
    for k in range(FOLDS):
        model = train(np.flatnonzero(fold != k), x, f1, keys, args.threads)
        for i in np.flatnonzero(fold == k):
            picked[i] = pick(model.predict(x[i]), x[i])
        save(args.work / f"reading-{k}.bin", model, x[0].shape[1])
    report(keys, f1, picked)
    model = train(range(len(keys)), x, f1, keys, args.threads)
    save(args.work / "readings.bin", model, x[0].shape[1])
    print("features by gain:", [int(i) for i in np.argsort(-model.feature_importance("gain"))[:40]], file=sys.stderr)


if __name__ == "__main__":
    main()
