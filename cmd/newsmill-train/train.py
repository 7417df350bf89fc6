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
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import lightgbm as lgb
import numpy as np

WORD = re.compile(r"\w+")
FOLDS = 5
CATEGORICAL = ()
# A page's weight by its set: how far its truth can be trusted, and how near its pages are to what matters.
SET_WEIGHT = {"fundus-dev": 1.6, "wcxb-dev": 1.0, "traf-dev": 1.0, "readability": 0.25}
OTHER_WEIGHT = 0.3  # pages of wcxb-dev that are no articles
FIRST = dict(objective="binary", learning_rate=0.06, num_leaves=31, min_data_in_leaf=40, lambda_l2=5.0, feature_fraction=0.4,
             bagging_fraction=0.8, bagging_freq=1, max_bin=127, seed=7, deterministic=True, force_row_wise=True, verbose=-1,
             use_missing=False)
ROUNDS = 250
WINDOW = 5  # blocks on each side whose first scores the second forest sees
TWO_PARTS = {"co", "com", "org", "net", "gov", "ac", "edu", "or", "ne", "go"}


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
                truths[name, t["id"]] = t
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
        total = SET_WEIGHT[key[0]]
        if truth.get("page_type") not in (None, "article"):
            total *= OTHER_WEIGHT
        if key[0] == "traf-dev":
            total *= min(1, (labels >= 0).sum() / 8)
        if w.sum():
            weight[at] = w / w.sum() * total * 100
    return order, x, y, weight, page_of, np.array(site_of)


def around(score, page_of):
    """What the second forest sees of the first one's scores: the block's, its neighbours', sums on the page."""
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


def train(x, y, weight, rounds, threads, **changes):
    used = (y >= 0) & (weight > 0)
    data = lgb.Dataset(x[used], y[used], weight=weight[used], free_raw_data=True)
    return lgb.train({**FIRST, "num_threads": threads, **changes}, data, rounds)


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


def save(path, first, second, features):
    blob = b"newsmill model 1\n" + struct.pack("<II", features, 2) + pack(first, features) + pack(second, features)
    path.write_bytes(blob)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    order, x, y, weight, page_of, sites = load(args.corpus, args.work)
    groups = sorted(set(sites))
    np.random.default_rng(11).shuffle(groups)
    fold_of_site = {s: k % FOLDS for k, s in enumerate(groups)}
    fold = np.array([fold_of_site[s] for s in sites])
    (args.work / "folds.json").write_text(json.dumps({"/".join(key): int(f) for key, f in zip(order, fold)}))
    row_fold = fold[page_of]
    score = np.zeros(len(y), np.float32)
    firsts = []
    for k in range(FOLDS):
        model = train(x[row_fold != k], y[row_fold != k], weight[row_fold != k], ROUNDS, args.threads)
        score[row_fold == k] = model.predict(x[row_fold == k], num_threads=args.threads)
        firsts.append(model)
        print(f"fold {k}: first forest", file=sys.stderr)
    report("first", score, y, weight, order, page_of)
    wide = np.hstack([x, around(score, page_of)])
    final = np.zeros(len(y), np.float32)
    for k in range(FOLDS):
        model = train(wide[row_fold != k], y[row_fold != k], weight[row_fold != k], ROUNDS, args.threads)
        final[row_fold == k] = model.predict(wide[row_fold == k], num_threads=args.threads)
        save(args.work / f"fold-{k}.bin", firsts[k], model, x.shape[1])
        print(f"fold {k}: second forest", file=sys.stderr)
    report("second", final, y, weight, order, page_of)
    first = train(x, y, weight, ROUNDS, args.threads)
    second = train(wide, y, weight, ROUNDS, args.threads)
    save(args.work / "all.bin", first, second, x.shape[1])
    np.savez(args.work / "scores.npz", first=score, final=final, y=y, weight=weight)
    gain = second.feature_importance("gain")
    print("features by gain:", [int(i) for i in np.argsort(-gain)[:40]], "unused:", int((gain == 0).sum()), file=sys.stderr)


def report(name, score, y, weight, order, page_of):
    sets = np.array([key[0] for key in order])[page_of]
    for s in SET_WEIGHT:
        m = (sets == s) & (y >= 0) & (weight > 0)
        p = np.clip(score[m], 1e-6, 1 - 1e-6)
        loss = -np.average(np.where(y[m] == 1, np.log(p), np.log(1 - p)), weights=weight[m])
        wrong = np.average((p > 0.5) != (y[m] == 1), weights=weight[m])
        print(f"{name} forest, {s}: log loss {loss:.4f}, wrong {wrong:.4f}", file=sys.stderr)


if __name__ == "__main__":
    main()
