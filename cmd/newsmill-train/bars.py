#!/usr/bin/env python3
"""Print what must hold beside what does, on sites that no model has seen.

    bars.py CORPUS WORK

Reads what earlier runs left in WORK (see bars.go): the folds' texts in SET.jsonl and lines/SET.jsonl, texts and metadata as
shipped in shipped/SET.jsonl, texts by labellers that had not seen the language in languages/daniel-dev.jsonl, the figures of the
confidence in confidence.json, and what the cases said in cases.txt. What is missing is shown as "-".
"""
import argparse
import json
import sys
from pathlib import Path

UNDER = -1  # of a bar: the figure must not be above it
SEVEN = "ird-dev", "gn1-dev", "aed-dev", "mic-dev", "omnivore-dev", "daniel-dev", "dragnet-dev"
BLIND = {"ird-dev", "gn1-dev", "ird-dev-text", "gn1-dev-text"}


class Figures:
    def __init__(self, corpus, work):
        import score
        import tail
        self.corpus, self.work, self.score, self.tail, self.read = corpus, work, score, tail, {}

    def file(self, name, folder=None):
        if folder is None:
            folder = "shipped" if name in BLIND else "lines" if name.endswith("-text") else ""
        return self.work / folder / f"{name}.jsonl"

    def summary(self, name, folder=None, by=lambda truth: True):
        """score.py's figures of the pages of a set that by() picks."""
        truths = [t for t in self.score.read_jsonl(self.corpus / name / "truth.jsonl") if by(t)]
        guesses = {g["id"]: {"date": g.get("published_at"), **g} for g in self.score.read_jsonl(self.file(name, folder))}
        key = name, folder
        if key not in self.read:
            self.read[key] = {}
        pages = self.read[key]
        for t in truths:
            if t["id"] not in pages:
                pages[t["id"]] = self.score.score_page(t, guesses.get(t["id"], {}), False)
        return self.score.summary(truths, guesses, [pages[t["id"]] for t in truths])

    def languages(self, folder):
        truths = self.score.read_jsonl(self.corpus / "daniel-dev" / "truth.jsonl")
        found = {lang: self.summary("daniel-dev", folder, lambda t: t["lang"] == lang)["shingle"]["f1"] for lang in {t["lang"] for t in truths}}
        return min((f1, lang) for lang, f1 in found.items())

    def tails(self):
        scores = [s for name in SEVEN for _, s in self.tail.page_scores(self.corpus / name, self.file(name))]
        return sum(scores) / len(scores), sum(s < 0.8 for s in scores) / len(scores)

    def confidence(self, figure):
        return json.loads((self.work / "confidence.json").read_text())["pages"]["folds and blind"][figure]

    def cases(self):
        passed, failed = ((self.work / "cases.txt").read_text().split("\n")[-2]).split(", ")
        return int(passed.split()[0]), int(passed.split()[0]) + int(failed.split()[0])


def rows(f):
    """Of each figure: what it is, how it is found, what it must be, and whether from above."""
    def shingle(name, folder=None):
        return lambda: f.summary(name, folder)["shingle"]["f1"]

    def exact(name):
        return lambda: f.summary(name)["shingle"]["exact"]

    def field(name, field):
        return lambda: f.summary(name, "shipped")[field]["score"]

    yield "ird-dev shingle F1 (blind)", shingle("ird-dev"), 0.984
    yield "gn1-dev shingle F1 (blind)", shingle("gn1-dev"), 0.986
    for name, f1, right in ("aed", 0.971, 0.47), ("mic", 0.987, 0.52), ("fundus", 0.985, 0.60):
        yield f"{name}-dev shingle F1", shingle(f"{name}-dev"), f1
        yield f"{name}-dev exact", exact(f"{name}-dev"), right
    for name, f1 in ("omnivore", 0.93), ("dragnet", 0.962), ("daniel", 0.963):
        yield f"{name}-dev shingle F1", shingle(f"{name}-dev"), f1
    yield "daniel-dev lowest language", lambda: f.languages(None), 0.945
    yield "daniel-dev lowest, that language left out", lambda: f.languages("languages"), 0.92
    yield "traf-dev with", lambda: f.summary("traf-dev")["snippets"]["with"], 0.966
    yield "traf-dev leaked", lambda: f.summary("traf-dev")["snippets"]["leaked"], 0.042, UNDER
    article = lambda t: t["page_type"] == "article"  # noqa: E731
    yield "wcxb-dev articles shingle F1", lambda: f.summary("wcxb-dev", by=article)["shingle"]["f1"], 0.962
    yield "wcxb-dev articles words F1", lambda: f.summary("wcxb-dev", by=article)["words"]["f1"], 0.967
    yield "wcxb-dev all kinds words F1", lambda: f.summary("wcxb-dev")["words"]["f1"], 0.88
    yield "seven sets: mean of pages", lambda: f.tails()[0], 0.958
    yield "seven sets: pages under 0.8", lambda: f.tails()[1], 0.042, UNDER
    for name, f1 in ("fundus", 0.955), ("aed", 0.955), ("mic", 0.960), ("daniel", 0.940), ("dragnet", 0.930), ("ird", 0.969), ("gn1", 0.973):
        yield f"{name}-dev-text shingle F1" + (" (blind)" if f"{name}-dev" in BLIND else ""), shingle(f"{name}-dev-text"), f1
    for name, share in ("fundus", 0.99), ("aed", 0.99), ("mic", 0.99), ("mercury", 0.97), ("traf", 0.985), ("wcxb", 0.96):
        yield f"{name}-dev headline", field(f"{name}-dev", "headline"), share
    for name, share in ("fundus", 0.94), ("aed", 0.93), ("mic", 0.93), ("mercury", 0.94), ("traf", 0.82):
        yield f"{name}-dev authors", field(f"{name}-dev", "authors"), share
    for name, share in ("aed", 0.97), ("mic", 0.96), ("htmldate", 0.96), ("mercury", 0.99), ("traf", 0.935):
        yield f"{name}-dev date", field(f"{name}-dev", "date"), share
    yield "confidence: AUROC", lambda: f.confidence("auroc"), 0.87
    yield "confidence: pages under 0.8 in the most doubtful tenth", lambda: f.confidence("bad_in_most_doubtful_tenth"), 0.65
    yield "confidence: calibration error", lambda: f.confidence("calibration_error"), 0.04, UNDER
    yield "cases passed", f.cases, 60


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("work", type=Path)
    args = parser.parse_args()
    sys.path.insert(0, str(args.corpus))
    print("| figure | today | must be | holds |\n|---|---|---|---|")
    held = count = 0
    for name, find, bar, *under in rows(Figures(args.corpus, args.work)):
        try:
            found = find()
        except (OSError, KeyError, IndexError, ValueError) as err:
            print(f"{name}: {err!r}", file=sys.stderr)
            print(f"| {name} | - | {bar} | |")
            continue
        value, *rest = found if isinstance(found, tuple) else (found,)
        value = round(value, 4)
        note = f" of {rest[0]}" if rest and isinstance(rest[0], int) else f" ({rest[0]})" if rest else ""
        holds = value <= bar if under else value >= bar
        held, count = held + holds, count + 1
        print(f"| {name} | {value}{note} | {'at most ' if under else ''}{bar} | {'yes' if holds else 'no'} |", flush=True)
    print(f"\n{held} of {count} hold")


if __name__ == "__main__":
    main()
