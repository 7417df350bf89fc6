#!/usr/bin/env python3
"""Fit the trees that tell which passage of a plain text is its article, from readings.f32 and readings.jsonl (see lines.go).

    passages.py CORPUS WORK [--threads N]

Adds them to labels-0.bin … labels-4.bin and labels-all.bin, of lines.py, and writes fold-0.bin … fold-4.bin and all.bin. The folds are
those of folds.json: no tree has seen the site that it is for, nor have the labels that it learns from.
"""
import json
import struct
import sys

import lightgbm as lgb
import lines
import numpy as np
import readings
import train
from train import FOLDS, arguments, pack

SET_WEIGHT = {"fundus-dev-text": 3.0, "aed-dev-text": 2.0, "mic-dev-text": 2.0, "daniel-dev-text": 1.0, "dragnet-dev-text": 1.0,
              "fundus-dev": 1.0, "wcxb-dev": 0.7, "aed-dev": 0.7, "mic-dev": 0.7, "omnivore-dev": 0.7, "readability": 0.3,
              "daniel-dev": 0.3, "dragnet-dev": 0.3, "cut": 0.2, "frame": 0.2, "splice": 0.2}
FOREST = {**readings.FOREST, "alpha": 0.3, "bagging_fraction": 0.8, "bagging_freq": 1}
ROUNDS = 250


def marks(job):
    """The shingle F1 of each passage of a text, near enough: from how many of each line's shingles the truth has. A text has dozens of
    passages, which are not scored one by one."""
    import score  # of the corpus
    blocks, keeps, truth = job
    words = [train.WORD.findall(b) for b in blocks]
    want = score.shingles(truth["text"])
    share = train.label_by_text(blocks, truth["text"]).astype(float)
    for i, w in enumerate(words):
        if len(w) >= 4:
            own = [tuple(w[k:k + 4]) for k in range(len(w) - 3)]
            found = sum(s in want for s in own) / len(own)
            share[i] = found if share[i] or found < 0.8 else 0  # a second copy of a line is none of the text
    keep = np.array([[k == "1" for k in kept] for kept in keeps], float)
    length, total = np.array([len(w) for w in words], float), want.total()
    got, hits = keep @ length, np.minimum(keep @ (length * share), total)
    return 2 * hits / np.maximum(1, got + total)


def trees(pages, x, f1, keys, threads):
    rows = np.vstack([x[i] for i in pages])
    gain = np.concatenate([f1[i] - f1[i][0] for i in pages])
    weight = np.concatenate([np.full(len(f1[i]), SET_WEIGHT[keys[i][0]] / len(f1[i])) for i in pages])
    return lgb.train({**FOREST, "num_threads": threads}, lgb.Dataset(rows, gain, weight=weight), ROUNDS)


def save(work, labels, name, model, features):
    blob = (work / labels).read_bytes().removesuffix(lines.NO_PASSAGES)
    (work / name).write_bytes(blob + struct.pack("<I", features) + pack(model, features))


def main():
    args = arguments(__doc__)
    sys.path.insert(0, str(args.corpus))
    readings.marks, readings.SET_WEIGHT, readings.set_of = marks, SET_WEIGHT, lambda key: key[0]
    readings.read_truths = lines.read_truths
    keys, x, f1 = readings.load(args.corpus, args.work)
    of = json.loads((args.work / "folds.json").read_text())
    fold = np.array([of["/".join(key)] for key in keys])
    other = np.array([lines.other_fold(key, of) for key in keys])
    picked = [0] * len(keys)
    for k in range(FOLDS):
        model = trees(np.flatnonzero((fold != k) & (other != k)), x, f1, keys, args.threads)
        for i in np.flatnonzero(fold == k):
            picked[i] = int(np.argmax(model.predict(x[i])))
        save(args.work, f"labels-{k}.bin", f"fold-{k}.bin", model, x[0].shape[1])
    readings.report(keys, f1, picked)
    model = trees(range(len(keys)), x, f1, keys, args.threads)
    save(args.work, "labels-all.bin", "all.bin", model, x[0].shape[1])
    print("features by gain:", [int(i) for i in np.argsort(-model.feature_importance("gain"))[:40]], file=sys.stderr)


if __name__ == "__main__":
    main()
