"""Measures lakeaudit against DuckDB and plain DataFusion on the same files, in turns, in one run.

    cargo build --release && cargo build --release --bench decode
    python benches/data.py FOLDER
    python benches/run.py FOLDER [--repeat 3] [--only REGEX] [--grouped]

Files are in the system's cache, as a first run that is not measured leaves them. Every measurement is a process of its own. lakeaudit's time is that of its whole process: start-up,
listing, footers, scan, judging, and writing the Parquet reports. DuckDB's and DataFusion's clock starts
with the engine loaded and ends with the result. Peak memory is the process's, as the system counts it.
Prints one Markdown row a measurement: medians, and ratios of medians.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
THREADS = 2
DOUBLES = [f"c{i}" for i in range(37)]
QUANTILES = "[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]"
LOW, HIGH = -30, 290


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--grouped", action="store_true", help="DuckDB's profile by day as well, once")
    arguments.add_argument("--target", type=pathlib.Path, default=ROOT / "target" / "release")
    options = arguments.parse_args()
    print("| work | lakeaudit | of it scan | memory | against | time | memory | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        for work in workloads(options.folder, options.grouped):
            if re.search(options.only, work["name"]):
                measure(work, options, pathlib.Path(scratch))


def workloads(folder, grouped):
    """What is measured: a suite, and what else does the same work."""
    one, many = folder / "one", folder / "many"
    for layout, day in [("by_day", "dt"), ("mixed", "dt")]:
        files = one / "wide" / layout
        others = {
            "sum in DataFusion": decode(files, DOUBLES),
            "DuckDB": duck([duck_profile(files, DOUBLES)]),
        }
        if grouped:
            others["DuckDB by day"] = duck([duck_profile(files, DOUBLES, day)])
        ranges = in_range(DOUBLES, LOW, HIGH)
        yield {
            "name": f"profile {layout}",
            "suite": suite(one, {f"wide.{layout}": table(day, DOUBLES, ranges)}),
            "others": others,
        }
        yield {
            "name": f"ranges {layout}",
            "suite": suite(one, {f"wide.{layout}": table(day, None, ranges)}),
            "others": {"DuckDB": duck([duck_ranges(files, [(c, LOW, HIGH) for c in DOUBLES])])},
        }
    yield footers(one)
    for name, relation, column in [
        ("repeating", "documents", "score"),
        ("unique", "mixed", "c0"),
        ("unique by_day", "by_day", "c0"),
    ]:
        check = f"json_agrees: {{json: doc, path: $.final_score, column: {column}}}"
        yield {
            "name": f"json {name}",
            "suite": suite(one, {f"wide.{relation}": table("dt", None, [check])}),
            "others": {"DuckDB": duck([duck_json(one / "wide" / relation, column)])},
        }
    tables = [f"t{i}" for i in range(8)]
    yield {
        "name": "daily",
        "suite": suite(many, {f"daily.{t}": table("game_date", "all", []) for t in tables}),
        "others": {"DuckDB": duck([duck_daily(many / "daily" / t) for t in tables])},
    }


def footers(one):
    bounds = [(f"i{i}", 0, 1000) for i in range(4)]
    bounds += [(f"n{i}", -100, 100) for i in range(4)]
    bounds += [(f"f{i}", 80, 140) for i in range(4)]
    bounds += [(f"d{i}", "'2021-01-01'", "'2026-01-01'") for i in range(2)]
    checks = [
        f"in_range: {{column: {c}, min: {low}, max: {high}, nan: ignore}}" for c, low, high in bounds
    ]
    sql = [(c, f"DATE {low}", f"DATE {high}") if c[0] == "d" else (c, low, high) for c, low, high in bounds]
    return {
        "name": "footers",
        "suite": suite(one, {"wide.bounded": table("dt", None, checks)}),
        "others": {"DuckDB": duck([duck_ranges(one / "wide" / "bounded", sql)])},
    }


def suite(lake, tables):
    return f"lake: {lake}\nreports: REPORTS\ntables:\n" + "".join(f"  {n}:\n{t}" for n, t in tables.items())


def table(day, profile, checks):
    text = f"    date: {day}\n"
    if profile:
        text += f"    profile: {profile if isinstance(profile, str) else json.dumps(profile)}\n"
    if checks:
        text += "    checks:\n" + "".join(f"      - {check}\n" for check in checks)
    return text


def in_range(columns, low, high):
    return [f"in_range: {{column: {c}, min: {low}, max: {high}}}" for c in columns]


def relation(files):
    return f"read_parquet('{files}/**/*.parquet', hive_partitioning = true)"


def duck_profile(files, columns, day=None):
    figures = ["count(*)"]
    for c in columns:
        figures += [
            f"count({c}), min({c}), max({c}), avg({c}), stddev_samp({c})",
            f"approx_quantile({c}, {QUANTILES})",
            f"count(*) FILTER (WHERE NOT ({c} BETWEEN {LOW} AND {HIGH}))",
        ]
    if day:
        return f"SELECT {day}, {', '.join(figures)} FROM {relation(files)} GROUP BY {day}"
    return f"SELECT {', '.join(figures)} FROM {relation(files)}"


def duck_ranges(files, bounds):
    counts = [f"count(*) FILTER (WHERE NOT ({c} BETWEEN {low} AND {high}))" for c, low, high in bounds]
    return f"SELECT {', '.join(counts)} FROM {relation(files)}"


def duck_json(files, column):
    found = "TRY_CAST(json_extract_string(doc, '$.final_score') AS DOUBLE)"
    return f"SELECT count(*) FILTER (WHERE {found} IS DISTINCT FROM {column}) FROM {relation(files)}"


def duck_daily(files):
    """The same figures as a profile of all columns: fewer for what has no mean."""
    figures = ["count(*)"]
    for c in ["player_lookup", "game_id", "team", "processed_at", "game_date"]:
        figures.append(f"count({c}), min({c}), max({c})")
    figures.append("count(starter)")
    numbers = [f"i{i}" for i in range(6)] + [f"n{i}" for i in range(2)] + [f"f{i}" for i in range(28)]
    for c in numbers:
        figures.append(f"count({c}), min({c}), max({c}), avg({c}), stddev_samp({c})")
        figures.append(f"approx_quantile({c}, {QUANTILES})")
    return f"SELECT {', '.join(figures)} FROM {relation(files)}"


def duck(queries):
    program = (
        "import duckdb, json, sys, time\n"
        "queries = json.load(sys.stdin)\n"
        "connection = duckdb.connect()\n"
        f"connection.execute('SET threads = {THREADS}')\n"
        "started = time.perf_counter()\n"
        "for query in queries: connection.execute(query).fetchall()\n"
        "print(time.perf_counter() - started)\n"
    )
    return {"command": [sys.executable, "-c", program], "input": json.dumps(queries)}


def decode(files, columns):
    return {"command": ["DECODE", str(THREADS), str(files), *columns], "input": ""}


def run(command, text=""):
    """Output, seconds and peak megabytes of a process."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as told:
        given.write(text)
        given.seek(0)
        child = subprocess.Popen(command, stdin=given, stdout=told, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        told.seek(0)
        return told.read(), seconds, usage.ru_maxrss / 1024, child.returncode


def audit(text, options, scratch):
    reports = scratch / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    file = scratch / "lakeaudit.yaml"
    file.write_text(text.replace("REPORTS", str(reports)))
    command = [options.target / "lakeaudit", "audit", "--suite", file, "--threads", str(THREADS)]
    output, seconds, memory, code = run([*map(str, command), "--format", "json"])
    if code != 0:
        sys.exit(f"lakeaudit ended with {code}: {output[-2000:]}")
    return seconds, memory, json.loads(output)["timing"]


def measure(work, options, scratch):
    decode = max(options.target.glob("deps/decode-*[0-9a-f]"), key=os.path.getmtime)
    ours, others = [], {name: [] for name in work["others"]}
    # Not measured: reads the files into the system's cache, so that none is measured reading the disk.
    audit(work["suite"], options, scratch)
    for turn in range(options.repeat):
        ours.append(audit(work["suite"], options, scratch))
        for name, other in work["others"].items():
            if name.endswith("by day") and turn > 0:
                continue
            command = [str(decode) if word == "DECODE" else word for word in other["command"]]
            output, _, memory, code = run(command, other["input"])
            if code != 0:
                sys.exit(f"{name} ended with {code}")
            others[name].append((float(output.split()[-1]), memory))
    seconds, memory = statistics.median(o[0] for o in ours), max(o[1] for o in ours)
    scan = statistics.median(o[2]["scan_ms"] for o in ours) / 1000
    for name, runs in others.items():
        time_, peak = statistics.median(r[0] for r in runs), max(r[1] for r in runs)
        ratio = f"{seconds / time_:.2f} of it" if name.startswith("sum") else f"{time_ / seconds:.2f} x faster"
        print(
            f"| {work['name']} | {seconds:.2f} s | {scan:.2f} s | {memory:.0f} MB "
            f"| {name} | {time_:.2f} s | {peak:.0f} MB | {ratio} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
