"""Measures `lakeaudit diff` against DuckDB's full outer join of the same files.

    cargo build --release
    python benches/diff.py FOLDER [--rows 4000000] [--repeat 5] [--case few|all]

Two tables of 41 columns (DATE, two STRING, one INT64, 37 DOUBLE of full entropy), keyed by date and player, one file for
each of 8 days; the rows of the right one are shuffled within their files. `few`: three columns differ in 1 % of the rows
of 2 days. `all`: every DOUBLE differs in every row. DuckDB joins by the key and counts, for each of the other columns, the
rows in which it `is distinct from` the other side's, and the rows of one side. Both run as processes of their own, in
turns, with 2 threads; wall and processor seconds and the peak of memory are those of the process. The counts of both are
compared: a difference ends the run with an error.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DAYS = 8
FIRST_DAY = datetime.date(2026, 1, 20)
DOUBLES = 37
CHANGED = {"few": ["c3", "c11", "c30"], "all": [f"c{n}" for n in range(DOUBLES)]}
THREADS = 2


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--rows", type=int, default=4_000_000)
    arguments.add_argument("--repeat", type=int, default=5)
    arguments.add_argument("--case", choices=list(CHANGED), default="few")
    arguments.add_argument("--program", type=pathlib.Path, default=ROOT / "target" / "release" / "lakeaudit")
    arguments.add_argument("--memory", default=None)
    arguments.add_argument("--without-duckdb", action="store_true", help="only lakeaudit, where DuckDB's memory does not suffice")
    arguments.add_argument("--join", type=pathlib.Path, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.join:
        return join(options.join, options.case)
    lake = options.folder / f"{options.case}_{options.rows}"
    if not lake.exists():
        make(lake, options)
    measure(lake, options)


def make(lake, options):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    share = options.rows // DAYS
    for number in range(DAYS):
        random = np.random.default_rng([7, number])
        day = FIRST_DAY + datetime.timedelta(days=number)
        players = np.array([f"player{n:07d}" for n in range(share)])
        columns = {
            "game_date": np.full(share, np.datetime64(day)),
            "player_lookup": players,
            "team": np.array(["ATL", "BOS", "LAL", "POR"])[random.integers(0, 4, share)],
            "games": random.integers(0, 82, share),
        }
        for at in range(DOUBLES):
            columns[f"c{at}"] = random.uniform(0, 100, share)
        write(pa, pq, lake, "left", number, columns)
        hit = np.zeros(share, dtype=bool)
        if options.case == "all":
            hit[:] = True
        elif number in (5, 6):
            hit[random.choice(share, share // 100, replace=False)] = True
        for name in CHANGED[options.case]:
            columns[name] = np.where(hit, np.trunc(columns[name] / 20), columns[name])
        order = random.permutation(share)
        write(pa, pq, lake, "right", number, {name: values[order] for name, values in columns.items()})


def write(pa, pq, lake, side, number, columns):
    arrays = {name: pa.array(values) for name, values in columns.items()}
    arrays["game_date"] = arrays["game_date"].cast(pa.date32())
    path = lake / "runs" / side / f"{number:012d}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(arrays), path, compression="snappy", row_group_size=250_000, store_schema=False)


def join(lake, case):
    import duckdb

    names = ["team", "games"] + [f"c{n}" for n in range(DOUBLES)]
    both = "l.game_date IS NOT NULL AND r.game_date IS NOT NULL"
    counts = ", ".join(f"count(*) FILTER (WHERE {both} AND l.{n} IS DISTINCT FROM r.{n}) AS {n}" for n in names)
    connection = duckdb.connect()
    connection.execute(f"SET threads = {THREADS}")
    row = connection.execute(f"""
        SELECT {counts},
          count(*) FILTER (WHERE r.game_date IS NULL) AS only_left, count(*) FILTER (WHERE l.game_date IS NULL) AS only_right
        FROM '{lake}/runs/left/*.parquet' l FULL OUTER JOIN '{lake}/runs/right/*.parquet' r
          ON l.game_date = r.game_date AND l.player_lookup = r.player_lookup
    """)
    named = [column[0] for column in row.description]
    print(json.dumps(dict(zip(named, row.fetchone()))))


def run(command, out):
    """Wall and processor seconds, and the peak of memory in MB."""
    start = datetime.datetime.now()
    with open(out, "w") as stdout:
        process = subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    wall = (datetime.datetime.now() - start).total_seconds()
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{command} failed")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(lake, options):
    program = [options.program, "diff", "runs.left", "runs.right", "--lake", lake, "--reports", lake / "reports"]
    program += ["--key", "game_date,player_lookup", "--threads", str(THREADS), "--format", "json"]
    if options.memory:
        program += ["--memory", options.memory]
    duckdb = [sys.executable, __file__, str(lake), "--case", options.case, "--join", lake]
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as scratch:
        told, counted = pathlib.Path(scratch) / "lakeaudit.json", pathlib.Path(scratch) / "duckdb.json"
        for _ in range(options.repeat):
            ours.append(run(program, told))
            if not options.without_duckdb:
                theirs.append(run(duckdb, counted))
                compare(json.loads(told.read_text()), json.loads(counted.read_text()))
    report("lakeaudit", ours)
    if theirs:
        report("duckdb", theirs)
        for at, what in enumerate(["wall", "processors", "memory"]):
            ratio = statistics.median(t[at] / o[at] for o, t in zip(ours, theirs))
            print(f"{what:<10}  {ratio:5.2f} times less than DuckDB")


def compare(told, counted):
    columns = {c["name"]: c["differing"] for c in told["columns"]}
    rows = told["rows"]
    got = {**columns, "only_left": rows["only_left"], "only_right": rows["only_right"]}
    wrong = {name: (got.get(name), want) for name, want in counted.items() if got.get(name, 0) != want}
    if wrong:
        sys.exit(f"counts differ: {wrong}")


def report(name, runs):
    wall, processors, memory = (statistics.median(run[at] for run in runs) for at in range(3))
    print(f"{name:<10}  {wall:6.2f} s  {processors:6.2f} s of processors  {memory:7.0f} MB")


if __name__ == "__main__":
    main()
