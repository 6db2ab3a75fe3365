"""How well topics are learned, how many texts the model is sure of, and how long it takes.

    PYTHONPATH=src python benchmarks/topics.py ../shared/data [--out benchmarks/topics.json]

Reads `banking77/train.parquet` (77 intents; PolyAI, CC BY 4.0) and `bitext/utterances_8k.parquet`
(27 intents; Bitext, CDLA-Sharing 1.0) of the folder that is given; no text of either is kept here.
A quarter of each topic is held out. `strangers_sure`: the share of the other collection's texts
that the model names a topic for, although it knows none of theirs (some are near: both speak of
refunds and payments). Timings are wall and processor seconds on the machine as it was.
"""

import argparse
import json
import os
import platform
import time
from collections import Counter
from pathlib import Path
from typing import Any

from pyarrow import parquet

from amity.run.inbox.rules.topics.learning import learn
from amity.run.inbox.rules.topics.lessons import Lesson
from amity.run.inbox.rules.topics.model import from_bytes, to_bytes

COLLECTIONS = {
    "banking77": ("banking77/train.parquet", "text", "category"),
    "bitext": ("bitext/utterances_8k.parquet", "utterance", "intent"),
}
WANTED = 0.9


def lessons_of(folder: Path, name: str) -> list[Lesson]:
    """A collection's texts with their intents."""
    file, text, topic = COLLECTIONS[name]
    table = parquet.read_table(folder / file, columns=[text, topic]).to_pydict()
    return [Lesson(*pair) for pair in zip(table[text], table[topic], strict=True)]


def measured(lessons: list[Lesson], strangers: list[Lesson], each: int | None) -> dict[str, Any]:
    """One model, learned from at most `each` texts of a topic."""
    chosen = first_of_each(lessons, each) if each else lessons
    load, wall, worked = os.getloadavg()[0], time.perf_counter(), time.process_time()
    model, report = learn(chosen, precision=WANTED)
    wall, worked = time.perf_counter() - wall, time.process_time() - worked
    stored = to_bytes(model)
    model = from_bytes(stored)
    asked = time.process_time()
    guesses = [model.guess(one.text) for one in strangers[:2000]]
    asked = time.process_time() - asked
    return {
        "texts": report.labeled,
        "topics": len(model.topics),
        "held_out": report.judged,
        "precision_wanted": WANTED,
        "threshold": round(model.threshold, 3),
        "right_of_all": rounded(report.all),
        "right_of_the_sure": rounded(report.sure),
        "sure_of_all": rounded(report.covered),
        "strangers_sure": round(sum(one.is_sure for one in guesses) / len(guesses), 3),
        "train_seconds": round(wall, 1),
        "train_processor_seconds": round(worked, 1),
        "processor_microseconds_a_text": round(asked / len(guesses) * 1e6),
        "stored_bytes": len(stored),
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
    }


def rounded(it: Any) -> list[float | None]:
    """Value, low and high."""
    return [None if one is None else round(one, 3) for one in (it.value, it.low, it.high)]


def first_of_each(lessons: list[Lesson], each: int) -> list[Lesson]:
    """At most so many of each topic."""
    seen: Counter[str] = Counter()
    kept = []
    for one in lessons:
        seen[one.topic] += 1
        if seen[one.topic] <= each:
            kept.append(one)
    return kept


def main() -> None:
    """Measures both collections, whole and in part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    found = {name: lessons_of(given.folder, name) for name in COLLECTIONS}
    rows = []
    for name, other in (("banking77", "bitext"), ("bitext", "banking77")):
        for each in (10, 40, None):
            row = {"collection": name, "texts_of_each": each}
            rows.append(row | measured(found[name], found[other], each))
            print(json.dumps(rows[-1]), flush=True)
    result = {
        "rows": rows,
        "python": platform.python_version(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
    }
    if given.out:
        given.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
