//! The documentation of diffs, as Markdown.

use std::fmt::Write;

use super::explain::Mechanism;
use super::volatile;

const TEXT: &str = "\
# Comparing tables

Generated from `src/diff/docs.rs`.

`lakeaudit diff LEFT RIGHT` compares two tables, `lakeaudit diff A B C ...` several runs of one. It exits with 0 if no value
differs, 1 if something does, 2 if it could not run.

## Sides

`dataset.table` of the lake, `dataset.table@2026-01-30` as of a dated snapshot, or a path: a folder, a `.parquet` file, a
prefix of a bucket. `--from`, `--to` and `--season` choose days by the left side's date column, `--where` rows by any condition.

## Keys

Rows are found by the columns of `--key`; else by the suite's `key:` of either side, or of the table whose name both begin
with; else by columns that name the rows of both, found in the data and told: of several, those by which most rows find each
other. Without a key (`--no-key`, or where none is found) rows are compared whole, as multisets, and no tolerance can be
asked for. NULL equals NULL in a key, and rows with one are counted. Columns are aligned
by name without regard to case; a key of two types that don't compare is refused.

Rows that share a key are paired so that the fewest cells differ, exactly up to 64 rows a side beyond those that are equal, and in
the order of their content beyond that, which is told. Where rows of both sides have no partner and most would have one in
another form of the key (case, blanks, leading zeros, punctuation, a day or hours earlier or later), that is told. Keys with
several rows are counted for each side, those whose rows are
equal apart from those whose are not.

## Equality

NaN equals NaN, -0 equals 0 (`--signed-zero` tells them apart, outside keys and JSON), NULL equals NULL alone.
NUMERIC and INT64 compare exactly. A column of two types is read as the wider one (INT64 and NUMERIC as NUMERIC, with FLOAT64 as FLOAT64), times as TIMESTAMP, others as texts; the report says so.
Arrays compare element by element, STRUCTs field by field; which positions and fields differ is told, the first 256 positions one
by one.

A column that can't be compared, or that one side has alone, makes two tables unequal (`incomplete`) unless `--ignore` or
`--columns` leaves it out.

`--tolerance` lets numbers be apart: `0.01` (absolute; of times in seconds), `1%` (of the larger), `4ulp` (representable FLOAT64
numbers), for some columns `*_score=0.05` or `NUMERIC=0.01`; the last that is for a column counts. `--ignore-case` and
`--ignore-space` are for texts. What is equal by a rule alone is counted (`within`).

JSON columns, and STRING columns most of whose values are objects or arrays, compare path by path: white space, the order of
keys and the form of numbers mean nothing. A key that one side lacks is a matter of **shape**, counted apart and no
difference of value. `--ignore-path '$.meta.*'` leaves paths out. A text that is no JSON equals the same text alone.
Without a key, documents are equal by what they say, too, and one with a key more is another.

## What is left out

`--ignore` and `--columns` take globs. Left out by default, and told, are columns that differ from run to run by their nature
(`--volatile` compares them, too):

";

const EXPLAINED: &str = "
## What explains a difference

Explanations are drawn from rows side by side: all of tables up to 200,000 rows, of larger ones those of about 50,000
entities' rows chosen by a hash of their key, and the rows that differ where that leaves few. Counts are always of all rows.

**Patterns** say what was done to a column, in either direction. Each has its support and an upper bound of the probability that
as many rows fit by chance, by which it is claimed only if that is less than one in a million. So fewer than five differing rows
prove nothing, and five do not always: a constant added to values that are all distinct shows in seven rows where some twenty
others don't differ, in ten where all do. Where values can't tell coefficients apart, the interval that fits as well is told.

| mechanism | meaning |
|---|---|
";

const REST: &str = "
**Places** say where: the smallest predicates over columns that don't differ themselves that hold of the rows that do, with
the rows they hold of besides, the lift, and a bound of chance after correction for all predicates that were tried. Places by
file, writer and row group are told apart from them (`file_places` of the JSON).

**Witnesses** say who is right: a path of a JSON document, a column that does not differ, a formula of the suite (`rule`,
`recompute`), or the column of another table that the suite's `agrees` says it was copied from, where it agrees with one side of
the differing rows and not with the other.

**What else changed there** tells of the days on which rows differ what is new in the schema, who else wrote the files, and
whether days have many more rows or fewer.

A column **follows** another if it differs only where that one does, and more is known of that one.

## Several runs

Rows of one key are paired with those of the run that has the most, as between two sides. A row's runs fall into groups of equal
values. A column depends on the **data** if the runs fall into the same two groups nearly
everywhere, with several runs in each; on the **order** of things if the groups are other ones from row to row, or all runs differ;
on **one run** if that one is alone. The report ends with the diff of the two runs that show best what differs.

## How much is read

One pass over each side; then the days, columns and rows that differ. A row takes 16 bytes of memory while its side is
compared; where `--memory` does not hold that, duplicate keys of equal rows are not counted, which is told. `--rows` says how
many differing cells are kept for the report.

`--memory` bounds what is kept: these hashes, rows that explain, rows that differ. Beside it stands what reading takes, for each
thread the largest row group as it is stored and a page of each column, where fewer threads read at a time if that is more than
half of `--memory`, but one at least; the allocator keeps what was freed for up to ten seconds; and the program itself takes
some 130 MB. Two tables of 4 million rows and 41 columns, in row groups of 80 MB, by two threads: 580 MB at the most with
`--memory 500MB`, 670 MB with 2 GB. Memory that does not hold what has to be kept is an error that says so.

A 128-bit sum of hashes stands for a day's values. Two tables that differ are taken for equal with a probability below one in
10^18.

## Reports

The terminal's report, `--format json` with everything, and the datasets `diff_summary`, `diff_columns`, `diff_rows`,
`diff_patterns` and `diff_segments` (by day, and by the columns of `--by`) in the reports ([reports.md](reports.md)), where
`lakeaudit query` finds them as `lakeaudit.diff_rows`; of several runs, `diff_runs` and `diff_run_columns`. Each diff has a
`run_id`, which the last line tells. The check `matches: {table: other}` does the same in an audit.
";

/// All of it.
pub fn markdown() -> String {
    let mut out = TEXT.to_owned();
    let globs: Vec<String> = volatile::globs()
        .iter()
        .map(|glob| format!("`{glob}`"))
        .collect();
    let _ = writeln!(out, "{}", globs.join(", "));
    out.push_str(EXPLAINED);
    for (mechanism, meaning) in Mechanism::ALL {
        let _ = writeln!(out, "| `{}` | {} |", mechanism.name(), meaning.trim());
    }
    out.push_str(REST);
    out
}
