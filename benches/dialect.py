"""Times BigQuery's functions, each as a whole query, against DuckDB's equal query and, where it has one, plain DataFusion's.

    cargo build --release --bin lakeaudit --bench dialect
    python benches/dialect.py FOLDER [--rows 5000000] [--repeat 5] [--only REGEX]

The first run writes FOLDER/dialect/bench/t: four files, SNAPPY, row groups of 250,000 rows, the same on every machine.

Turns are interleaved, every measurement is a process of its own with two threads, files are in the system's cache. Both are
told without the start of the process: DuckDB's clock runs from the open connection to the rows, lakeaudit's time is that of
its process less the median of `SELECT 1` on the same lake; seconds of processors likewise. Answers are compared: numbers to
nine digits, rows in any order. Prints one Markdown row a query: medians, and ratios of medians to DuckDB's.
"""

import argparse
import datetime
import decimal
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
THREADS = 2
FILES = 4
FIRST_DAY = datetime.date(2021, 10, 19)
DAYS = 900


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--rows", type=int, default=5_000_000)
    arguments.add_argument("--repeat", type=int, default=5)
    arguments.add_argument("--only", default="", help="queries whose name matches")
    arguments.add_argument("--target", type=pathlib.Path, default=ROOT / "target" / "release")
    options = arguments.parse_args()
    lake = options.folder / "dialect"
    if not (lake / "made").exists():
        generate(lake / "bench" / "t", options.rows)
        (lake / "made").touch()
    built = options.target.glob("deps/dialect-*[0-9a-f]")
    options.plain = max(built, key=os.path.getmtime, default=None)
    chosen = [query for query in QUERIES if re.search(options.only, query[0])]
    start = [ours(options, lake, "SELECT 1") for _ in range(7)]
    start = {key: statistics.median(run[key] for run in start) for key in ["wall", "cpu"]}
    print(f"Start of lakeaudit's process: {start['wall']:.3f} s, {start['cpu']:.3f} s of processors.\n")
    print("| query | lakeaudit | of processors | DuckDB | of processors | ratio | of processors | DataFusion |")
    print("|---|---|---|---|---|---|---|---|")
    wrong = []
    for query in chosen:
        wrong += measure(query, options, lake, start)
    if wrong:
        sys.exit("\n".join(wrong))


def measure(query, options, lake, start):
    name, mine, their, *rest = query
    rest = rest[0] if rest else {}
    runs, duck, plain = [], [], []
    for _ in range(options.repeat):
        runs.append(ours(options, lake, mine))
        duck.append(theirs(lake, their))
        if "datafusion" in rest and options.plain:
            plain.append(datafusion(options, lake, rest["datafusion"]))
    median = lambda runs, key: statistics.median(run[key] for run in runs)
    wall, cpu = (max(median(runs, key) - start[key], 0.001) for key in ["wall", "cpu"])
    duck_wall, duck_cpu = (max(median(duck, key), 0.001) for key in ["wall", "cpu"])
    same_plan = f"{median(plain, 'wall'):.2f} s, {median(plain, 'cpu'):.2f} s" if plain else ""
    print(
        f"| {name} | {wall:.2f} s | {cpu:.2f} s | {duck_wall:.2f} s | {duck_cpu:.2f} s "
        f"| {wall / duck_wall:.2f} | {cpu / duck_cpu:.2f} | {same_plan} |",
        flush=True,
    )
    told, expected = runs[-1]["rows"], duck[-1]["rows"]
    if rest.get("compared", True) and not same(told, expected):
        return [f"{name}: lakeaudit answers {str(told)[:300]}, DuckDB {str(expected)[:300]}"]
    return []


def ours(options, lake, sql):
    command = [options.target / "lakeaudit", "query", "--lake", lake, "--threads", str(THREADS)]
    told = run([*command, "--format", "jsonl", sql], lake)
    told["rows"] = [list(json.loads(line).values()) for line in told["text"].splitlines()]
    return told


def theirs(lake, sql):
    told = run([sys.executable, pathlib.Path(__file__).resolve(), "--answer", lake, sql], lake)
    return json.loads(told["text"])


def datafusion(options, lake, sql):
    """Seconds by its own clock; those of processors by the whole process, which starts in a few milliseconds."""
    told = run([options.plain, str(THREADS), lake / "bench" / "t", sql], lake)
    return {"wall": float(told["text"]), "cpu": told["cpu"]}


