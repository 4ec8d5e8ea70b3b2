"""How often the causes that `untuned measure --causes` finds are the true ones, on failures that are planted.

    python -m bench.planted                  five cases of each kind, in some seconds
    python -m bench.planted --each 9 --seed 3 --json

The model is a script whose failings are known, and so is the retrieval: no server and no network is needed. Pipeline,
replays and attribution are those of the measurement. The exit code is 1 where fewer than `--floor` are right.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from bench.planted import figures, run

FLOOR = 0.85


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=5, help="cases of each kind")
    parser.add_argument("--seed", type=int, default=0, help="of the model's chances and of the articles")
    parser.add_argument("--floor", type=float, default=FLOOR, help="the least share that must be right")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(run.benchmark(Path(folder), options.each, options.seed))
    if options.json:
        print(json.dumps(figures.document(found)))
    else:
        print("\n".join(figures.lines(found)))
        for case, kind, cause, why in found.wrong:
            print(f"wrong: {case} ({kind}): found {cause}: {why}")
    return 0 if (found.right.share or 0.0) >= options.floor else 1


if __name__ == "__main__":
    sys.exit(main())
