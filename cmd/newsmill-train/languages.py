#!/usr/bin/env python3
"""Fit the labeller's trees once more for each language of daniel-dev, without any page of it in that language.

    languages.py CORPUS WORK [--threads N]

Writes lang-en.bin, lang-ru.bin, … into WORK: how good the labeller is in a language that it was not trained on. The
features are those that train.py used.
"""
import sys

import lightgbm as lgb
import numpy as np
import train

SET = "daniel-dev"


def main():
    args = train.arguments(__doc__)
    order, x, y, weight, page_of, _ = train.load(args.corpus, args.work)
    truths = train.read_truths(args.corpus)
    language = np.array([truths[key]["lang"] if SET in (key[0], key[1].split("/")[0]) else "" for key in order])[page_of]
    used = (y >= 0) & (weight > 0)
    fitted = train.easy_negatives(x, y, weight, used, args.threads)
    rows = np.flatnonzero(used & (fitted > 0))
    params = {**train.FOREST, "num_threads": args.threads}
    data = lgb.Dataset(x[rows], y[rows], weight=fitted[rows], params=params, free_raw_data=False).construct()
    for name in sorted(set(language) - {""}):
        kept = np.flatnonzero(language[rows] != name)
        train.save(args.work / f"lang-{name}.bin", lgb.train(params, data.subset(kept), train.ROUNDS), x[rows[kept]])
        print(f"without {name}: done", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