def run(command, folder):
    """What a process prints, its seconds and those of its processors. In a folder without a suite."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as failed:
        child = subprocess.Popen(list(map(str, command)), stdout=out, stderr=failed, cwd=folder)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        failed.seek(0)
        if child.returncode != 0:
            sys.exit(f"{command[-1]}\n{failed.read()[-2000:]}")
        return {"text": out.read(), "wall": wall, "cpu": usage.ru_utime + usage.ru_stime}


def answer(lake, sql):
    """In a process of its own: DuckDB's rows and times."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads = {THREADS}")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE SCHEMA bench")
    connection.execute(f"CREATE VIEW bench.t AS SELECT * FROM read_parquet('{lake}/bench/t/*.parquet')")
    wall, cpu = time.perf_counter(), time.process_time()
    rows = connection.execute(sql).fetchall()
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    json.dump(took | {"rows": rows}, sys.stdout, default=str)


def same(told, expected):
    plain = lambda rows: sorted(([form(value) for value in row] for row in rows), key=str)
    told, expected = plain(told), plain(expected)
    return len(told) == len(expected) and all(map(same_row, told, expected))


def same_row(told, expected):
    return len(told) == len(expected) and all(
        abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1e-9) if isinstance(a, float) and isinstance(b, float) else a == b
        for a, b in zip(told, expected)
    )


def form(value):
    """Numbers, also those in text, as floats; lists as their text."""
    if isinstance(value, list):
        return str([form(one) for one in value])
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)


