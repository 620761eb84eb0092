"""What the queries of queries/pipeline/ must answer over the demo lake, by other means.

Each question is answered again, in Python over rows that a plain DuckDB query finds; nothing is transpiled
and no file of queries/ is read. Run by hand when a query or the demo lake changes, and read the difference:

    python3 -m venv .oracle
    .oracle/bin/pip install duckdb==2.0.0 pyarrow
    .oracle/bin/python tests/oracle/pipeline.py

It writes expected/<query>.jsonl: a line with the clock and the window, then a line a row. tests/it/pipeline.rs
compares.
"""

import datetime
import decimal
import json
import pathlib

import days
import games
import models
from lake import Lake

EXPECTED = pathlib.Path(__file__).resolve().parent / "expected"


def plain(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return str(value)
    return value


def main():
    lake = Lake()
    EXPECTED.mkdir(exist_ok=True)
    for old in EXPECTED.glob("*.jsonl"):
        old.unlink()
    for module in (models, days, games):
        for name, (as_of, start, answer) in module.QUESTIONS.items():
            as_of = datetime.date.fromisoformat(as_of)
            start = start and datetime.date.fromisoformat(start)
            rows = answer(lake, start, as_of)
            assert rows, f"{name} has no rows"
            with open(EXPECTED / f"{name}.jsonl", "w") as out:
                window = {"as_of": str(as_of)} | ({"from": str(start)} if start else {})
                print(json.dumps(window), file=out)
                for row in rows:
                    print(json.dumps({key: plain(value) for key, value in row.items()}, ensure_ascii=False), file=out)


if __name__ == "__main__":
    main()
