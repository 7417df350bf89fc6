#!/usr/bin/env python3
"""Fit the labeller's trees from features.f32 and blocks.jsonl (see main.go).

    train.py CORPUS WORK [--threads N]

Writes fold-0.bin … fold-4.bin (each trained without the sites of that fold), all.bin (trained on everything) and
folds.json (which page is held out of which fold) into WORK. Seeds are fixed: the same input gives the same trees.
"""
import argparse
import json
import re
import struct
import sys
import zlib
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import lightgbm as lgb
import numpy as np

WORD = re.compile(r"\w+")
FOLDS = 5
# A page's weight by its set: how far its truth can be trusted, and how near its pages are to what matters.
SET_WEIGHT = {"fundus-dev": 8.0, "wcxb-dev": 1.0, "traf-dev": 2.0, "readability": 0.25,
              "aed-dev": 4.0, "mic-dev": 4.0, "omnivore-dev": 1.0, "daniel-dev": 2.0, "dragnet-dev": 2.0}
GRAFTED, GRAFT_WEIGHT = "graft", 0.2  # pages made of others by graft.go: a share of the weight of the page that they are made of
OTHER_WEIGHT = 1.0  # pages of wcxb-dev that are no articles
FOREST = dict(objective="binary", learning_rate=0.07, num_leaves=63, min_data_in_leaf=40, lambda_l2=5.0, feature_fraction=0.3,
              max_bin=63, seed=7, deterministic=True, force_row_wise=True, verbose=-1, use_missing=False)
ROUNDS = 160
SKETCH = dict(objective="binary", learning_rate=0.3, num_leaves=15, max_bin=31, feature_fraction=0.3, verbose=-1, seed=1,
              deterministic=True, force_row_wise=True, use_missing=False)
EASY, EASY_SHARE = 0.08, 0.1  # of the blocks that a sketch of the forest sees as surely not body, so many are trained on
EXITS = (10, 25, 60)  # trees after which blocks that are sure one way or the other are let go
DOUBTFUL = 0.35, 0.72  # where the last word on a block must not be spoken early …
LOST = 0.001  # … but for this share of such blocks
TWO_PARTS = {"co", "com", "org", "net", "gov", "ac", "edu", "or", "ne", "go"}


