"""Makes the lake that benches/run.py measures on.

    python benches/data.py FOLDER [--rows 10000000]

Two lakes, `one` and `many`. Tables, all SNAPPY with dictionaries, data pages of 1 MB and row groups of 250,000 rows, as parquet-cpp
writes BigQuery's exports:

    wide.by_day     37 DOUBLE columns, a JSON column that never repeats; one file a date, 900 hive folders
    wide.mixed      the same rows and a DATE column; 10 files, each with rows of all 900 dates in no order
    wide.documents  DATE, DOUBLE, a JSON column of a few hundred documents; 10 files of mixed dates
    wide.bounded    DATE, INT64, NUMERIC and DOUBLE columns for ranges that footers can prove; 10 files
    daily.t0 .. t7  41 columns, 300 rows a date, one file a date, 900 hive folders

Doubles have full entropy within the ranges of ratings, percentages, minutes and differences.
The same arguments give the same values on every machine.
"""

import argparse
import datetime
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DAYS = 900
FIRST_DAY = datetime.date(2021, 10, 19)
FILES = 10
DOUBLES = 37
# Ranges of the doubles, taken in turn.
RANGES = [(80.0, 140.0), (0.0, 100.0), (0.0, 48.0), (-30.0, 30.0), (0.0, 1.0), (180.0, 290.0)]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--rows", type=int, default=10_000_000)
    options = arguments.parse_args()
    wide(options.folder / "one" / "wide", options.rows)
    documents(options.folder / "one" / "wide" / "documents", options.rows)
    bounded(options.folder / "one" / "wide" / "bounded", options.rows)
    for number in range(8):
        daily(options.folder / "many" / "daily" / f"t{number}", number)


def day(number):
    return FIRST_DAY + datetime.timedelta(days=int(number))


def write(table, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="snappy", row_group_size=250_000, store_schema=False)


def doubles(random, rows):
    columns = {}
    for number in range(DOUBLES):
        low, high = RANGES[number % len(RANGES)]
        columns[f"c{number}"] = random.uniform(low, high, rows)
    return columns


def score_documents(scores, ids):
    """Documents of about 120 bytes whose `$.final_score` is the score."""
    text = (
        '{{"factors":{{"days_rest":{},"games_in_7_days":{}}},"final_score":{!r},'
        '"id":{},"level":"normal","version":"v4"}}'
    )
    return [text.format(i % 5, i % 4, s, i) for s, i in zip(scores.tolist(), ids.tolist())]


def wide(folder, rows):
    """The same rows twice: by day, and dealt out at random to a few files."""
    bounds = np.linspace(0, rows, DAYS + 1).astype(int)
    place = np.random.default_rng(1).integers(0, FILES, rows, dtype=np.int8)
    mixed = [[] for _ in range(FILES)]
    for number in range(DAYS):
        first, end = int(bounds[number]), int(bounds[number + 1])
        random = np.random.default_rng([2, number])
        columns = doubles(random, end - first)
        columns["doc"] = score_documents(columns["c0"], np.arange(first, end))
        table = pa.table(columns)
        write(table, folder / "by_day" / f"dt={day(number)}" / "000000000000.parquet")
        dates = pa.array([day(number)] * (end - first), pa.date32())
        table = table.append_column("dt", dates)
        for file in range(FILES):
            mixed[file].append(table.filter(pa.array(place[first:end] == file)))
    for file in range(FILES):
        table = pa.concat_tables(mixed[file])
        mixed[file] = None
        order = np.random.default_rng([3, file]).permutation(table.num_rows)
        write(table.take(pa.array(order)).combine_chunks(), folder / "mixed" / f"{file:012}.parquet")


def mixed_dates(random, rows):
    start = (FIRST_DAY - datetime.date(1970, 1, 1)).days
    return pa.array(random.integers(start, start + DAYS, rows, dtype=np.int32)).cast(pa.date32())


def documents(folder, rows):
    scores = np.linspace(0, 100, 301).round(1)
    texts = pa.array(score_documents(scores, np.arange(len(scores))))
    for file in range(FILES):
        random = np.random.default_rng([4, file])
        pick = random.integers(0, len(scores), rows // FILES)
        table = pa.table(
            {
                "dt": mixed_dates(random, len(pick)),
                "score": scores[pick],
                "doc": texts.take(pa.array(pick)),
            }
        )
        write(table, folder / f"{file:012}.parquet")


def numerics(random, low, high, rows):
    """NUMERIC(38, 9) with all nine digits in use, from their little-endian words."""
    words = np.zeros((rows, 2), dtype=np.int64)
    words[:, 0] = random.integers(low * 10**9, high * 10**9, rows)
    words[:, 1] = words[:, 0] >> 63
    return pa.Array.from_buffers(pa.decimal128(38, 9), rows, [None, pa.py_buffer(words.tobytes())])


def bounded(folder, rows):
    for file in range(FILES):
        random = np.random.default_rng([5, file])
        size = rows // FILES
        columns = {"dt": mixed_dates(random, size)}
        for number in range(4):
            columns[f"i{number}"] = random.integers(0, 1000, size)
            columns[f"n{number}"] = numerics(random, -100, 100, size)
            columns[f"f{number}"] = random.uniform(80.0, 140.0, size)
        for number in range(2):
            columns[f"d{number}"] = mixed_dates(random, size)
        write(pa.table(columns), folder / f"{file:012}.parquet")


def daily(folder, number):
    rows = 300
    players = pa.array([f"player_{i:03}" for i in range(rows)])
    for date in range(DAYS):
        random = np.random.default_rng([6, number, date])
        columns = {
            "player_lookup": players,
            "game_id": pa.array([f"002{date:05}{i // 30}" for i in range(rows)]),
            "team": pa.array([f"T{i // 10:02}" for i in range(rows)]),
            "starter": pa.array(random.random(rows) < 0.33),
        }
        for column in range(6):
            columns[f"i{column}"] = random.integers(0, 60, rows)
        for column in range(2):
            columns[f"n{column}"] = numerics(random, 0, 100, rows)
        for column in range(28):
            low, high = RANGES[column % len(RANGES)]
            columns[f"f{column}"] = random.uniform(low, high, rows)
        stamp = datetime.datetime.combine(day(date), datetime.time(12))
        columns["processed_at"] = pa.array([stamp] * rows, pa.timestamp("us"))
        write(pa.table(columns), folder / f"game_date={day(date)}" / "000000000000.parquet")


if __name__ == "__main__":
    main()