def generate(folder, rows):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    for file in range(FILES):
        random = np.random.default_rng([7, file])
        size = rows // FILES
        number = np.arange(file * size, (file + 1) * size)
        some = lambda values: pa.array(values, mask=random.random(size) < 0.02)
        epoch = (FIRST_DAY - datetime.date(1970, 1, 1)).days
        day = epoch + random.integers(0, DAYS, size, dtype=np.int32)
        other = day + random.integers(-400, 400, size, dtype=np.int32)
        micros = day.astype(np.int64) * 86_400_000_000 + random.integers(0, 86_400_000_000, size)
        x = random.uniform(0, 100, size)
        score = random.integers(0, 1000, size) / 10
        player = random.integers(0, 600, size)
        kind = random.integers(0, 20, size)
        dates = pa.array(day).cast(pa.date32())
        players = pa.array([f"{FIRST[p % 20]}_{LAST[p // 20]}" for p in range(600)])
        table = {
            "x": some(x),
            "y": random.integers(0, 20, size).astype(float),
            "i": some(random.integers(0, 10**9, size)),
            "k": random.integers(0, 100, size),
            "c": random.integers(1, 21, size),
            "n": numerics(random, 1, 100, size),
            "m": numerics(random, 1, 10, size),
            "name": players.take(pa.array(player)),
            "u": texts("{} {} {:07}-{:x}", [FIRST[p % 20] for p in player], [LAST[p // 20] for p in player], number, kind * 4099),
            "num": texts("{:.4f}", x),
            "whole": texts("{}", random.integers(0, 10**9, size)),
            "maybe": texts("{}", [f"{v:.3f}" if k else "n/a" for v, k in zip(score, kind)]),
            "d": dates,
            "e": pa.array(other).cast(pa.date32()),
            "day": dates.cast(pa.string()),
            "ts": pa.array(micros).cast(pa.timestamp("us", tz="UTC")),
            "ts2": pa.array(micros + random.integers(-(10**11), 10**11, size)).cast(pa.timestamp("us", tz="UTC")),
            "doc": documents(score, number, kind),
            "few": documents(np.linspace(0, 100, 301).round(1), np.arange(301), np.arange(301) % 20).take(
                pa.array(random.integers(0, 301, size))
            ),
            "parts": texts("{},{},{},{:07}", player, kind, score, number),
            "xs": pa.ListArray.from_arrays(np.arange(size + 1, dtype=np.int32) * 3, random.uniform(0, 1, 3 * size)),
        }
        pq.write_table(
            pa.table(table), folder / f"{file:012}.parquet", compression="snappy", row_group_size=250_000, store_schema=False
        )


FIRST = "LeBron Stephen Kevin Giannis Nikola Luka Joel Jayson Jimmy Kawhi Paul Damian Anthony Devin Trae Ja Zion Donovan Bam Klay".split()
LAST = (
    "James Curry Durant Antetokounmpo Jokic Doncic Embiid Tatum Butler Leonard George Lillard Davis Booker Young Morant "
    "Williamson Mitchell Adebayo Thompson Green Harden Irving Westbrook Walker Holiday Beal Brown Siakam Gobert"
).split()


def texts(form, *columns):
    import pyarrow as pa

    columns = [column if isinstance(column, list) else column.tolist() for column in columns]
    return pa.array([form.format(*row) for row in zip(*columns)])


def documents(scores, ids, kinds):
    """About 150 bytes: a score among other things."""
    form = (
        '{{"factors":{{"days_rest":{},"games_in_7_days":{}}},"tags":["home","b2b"],"final_score":{},'
        '"id":{},"level":"normal","version":"v4"}}'
    )
    return texts(form, kinds % 5, kinds % 4, scores, ids)


def numerics(random, low, high, rows):
    """NUMERIC(38, 9) with all nine digits in use, from their little-endian words."""
    import numpy as np
    import pyarrow as pa

    words = np.zeros((rows, 2), dtype=np.int64)
    words[:, 0] = random.integers(low * 10**9, high * 10**9, rows)
    return pa.Array.from_buffers(pa.decimal128(38, 9), rows, [None, pa.py_buffer(words.tobytes())])


def of(expression, duck, **rest):
    """One aggregate of the table, in both."""
    rest = {key: f"SELECT {value} FROM t" if key == "datafusion" else value for key, value in rest.items()}
    return f"SELECT {expression} FROM bench.t", f"SELECT {duck} FROM bench.t", rest


def both(expression, **rest):
    """The same text for both, and for DataFusion."""
    return of(expression, expression, **rest)


# Name, BigQuery's query, DuckDB's, and what else: `datafusion`, plain DataFusion's query; `compared`, false where the
# answers can't be the same.
QUERIES = [
    ("COUNTIF", *of("COUNTIF(x > 50)", "count_if(x > 50)", datafusion="count(*) FILTER (WHERE x > 50)")),
    ("WHERE, AND, OR, BETWEEN, IN", "SELECT COUNT(*) FROM bench.t WHERE (x > 50 AND k BETWEEN 10 AND 60) OR k IN (1, 3, 5)",
     "SELECT count(*) FROM bench.t WHERE (x > 50 AND k BETWEEN 10 AND 60) OR k IN (1, 3, 5)",
     {"datafusion": "SELECT count(*) FROM t WHERE (x > 50 AND k BETWEEN 10 AND 60) OR k IN (1, 3, 5)"}),
    ("FLOAT64 + - *", *of("MAX(x * 2 + y - 1)", "max(x * 2 + y - 1)", datafusion="max(x * 2 + y - 1)")),
    ("SAFE_DIVIDE", *of("SUM(SAFE_DIVIDE(x, y))", "sum(x / nullif(y, 0))", datafusion="sum(x / nullif(y, 0))")),
    ("INT64 + - *", *of("SUM(i * 2 + k - 1)", "sum(i * 2 + k - 1)", datafusion="sum(i * 2 + k - 1)")),
    ("INT64 /", *of("SUM(i / c)", "sum(i / c)", datafusion="sum(CAST(i AS DOUBLE) / CAST(c AS DOUBLE))")),
    ("DIV, MOD", *of("SUM(DIV(i, c) + MOD(i, c))", "sum(i // c + i % c)", datafusion="sum(i / c + i % c)")),
    ("NUMERIC + -", *of("SUM(n + m - 1)", "sum(n + m - 1)")),
    ("NUMERIC *", *of("MAX(n * m)", "max(n * m)", compared=False)),
    ("ROUND(FLOAT64, 1)", *both("SUM(ROUND(x, 1))")),
    ("ROUND(NUMERIC, 2)", *both("SUM(ROUND(n, 2))")),
    ("FLOOR, ABS, SQRT", *both("MAX(FLOOR(x) + ABS(y) + SQRT(x))")),
    ("IF", *of("SUM(IF(x > 50, k, 0))", "sum(if(x > 50, k, 0))", datafusion="sum(CASE WHEN x > 50 THEN k ELSE 0 END)")),
    ("CASE", *both("SUM(CASE WHEN x < 25 THEN 1 WHEN x < 50 THEN k WHEN x < 75 THEN c ELSE 4 END)",
                   datafusion="sum(CASE WHEN x < 25 THEN 1 WHEN x < 50 THEN k WHEN x < 75 THEN c ELSE 4 END)")),
    ("COALESCE, NULLIF", *both("MAX(COALESCE(NULLIF(x, 50), y))", datafusion="max(COALESCE(NULLIF(x, 50), y))")),
    ("GREATEST, LEAST", *both("MAX(LEAST(GREATEST(x, y), 99))", compared=False)),
    ("SUM of FLOAT64", *both("SUM(x)", datafusion="sum(x)")),
    ("SUM of INT64", *both("SUM(i)", datafusion="sum(i)")),
    ("SUM of NUMERIC", *both("SUM(n)", datafusion="sum(n)")),
    ("AVG of FLOAT64", *both("AVG(x)", datafusion="avg(x)")),
    ("AVG of NUMERIC", *both("AVG(n)")),
    ("MIN, MAX", *both("MIN(x), MAX(x), MIN(i), MAX(d)", compared=False)),
    ("STDDEV", *both("STDDEV(x)", datafusion="stddev(x)")),
    ("CORR", *both("CORR(x, y)", datafusion="corr(x, y)")),
    ("APPROX_QUANTILES", *of("APPROX_QUANTILES(x, 4)", "quantile_disc(x, [0, 0.25, 0.5, 0.75, 1])", compared=False)),
    ("APPROX_COUNT_DISTINCT", *of("APPROX_COUNT_DISTINCT(k)", "approx_count_distinct(k)", compared=False)),
    ("COUNT(DISTINCT INT64)", *both("COUNT(DISTINCT i)", datafusion="count(DISTINCT i)")),
    ("COUNT(DISTINCT STRING), 600", *both("COUNT(DISTINCT name)", datafusion="count(DISTINCT name)")),
    ("COUNT(DISTINCT STRING), all", *both("COUNT(DISTINCT u)", datafusion="count(DISTINCT u)")),
    ("JSON_VALUE", *of("COUNTIF(JSON_VALUE(doc, '$.final_score') = '78.5')",
                       "count_if(json_extract_string(doc, '$.final_score') = '78.5')")),
    ("JSON_VALUE, documents repeat", *of("COUNTIF(JSON_VALUE(few, '$.final_score') = '78.3')",
                                         "count_if(json_extract_string(few, '$.final_score') = '78.3')")),
    ("JSON_VALUE of the last key", *of("COUNTIF(JSON_VALUE(doc, '$.version') = 'v4')",
                                       "count_if(json_extract_string(doc, '$.version') = 'v4')")),
    ("JSON_VALUE of a path", *of("COUNTIF(JSON_VALUE(doc, '$.factors.games_in_7_days') = '2')",
                                 "count_if(json_extract_string(doc, '$.factors.games_in_7_days') = '2')")),
    ("JSON_VALUE, two", *of(
        "COUNTIF(JSON_VALUE(doc, '$.level') = 'normal' AND JSON_VALUE(doc, '$.factors.days_rest') = '2')",
        "count_if(json_extract_string(doc, '$.level') = 'normal' AND json_extract_string(doc, '$.factors.days_rest') = '2')")),
    ("JSON_EXTRACT_SCALAR", *of("COUNTIF(JSON_EXTRACT_SCALAR(doc, '$.final_score') = '78.5')",
                                "count_if(json_extract_string(doc, '$.final_score') = '78.5')")),
    ("JSON_QUERY", *of("SUM(LENGTH(JSON_QUERY(doc, '$.factors')))",
                       "sum(length(CAST(json_extract(doc, '$.factors') AS VARCHAR)))")),
    ("JSON_QUERY_ARRAY", *of("SUM(ARRAY_LENGTH(JSON_QUERY_ARRAY(doc, '$.tags')))", "sum(len(json_extract(doc, '$.tags[*]')))")),
    ("CAST(JSON_VALUE AS FLOAT64)", *of("SUM(CAST(JSON_VALUE(doc, '$.final_score') AS FLOAT64))",
                                        "sum(CAST(json_extract_string(doc, '$.final_score') AS DOUBLE))")),
    ("DATE_DIFF DAY", *of("SUM(DATE_DIFF(d, e, DAY))", "sum(date_diff('day', e, d))")),
    ("DATE_DIFF MONTH", *of("SUM(DATE_DIFF(d, e, MONTH))", "sum(date_diff('month', e, d))")),
    ("DATE_TRUNC MONTH", *of("COUNTIF(DATE_TRUNC(d, MONTH) = DATE '2023-01-01')",
                             "count_if(date_trunc('month', d) = DATE '2023-01-01')")),
    ("DATE_TRUNC WEEK(MONDAY)", *of("COUNTIF(DATE_TRUNC(d, WEEK(MONDAY)) = DATE '2023-01-02')",
                                    "count_if(date_trunc('week', d) = DATE '2023-01-02')")),
    ("DATE_SUB DAY", *of("COUNTIF(DATE_SUB(d, INTERVAL 7 DAY) > DATE '2022-06-01')", "count_if(d - 7 > DATE '2022-06-01')")),
    ("DATE_ADD MONTH", *of("COUNTIF(DATE_ADD(d, INTERVAL 1 MONTH) > DATE '2022-06-01')",
                           "count_if(d + INTERVAL 1 MONTH > DATE '2022-06-01')")),
    ("EXTRACT YEAR, MONTH, DAY", *both("SUM(EXTRACT(YEAR FROM d) + EXTRACT(MONTH FROM d) + EXTRACT(DAY FROM d))")),
    ("EXTRACT DAYOFWEEK", *of("SUM(EXTRACT(DAYOFWEEK FROM d))", "sum(dayofweek(d) + 1)")),
    ("EXTRACT ISOWEEK", *of("SUM(EXTRACT(ISOWEEK FROM d))", "sum(weekofyear(d))")),
    ("FORMAT_DATE", *of("COUNTIF(FORMAT_DATE('%Y-%m', d) = '2023-01')", "count_if(strftime(d, '%Y-%m') = '2023-01')")),
    ("FORMAT_DATE %A", *of("COUNTIF(FORMAT_DATE('%A %d %b', d) = 'Sunday 01 Jan')",
                           "count_if(strftime(d, '%A %d %b') = 'Sunday 01 Jan')")),
    ("PARSE_DATE", *of("COUNTIF(PARSE_DATE('%Y-%m-%d', day) = DATE '2023-01-02')",
                       "count_if(CAST(strptime(day, '%Y-%m-%d') AS DATE) = DATE '2023-01-02')")),
    ("CAST(STRING AS DATE)", *both("MAX(CAST(day AS DATE))")),
    ("DATE(TIMESTAMP)", *of("COUNTIF(DATE(ts) = DATE '2023-01-02')", "count_if(CAST(ts AS DATE) = DATE '2023-01-02')")),
    ("DATE(TIMESTAMP, zone)", *of("COUNTIF(DATE(ts, 'America/New_York') = DATE '2023-01-02')",
                                  "count_if(CAST(ts AT TIME ZONE 'America/New_York' AS DATE) = DATE '2023-01-02')")),
    ("TIMESTAMP_TRUNC HOUR", *of("COUNTIF(TIMESTAMP_TRUNC(ts, HOUR) = TIMESTAMP '2023-01-02 03:00:00')",
                                 "count_if(date_trunc('hour', ts) = TIMESTAMPTZ '2023-01-02 03:00:00+00')")),
    ("TIMESTAMP_TRUNC MONTH", *of("COUNTIF(TIMESTAMP_TRUNC(ts, MONTH) = TIMESTAMP '2023-01-01')",
                                  "count_if(date_trunc('month', ts) = TIMESTAMPTZ '2023-01-01 00:00:00+00')")),
    ("TIMESTAMP_DIFF MINUTE", *of("SUM(TIMESTAMP_DIFF(ts, ts2, MINUTE))", "sum(date_sub('minute', ts2, ts))")),
    ("TIMESTAMP_ADD HOUR", *of("COUNTIF(TIMESTAMP_ADD(ts, INTERVAL 5 HOUR) > ts2)", "count_if(ts + INTERVAL 5 HOUR > ts2)")),
    ("EXTRACT HOUR", *both("SUM(EXTRACT(HOUR FROM ts))")),
    ("FORMAT_TIMESTAMP", *of("COUNTIF(FORMAT_TIMESTAMP('%H:%M', ts) = '12:34')", "count_if(strftime(ts, '%H:%M') = '12:34')")),
    ("CAST(STRING AS FLOAT64)", *of("SUM(CAST(num AS FLOAT64))", "sum(CAST(num AS DOUBLE))")),
    ("CAST(STRING AS INT64)", *both("SUM(CAST(whole AS INT64))")),
    ("CAST(STRING AS NUMERIC)", *of("SUM(CAST(num AS NUMERIC))", "sum(CAST(num AS DECIMAL(38, 9)))")),
    ("SAFE_CAST(STRING AS FLOAT64)", *of("SUM(SAFE_CAST(maybe AS FLOAT64))", "sum(TRY_CAST(maybe AS DOUBLE))")),
    ("CAST(INT64 AS STRING)", *of("SUM(LENGTH(CAST(i AS STRING)))", "sum(length(CAST(i AS VARCHAR)))")),
    ("CAST(FLOAT64 AS STRING)", *of("COUNTIF(CAST(x AS STRING) < '5')", "count_if(CAST(x AS VARCHAR) < '5')")),
    ("CAST(NUMERIC AS STRING)", *of("COUNTIF(CAST(n AS STRING) < '5')", "count_if(CAST(n AS VARCHAR) < '5')")),
    ("CAST(DATE AS STRING)", *of("COUNTIF(CAST(d AS STRING) = '2023-01-02')", "count_if(CAST(d AS VARCHAR) = '2023-01-02')")),
    ("CAST(FLOAT64 AS INT64)", *both("SUM(CAST(x AS INT64))", compared=False)),
    ("STRING =", *both("COUNT(NULLIF(u = 'LeBron James', FALSE))", datafusion="count(NULLIF(u = 'LeBron James', FALSE))")),
    ("REGEXP_CONTAINS", *of("COUNTIF(REGEXP_CONTAINS(u, r'[0-9]{4}-[a-f]'))", "count_if(regexp_matches(u, '[0-9]{4}-[a-f]'))")),
    ("REGEXP_CONTAINS of a text", *of("COUNTIF(REGEXP_CONTAINS(u, r'Jokic'))", "count_if(regexp_matches(u, 'Jokic'))")),
    ("REGEXP_EXTRACT", *of("COUNTIF(REGEXP_EXTRACT(u, r'([0-9]+)-') = '0000123')",
                           "count_if(regexp_extract(u, '([0-9]+)-', 1) = '0000123')")),
    ("REGEXP_REPLACE", *of("SUM(LENGTH(REGEXP_REPLACE(u, r'[0-9]+', '#')))", "sum(length(regexp_replace(u, '[0-9]+', '#', 'g')))")),
    ("LOWER", *of("COUNTIF(LOWER(u) < 'j')", "count_if(lower(u) < 'j')", datafusion="count(*) FILTER (WHERE lower(u) < 'j')")),
    ("CONCAT", *of("SUM(LENGTH(CONCAT(name, '_', u)))", "sum(length(name || '_' || u))",
                   datafusion="sum(character_length(concat(name, '_', u)))")),
    ("SUBSTR", *both("COUNT(NULLIF(SUBSTR(u, 3, 4) = 'Bron', FALSE))", datafusion="count(NULLIF(SUBSTR(u, 3, 4) = 'Bron', FALSE))")),
    ("SPLIT", *of("COUNTIF(SPLIT(parts, ',')[OFFSET(1)] = '7')", "count_if(string_split(parts, ',')[2] = '7')")),
    ("STARTS_WITH", *of("COUNTIF(STARTS_WITH(u, 'Le'))", "count_if(starts_with(u, 'Le'))",
                        datafusion="count(*) FILTER (WHERE starts_with(u, 'Le'))")),
    ("LIKE", *of("COUNTIF(u LIKE '%James%')", "count_if(u LIKE '%James%')", datafusion="count(*) FILTER (WHERE u LIKE '%James%')")),
    ("LENGTH", *both("SUM(LENGTH(u))", datafusion="sum(length(u))")),
    ("REPLACE", *both("SUM(LENGTH(REPLACE(u, '00', '')))")),
    ("TRIM", *both("SUM(LENGTH(TRIM(u)))")),
    ("FORMAT('%05d')", *of("COUNTIF(FORMAT('%05d', k) = '00042')", "count_if(format('{:05d}', k) = '00042')")),
    ("FORMAT('%.2f')", *of("COUNTIF(FORMAT('%.2f', x) = '42.42')", "count_if(printf('%.2f', x) = '42.42')")),
    ("GROUP BY DATE", *[f"SELECT d, COUNT(*), AVG(x), SUM(i), MAX(y) FROM bench.t GROUP BY d"] * 2,
     {"datafusion": "SELECT d, count(*), avg(x), sum(i), max(y) FROM t GROUP BY d"}),
    ("GROUP BY STRING", *["SELECT name, COUNT(*), SUM(k) FROM bench.t GROUP BY name"] * 2,
     {"datafusion": "SELECT name, count(*), sum(k) FROM t GROUP BY name"}),
    ("GROUP BY two", *["SELECT COUNT(*), SUM(a) FROM (SELECT AVG(y) AS a FROM bench.t GROUP BY name, d)"] * 2,
     {"datafusion": "SELECT count(*), sum(a) FROM (SELECT avg(y) AS a FROM t GROUP BY name, d)"}),
    ("ARRAY_AGG ORDER BY", "SELECT k, ARRAY_LENGTH(ARRAY_AGG(x IGNORE NULLS ORDER BY ts)) FROM bench.t GROUP BY k",
     "SELECT k, len(array_agg(x ORDER BY ts) FILTER (WHERE x IS NOT NULL)) FROM bench.t GROUP BY k"),
    ("ARRAY_AGG ORDER BY LIMIT 1", "SELECT name, ARRAY_AGG(k ORDER BY ts DESC, k LIMIT 1)[OFFSET(0)] FROM bench.t GROUP BY name",
     "SELECT name, arg_max(k, ts) FROM bench.t GROUP BY name"),
    ("STRING_AGG ORDER BY", "SELECT k, LENGTH(STRING_AGG(name, ',' ORDER BY i)) FROM bench.t GROUP BY k",
     "SELECT k, length(string_agg(name, ',' ORDER BY i)) FROM bench.t GROUP BY k"),
    ("QUALIFY ROW_NUMBER() = 1",
     *["SELECT COUNT(*) FROM (SELECT name, d FROM bench.t QUALIFY ROW_NUMBER() OVER (PARTITION BY name, d ORDER BY ts DESC) = 1)"] * 2,
     {"datafusion": "SELECT count(*) FROM (SELECT row_number() OVER (PARTITION BY name, d ORDER BY ts DESC) AS n FROM t) WHERE n = 1"}),
    ("AVG OVER ROWS",
     *["SELECT SUM(r) FROM (SELECT AVG(y) OVER (PARTITION BY name ORDER BY ts ROWS BETWEEN 10 PRECEDING AND 1 PRECEDING) AS r "
       "FROM bench.t)"] * 2,
     {"datafusion": "SELECT sum(r) FROM (SELECT avg(y) OVER (PARTITION BY name ORDER BY ts ROWS BETWEEN 10 PRECEDING AND 1 PRECEDING) "
                    "AS r FROM t)"}),
    ("LAG", *["SELECT SUM(r) FROM (SELECT k - LAG(k) OVER (PARTITION BY name ORDER BY ts) AS r FROM bench.t)"] * 2,
     {"datafusion": "SELECT sum(r) FROM (SELECT k - lag(k) OVER (PARTITION BY name ORDER BY ts) AS r FROM t)"}),
    ("UNNEST", "SELECT SUM(v) FROM bench.t, UNNEST(xs) AS v", "SELECT sum(v) FROM (SELECT unnest(xs) AS v FROM bench.t)",
     {"datafusion": "SELECT sum(v) FROM (SELECT unnest(xs) AS v FROM t)"}),
    ("JOIN of GENERATE_DATE_ARRAY",
     "SELECT COUNT(*) FROM UNNEST(GENERATE_DATE_ARRAY('2021-01-01', '2025-01-01')) AS g LEFT JOIN bench.t AS t ON t.d = g",
     "SELECT count(*) FROM generate_series(DATE '2021-01-01', DATE '2025-01-01', INTERVAL 1 DAY) AS s(g) "
     "LEFT JOIN bench.t AS t ON t.d = CAST(g AS DATE)"),
    ("JOIN", *["SELECT COUNT(*), SUM(a.y) FROM bench.t AS a JOIN (SELECT name, MAX(d) AS d FROM bench.t GROUP BY name) AS b "
               "ON a.name = b.name AND a.d = b.d"] * 2,
     {"datafusion": "SELECT count(*), sum(a.y) FROM t AS a JOIN (SELECT name, MAX(d) AS d FROM t GROUP BY name) AS b "
                    "ON a.name = b.name AND a.d = b.d"}),
]


if __name__ == "__main__":
    answer(*sys.argv[2:]) if sys.argv[1:2] == ["--answer"] else main()
