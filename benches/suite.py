"""Measures the audit of the full demo lake with the shipped suite against the same checks in DuckDB, one query each.

    cargo build --release
    python benches/suite.py FOLDER [--repeat 5] [--verbose]

FOLDER is filled with `lakeaudit demo --scale full --seed 1`, unless it holds a lake. The queries are made of
the SQL the audit itself tells of each check, spelled for DuckDB and reduced to what a finding tells: how many rows
were tested, how many violate, the first and last day, and of what fails the first rows. Where that SQL is there to
show rows, a leaner one takes its place: keys are grouped, not windowed. DuckDB judges no days by themselves and writes
no reports, so it has the lighter work. It runs all queries on one connection in one process, its views made before
the clock starts. lakeaudit's time is that of its whole process, with the Parquet reports.

The suite has a profile of one table, too. It is measured without it, and with it against one query more.
Every count of DuckDB is compared with the audit's; a difference ends the run with an error.
"""

import argparse
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
SUITE = ROOT / "lakeaudit.yaml"
THREADS = 2
SHOWN = 20
QUANTILES = "[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]"
PROFILED = "nba_precompute.player_composite_factors"
VIEWS = ROOT / "queries" / "views"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--repeat", type=int, default=5)
    arguments.add_argument("--verbose", action="store_true", help="each query with its count and time")
    arguments.add_argument("--program", type=pathlib.Path, default=ROOT / "target" / "release" / "lakeaudit")
    options = arguments.parse_args()
    if not (options.folder / "manifest.json").exists():
        command = [options.program, "demo", options.folder, "--scale", "full", "--seed", "1"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as scratch:
        measure(options, pathlib.Path(scratch))


def measure(options, scratch):
    bare = scratch / "bare" / "lakeaudit.yaml"
    bare.parent.mkdir()
    (bare.parent / "queries").symlink_to(ROOT / "queries")
    bare.write_text(SUITE.read_text().replace("    profile: all\n", ""))
    told = audit(options, scratch, SUITE)["told"]
    findings = [f for f in told["findings"] if f["segment"] is None]
    work = {
        "lake": str(options.folder),
        "views": [translated_view(path) for path in sorted(VIEWS.glob("*.sql"))],
        "queries": [
            {"check": f["check_name"], "sql": queries(f), "told": f["affected_rows"]} for f in findings
        ],
        "profiled": PROFILED,
    }
    suites = {"checks": (bare, []), "checks and profile": (SUITE, [])}
    theirs = []
    for _ in range(options.repeat):
        for suite, runs in suites.values():
            runs.append(audit(options, scratch, suite))
        theirs.append(duck(work))
    answers = theirs[-1]["checks"]
    if options.verbose:
        for a in sorted(answers, key=lambda a: -a["seconds"]):
            print(f"{a['seconds'] * 1000:8.1f} ms  {a['cpu'] * 1000:8.1f} ms  {a['count']!s:>8}  {a['check']}")
    compared = [a for a in answers if a["told"] is not None and a["count"] is not None]
    wrong = [a for a in compared if a["told"] != a["count"]]
    print(f"{len(answers)} checks; {len(compared) - len(wrong)} of {len(compared)} counts are equal\n")
    print("| work | lakeaudit | of processors | memory | DuckDB, one by one | of processors | memory | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for name, (_, runs) in suites.items():
        with_profile = name != "checks"
        sums = [total(their, with_profile) for their in theirs]
        ours = {key: statistics.median(run[key] for run in runs) for key in ["seconds", "cpu"]}
        seconds, cpu = (statistics.median(one[at] for one in sums) for at in (0, 1))
        memory, peak = max(run["memory"] for run in runs), max(their["memory"] for their in theirs)
        print(
            f"| {name} | {ours['seconds']:.2f} s | {ours['cpu']:.2f} s | {memory:.0f} "
            f"| {seconds:.2f} s | {cpu:.2f} s | {peak:.0f} | {seconds / ours['seconds']:.1f} x faster |"
        )
    if wrong:
        sys.exit("\n".join(f"{a['check']}: DuckDB counts {a['count']}, the audit {a['told']}" for a in wrong))


def total(their, with_profile):
    """Seconds, and seconds of processors."""
    parts = their["checks"] + [their["profile"]] * with_profile
    return sum(p["seconds"] for p in parts), sum(p["cpu"] for p in parts)


def audit(options, scratch, suite):
    """What the audit tells, its seconds and its peak megabytes."""
    command = [options.program, "audit", "--suite", suite, "--lake", options.folder, "--format", "json"]
    command += ["--reports", scratch / "reports", "--threads", str(THREADS)]
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as told:
        child = subprocess.Popen(list(map(str, command)), stdout=told, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 1):
            sys.exit(f"lakeaudit ended with {child.returncode}")
        told.seek(0)
        cpu = usage.ru_utime + usage.ru_stime
        return {"told": json.load(told), "seconds": seconds, "cpu": cpu, "memory": usage.ru_maxrss / 1024}


def duck(work):
    """DuckDB's answers, in a process of its own."""
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as told:
        json.dump(work | {"threads": THREADS}, given)
        given.seek(0)
        child = subprocess.Popen([sys.executable, __file__, "--answer"], stdin=given, stdout=told)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit("DuckDB failed")
        told.seek(0)
        return json.load(told) | {"memory": usage.ru_maxrss / 1024}


def queries(finding):
    """DuckDB's queries for a check: its verdict, and its evidence where it fails."""
    verdict, evidence = verdict_of(finding)
    return [verdict, evidence] if finding["status"] == "fail" and evidence else [verdict]


def verdict_of(finding):
    """A query whose one row begins with how many rows violate, and one that shows some of them."""
    kind, sql, table = finding["kind"], finding["sql"] or "", finding["table_name"]
    day = "cache_date" if table.endswith("player_daily_cache") else "game_date"
    if finding["check_name"] in OF_CHECK:
        return OF_CHECK[finding["check_name"]]
    if kind == "unique":
        key = translated(re.search(r"PARTITION BY (.*)\) > 1", sql).group(1))
        groups = f"SELECT count(*) AS n, any_value({day}) AS day FROM {table} GROUP BY {key}"
        verdict = (
            "SELECT coalesce(sum(n) FILTER (WHERE n > 1), 0), sum(n), "
            f"min(day) FILTER (WHERE n > 1), max(day) FILTER (WHERE n > 1) FROM ({groups})"
        )
        return verdict, f"{translated(sql)} ORDER BY {key} LIMIT {SHOWN}"
    if kind == "sql_value":
        return f"SELECT NULL, min(value), max(value), count(*) FROM ({translated(sql)})", None
    if kind == "sql_rows":
        query = translated(sql)
        verdict = f"SELECT count(*), min({day}), max({day}) FROM ({query})"
        return verdict, f"SELECT * FROM ({query}) ORDER BY {day} LIMIT {SHOWN}"
    relation = re.fullmatch(r"SELECT \* FROM \(\n(.*)\n\) WHERE _reason != ''", sql, re.S)
    if relation:
        query = translated(relation.group(1))
        verdict = (
            "SELECT count(*) FILTER (WHERE _reason != ''), count(*), "
            "min(_day) FILTER (WHERE _reason != ''), max(_day) FILTER (WHERE _reason != '') "
            f"FROM ({query})"
        )
        return verdict, f"SELECT * FROM ({query}) WHERE _reason != '' ORDER BY _day LIMIT {SHOWN}"
    if "GROUP BY" in sql:
        by_day = re.sub(r" ORDER BY .*$", "", translated(sql))
        return f"SELECT sum(row_count) - sum(meeting), sum(row_count), count(*) FROM ({by_day})", None
    filtered, violated = conditions(translated(sql))
    where = f"WHERE {filtered}" if filtered else ""
    verdict = (
        f"SELECT count_if({violated}), count(*), min({day}) FILTER (WHERE {violated}), "
        f"max({day}) FILTER (WHERE {violated}) FROM {table} {where}"
    )
    columns = ", ".join([day, *KEYS.get(table, []), *finding["column_name"].split(", ")])
    where = " AND ".join(filter(None, [filtered, violated]))
    return verdict, f"SELECT {columns} FROM {table} WHERE {where} ORDER BY {day} LIMIT {SHOWN}"


def conditions(sql):
    """What the rows of a check are filtered by, and what violates: `WHERE (filter) AND (violation)`."""
    where = sql.split(" WHERE ", 1)[1]
    groups, depth, begin = [], 0, 0
    for at, letter in enumerate(where):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "(" and depth == 1:
            begin = at
        if letter == ")" and depth == 0:
            groups.append(where[begin : at + 1])
    *filters, violated = groups
    return " AND ".join(filters), violated


# The rest of the key that evidence is shown by.
KEYS = {
    table: ["player_lookup"]
    for table in [
        "nba_analytics.player_game_summary",
        "nba_precompute.player_daily_cache",
        "nba_precompute.player_composite_factors",
        "nba_predictions.ml_feature_store_v2",
        "nba_predictions.prediction_accuracy",
        "nba_predictions.player_prop_predictions",
    ]
}


SPELLED = [
    (r"`([^`]*)`", lambda m: ".".join(f'"{part}"' for part in m.group(1).split("."))),
    (r"\bREGEXP_CONTAINS\(", "regexp_matches("),
    (r"\bJSON_VALUE\(", "json_extract_string("),
    (r"\bJSON_QUERY\(", "json_extract("),
    (r"\bSAFE_CAST\(", "TRY_CAST("),
    (r"\bCOUNTIF\(", "count_if("),
    (r"\bIS_NAN\(", "isnan("),
    (r"\b(BIGNUMERIC|FLOAT64)\b", "DOUBLE"),
    (r"\bDATE_ADD\((.*?), INTERVAL (\d+) DAY\)", r"(\1 + \2)"),
    (r"\bCURRENT_DATE\(\)", "current_date"),
]


def translated(sql):
    for written, spelled in SPELLED:
        sql = re.sub(written, spelled, sql)
    return sql


def translated_view(path):
    text = path.read_text()
    name = re.search(r"^-- view: (\S+)", text).group(1)
    body = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return f"CREATE VIEW {name} AS {translated(body)}"


def array_agrees():
    """Elements of the array that are not the flat columns, as the catalogue pairs them."""
    differs = " OR ".join(
        f"(feature_{i}_source IS DISTINCT FROM 'default' AND feature_{i}_value IS DISTINCT FROM features[{i + 1}])"
        for i in range(60)
    )
    store = "nba_predictions.ml_feature_store_v2"
    where = "NOT early_season_flag"
    violated = f"({differs} OR len(features) != feature_count OR len(feature_names) != feature_count)"
    verdict = (
        f"SELECT count_if({violated}), count(*), min(game_date) FILTER (WHERE {violated}), "
        f"max(game_date) FILTER (WHERE {violated}) FROM {store} WHERE {where}"
    )
    columns = "game_date, player_lookup, features, feature_13_value"
    return verdict, f"SELECT {columns} FROM {store} WHERE {where} AND {violated} ORDER BY game_date LIMIT {SHOWN}"


def contract(columns):
    """Files whose columns have other types than these."""
    listed = ", ".join(f"('{name}', '{type_}')" for name, type_ in columns.items())
    return (
        f"""SELECT count(DISTINCT file_name) FROM parquet_schema(STORE) AS s
        JOIN (VALUES {listed}) AS c(name, type) ON s.name = c.name
        WHERE s.type IS NOT NULL AND s.type != c.type""",
        None,
    )


OF_CHECK = {
    "features.array": array_agrees(),
    "features.schema": contract({f"feature_{i}_value": "DOUBLE" for i in range(60)}),
    "feature_store_contract": contract(
        {"feature_count": "INT64", "feature_5_quality": "DOUBLE", "feature_55_quality": "DOUBLE"}
    ),
    "win_flag_lives": ("SELECT NULL, count(DISTINCT win_flag) FROM nba_analytics.player_game_summary", None),
}


def answer():
    """In a process of its own: reads the work from standard input and writes DuckDB's answers."""
    import duckdb

    work = json.load(sys.stdin)
    connection = duckdb.connect()
    connection.execute(f"SET threads = {work['threads']}")
    lake = pathlib.Path(work["lake"])
    for table in lake.glob("*/*"):
        if table.is_dir():
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {table.parent.name}")
            connection.execute(
                f"CREATE VIEW {table.parent.name}.{table.name} AS "
                f"SELECT * FROM read_parquet('{table}/**/*.parquet', hive_partitioning = false)"
            )
    connection.execute("CREATE SCHEMA IF NOT EXISTS nba_reference")
    for view in work["views"]:
        connection.execute(view)
    store = f"'{lake}/nba_predictions/ml_feature_store_v2/**/*.parquet'"
    checks = []
    for one in work["queries"]:
        sql = [sql.replace("STORE", store) for sql in one["sql"]]
        row, took = timed(connection, sql)
        count = row[0] if row[0] is None else int(row[0])
        checks.append({"check": one["check"], "count": count, "told": one["told"]} | took)
    columns = connection.execute(f"DESCRIBE {work['profiled']}").fetchall()
    _, took = timed(connection, [profile(work["profiled"], columns)])
    json.dump({"checks": checks, "profile": took}, sys.stdout)


def timed(connection, queries):
    """The first query's first row, and how long all took."""
    started, cpu = time.perf_counter(), time.process_time()
    rows = [connection.execute(sql).fetchall() for sql in queries]
    took = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}
    return rows[0][0], took


def profile(table, columns):
    """What `profile: all` measures of each column by day: fewer figures of what has no mean."""
    figures = ["count(*)"]
    for name, type_, *_ in columns:
        if type_.startswith(("BIGINT", "DOUBLE", "DECIMAL")):
            figures.append(f"count({name}), min({name}), max({name}), avg({name}), stddev_samp({name})")
            figures.append(f"count_if({name} = 0), approx_quantile({name}, {QUANTILES})")
        elif type_.endswith("[]"):
            figures.append(f"count({name})")
        else:
            figures.append(f"count({name}), min({name}), max({name})")
    return f"SELECT game_date, {', '.join(figures)} FROM {table} GROUP BY game_date"


if __name__ == "__main__":
    answer() if sys.argv[1:] == ["--answer"] else main()
