#!/usr/bin/env python3
"""Fit the trees that tell articles from other pages, from pages.jsonl (see pages.go).

    pages.py CORPUS WORK [--threads N]

Writes pages-0.bin … pages-4.bin (each trained without the sites of that fold), pages.bin (trained on everything) and
page-folds.json into WORK. Seeds are fixed: the same input gives the same trees.
"""
import json
import struct

import lightgbm as lgb
import numpy as np
from train import FOLDS, arguments, pack, read_truths, site

# wcxb-dev alone has pages that are no articles. Pages of the other sets count as articles, though a few of traf-dev
# and readability are shops, forums and home pages.
SET_WEIGHT = {"wcxb-dev": 1.0, "fundus-dev": 0.7, "traf-dev": 0.7, "readability": 0.5,
              "aed-dev": 0.3, "mic-dev": 0.3, "omnivore-dev": 0.2, "daniel-dev": 0.12, "dragnet-dev": 0.15}
PARAMS = dict(objective="binary", num_leaves=10, learning_rate=0.05, min_data_in_leaf=15, feature_fraction=0.2, bagging_fraction=0.8,
              bagging_freq=1, lambda_l2=5, max_bin=127, seed=7, deterministic=True, force_row_wise=True, verbose=-1, use_missing=False)
ROUNDS = 350
LISTINGS = {"listing", "collection"}


def train(x, y, weight, threads):
    return lgb.train({**PARAMS, "num_threads": threads}, lgb.Dataset(x, y, weight=weight), ROUNDS)


def save(path, forests, features):
    path.write_bytes(b"newsmill pages 1\n" + struct.pack("<II", features, len(forests)) + b"".join(pack(f, features) for f in forests))


def main():
    args = arguments(__doc__)
    truths = read_truths(args.corpus)
    rows = [json.loads(line) for line in (args.work / "pages.jsonl").open(encoding="utf-8")]
    names = rows[0]["names"]
    x = np.array([r["features"] for r in rows], np.float32)
    kind = [truths[r["set"], r["id"]].get("page_type") or "article" for r in rows]
    targets = [np.array([k == "article" for k in kind], np.float32), np.array([k in LISTINGS for k in kind], np.float32)]
    weight = np.array([SET_WEIGHT[r["set"]] for r in rows], np.float32)
    sites = [site(truths[r["set"], r["id"]].get("url"), r["id"]) for r in rows]
    groups = sorted(set(sites))
    np.random.default_rng(11).shuffle(groups)
    of = {s: k % FOLDS for k, s in enumerate(groups)}
    fold = np.array([of[s] for s in sites])
    (args.work / "page-folds.json").write_text(json.dumps({f"{r['set']}/{r['id']}": int(k) for r, k in zip(rows, fold)}))
    held = np.zeros((len(rows), len(targets)))
    for k in range(FOLDS):
        forests = [train(x[fold != k], y[fold != k], weight[fold != k], args.threads) for y in targets]
        for i, f in enumerate(forests):
            held[fold == k, i] = f.predict(x[fold == k])
        save(args.work / f"pages-{k}.bin", forests, x.shape[1])
    web = np.array([r["set"] == "wcxb-dev" for r in rows])
    for cut in (0.5, 0.55, 0.6, 0.65):
        said, true = held[:, 0] > cut, targets[0] > 0
        hits = (said & true & web).sum()
        found = {s: round(float(said[[r["set"] == s for r in rows]].mean()), 3) for s in SET_WEIGHT}
        print(f"cut {cut}: wcxb-dev F1 {2 * hits / ((said & web).sum() + (true & web).sum()):.4f}; called articles: {found}")
    forests = [train(x, y, weight, args.threads) for y in targets]
    save(args.work / "pages.bin", forests, x.shape[1])
    gain = forests[0].feature_importance("gain")
    print("features by gain:", [names[i] for i in np.argsort(-gain)[:40]])
    print("unused:", [names[i] for i in np.flatnonzero(gain == 0)])


if __name__ == "__main__":
    main()