def arguments(doc):
    """What each trainer is called with."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def site(url, ident):
    """The registrable domain of a page, near enough."""
    host = (urlsplit(url or "").hostname or ident.split("_20")[0]).removeprefix("www.")
    parts = host.split(".")
    n = 3 if len(parts) > 2 and parts[-2] in TWO_PARTS and len(parts[-1]) == 2 else 2
    return ".".join(parts[-n:])


def read_truths(corpus):
    truths = {}
    for name in SET_WEIGHT:
        with open(corpus / name / "truth.jsonl", encoding="utf-8") as file:
            for line in file:
                t = json.loads(line)
                truths[name, t["id"]] = truths[GRAFTED, f"{name}/{t['id']}"] = t
    return truths


def label_by_text(texts, truth):
    """1 for blocks that stand in the true text, 0 for the others."""
    words = [WORD.findall(t) for t in texts]
    lines = [tuple(WORD.findall(line)) for line in truth.splitlines()]
    lines = [l for l in lines if l]
    flat = " " + " ".join(w for l in lines for w in l) + " "
    stream = [w for l in lines for w in l]
    grams = Counter(tuple(stream[i:i + 4]) for i in range(len(stream) - 3))
    whole = Counter(lines)
    result = np.zeros(len(texts), np.int8)
    spent = Counter()
    # Longer blocks first claim their place in the truth; a repeated block is body as often as the truth has it.
    for i, w in enumerate(words):
        if len(w) < 4:
            continue
        key = " ".join(w)
        if f" {key} " in flat:
            if spent[key] < flat.count(f" {key} "):
                spent[key] += 1
                result[i] = 1
            continue
        mine = [tuple(w[k:k + 4]) for k in range(len(w) - 3)]
        if mine and sum(g in grams for g in mine) >= 0.8 * len(mine):
            result[i] = 1
    long = result.copy()
    used = Counter()
    for i, w in enumerate(words):
        if not w or len(w) >= 4:
            continue
        key = " ".join(w)
        near = long[max(0, i - 2):i + 3].any()
        if whole[tuple(w)] > used[tuple(w)] and (near or long.sum() == 0):
            used[tuple(w)] += 1
            result[i] = 1
        elif f" {key} " in flat and near and len(w) >= 2 and whole[tuple(w)] == 0:
            # a short piece of a longer line, beside kept ones on both sides
            if long[max(0, i - 1):i].any() and long[i + 1:i + 2].any():
                result[i] = 1
    return result


def squeeze(text):
    return " ".join(re.sub("[\xad\u200b\u2060\ufeff]", "", text or "").split()).lower()


def label_by_snippets(texts, truth):
    """1 for blocks with a wanted snippet, 0 with an unwanted one, -1 for those that nobody judged."""
    result = np.full(len(texts), -1, np.int8)
    yes = [squeeze(s) for s in truth.get("with") or []]
    no = [squeeze(s) for s in (truth.get("without") or []) + (truth.get("comments") or [])]
    for i, t in enumerate(texts):
        t = squeeze(t)
        if any(s in t for s in yes):
            result[i] = 1
        elif any(s in t for s in no):
            result[i] = 0
    return result


def load(corpus, work):
    truths = read_truths(corpus)
    pages, order = defaultdict(list), []
    with open(work / "blocks.jsonl", encoding="utf-8") as file:
        for n, line in enumerate(file):
            b = json.loads(line)
            key = b["set"], b["id"]
            if key not in pages:
                order.append(key)
            pages[key].append((n, b["text"]))
    rows = sum(map(len, pages.values()))
    x = np.fromfile(work / "features.f32", np.float32).reshape(rows, -1)
    y, weight = np.full(rows, -1, np.int8), np.zeros(rows, np.float32)
    page_of, site_of = np.zeros(rows, np.int32), []
    for p, key in enumerate(order):
        truth, (at, texts) = truths[key], zip(*pages[key])
        at = np.array(at)
        page_of[at] = p
        site_of.append(site(truth["url"], truth["id"]))
        labels = label_by_text(texts, truth["text"]) if truth.get("text") is not None else label_by_snippets(texts, truth)
        y[at] = labels
        if truth.get("text") is not None and labels.sum() == 0 and truth["text"]:
            y[at] = -1  # the text is not on the page: nothing to learn
            continue
        w = np.sqrt(np.array([max(1, len(WORD.findall(t))) for t in texts]))
        w[labels < 0] = 0
        name = key[0]
        total = SET_WEIGHT[key[1].split("/")[0]] * GRAFT_WEIGHT if name == GRAFTED else SET_WEIGHT[name]
        if truth.get("page_type") not in (None, "article"):
            total *= OTHER_WEIGHT
        if key[0] == "traf-dev":
            total *= min(1, (labels >= 0).sum() / 8)
        if w.sum():
            weight[at] = w / w.sum() * total * 100
    return order, x, y, weight, page_of, np.array(site_of)


def easy_negatives(x, y, weight, used, threads):
    """The weights with most of the blocks that are plainly not body left out, and the others of them counting for more."""
    part = used & (np.arange(len(y)) % 5 == 0)
    params = {**SKETCH, "num_threads": threads}
    sketch = lgb.train(params, lgb.Dataset(x[part], y[part], weight=weight[part], params=params), 12)
    score = np.ones(len(y))
    score[used] = sketch.predict(x[used], num_threads=threads)
    easy = used & (score < EASY) & (y == 0)
    kept = ~easy | (np.random.default_rng(3).random(len(y)) < EASY_SHARE)
    weight = np.where(easy, weight / EASY_SHARE, weight) * kept
    return weight.astype(np.float32)


def early_exits(model, x):
    """For each exit the sums of leaves below and above which a block is let go."""
    final = model.predict(x)
    found = []
    for trees in EXITS:
        sums = model.predict(x, num_iteration=trees, raw_score=True)
        low = np.quantile(sums[final >= DOUBTFUL[0]], LOST)
        high = np.quantile(sums[final <= DOUBTFUL[1]], 1 - LOST)
        found.append((trees, float(low), float(max(low, high))))
    return found


def pack(model, features):
    """The trees as model.go reads them."""
    info = model.dump_model()
    out = [struct.pack("<I", len(info["tree_info"]))]
    for tree in info["tree_info"]:
        nodes, leaves = [], []

        def place(n):
            if "split_feature" not in n:
                leaves.append(n["leaf_value"])
                return -len(leaves)
            at = len(nodes)
            nodes.append(None)
            split = np.float32(n["threshold"])
            if float(split) > n["threshold"]:  # rounding must not let a larger value through
                split = np.nextafter(split, np.float32(-np.inf))
            left = place(n["left_child"])
            right = place(n["right_child"])
            nodes[at] = (n["split_feature"], left, right, float(split))
            return at

        place(tree["tree_structure"])
        out.append(struct.pack("<H", len(leaves)))
        out += [struct.pack("<Hhhf", *n) for n in nodes]
        out.append(np.array(leaves, "<f4").tobytes())
    return b"".join(out)


def save(path, model, x):
    exits = early_exits(model, x)
    blob = b"newsmill model 3\n" + struct.pack("<II", x.shape[1], len(exits))
    blob += b"".join(struct.pack("<Iff", *e) for e in exits) + pack(model, x.shape[1])
    path.write_bytes(blob)


def main():
    args = arguments(__doc__)
    order, x, y, weight, page_of, sites = load(args.corpus, args.work)
    fold = np.array([zlib.crc32(s.encode()) % FOLDS for s in sites])  # as graft.go has it: what is grafted comes from the same fold
    (args.work / "folds.json").write_text(json.dumps({"/".join(key): int(f) for key, f in zip(order, fold)}))
    row_fold = fold[page_of]
    used = (y >= 0) & (weight > 0)
    fitted = easy_negatives(x, y, weight, used, args.threads)
    rows = np.flatnonzero(used & (fitted > 0))
    params = {**FOREST, "num_threads": args.threads}
    data = lgb.Dataset(x[rows], y[rows], weight=fitted[rows], params=params, free_raw_data=False).construct()
    score = np.zeros(len(y), np.float32)
    for k in range(FOLDS):
        model = lgb.train(params, data.subset(np.flatnonzero(row_fold[rows] != k)), ROUNDS)
        out = used & (row_fold == k)
        score[out] = model.predict(x[out], num_threads=args.threads)
        save(args.work / f"fold-{k}.bin", model, x[rows[row_fold[rows] != k]])
        print(f"fold {k} done", file=sys.stderr)
    report(score, y, weight, order, page_of)
    model = lgb.train(params, data, ROUNDS)
    save(args.work / "all.bin", model, x[rows])
    np.savez(args.work / "scores.npz", score=score, y=y, weight=weight)
    gain = model.feature_importance("gain")
    print("features by gain:", [int(i) for i in np.argsort(-gain)[:40]], "unused:", np.flatnonzero(gain == 0).tolist(), file=sys.stderr)


def report(score, y, weight, order, page_of):
    sets = np.array([key[0] for key in order])[page_of]
    for s in SET_WEIGHT:
        m = (sets == s) & (y >= 0) & (weight > 0)
        p = np.clip(score[m], 1e-6, 1 - 1e-6)
        loss = -np.average(np.where(y[m] == 1, np.log(p), np.log(1 - p)), weights=weight[m])
        wrong = np.average((p > 0.5) != (y[m] == 1), weights=weight[m])
        print(f"{s}: log loss {loss:.4f}, wrong {wrong:.4f}", file=sys.stderr)


if __name__ == "__main__":
    main()
