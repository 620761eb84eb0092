"""The demo lake as tables of DuckDB, read file by file with pyarrow, and numbers as BigQuery rounds them."""

import datetime
import decimal
import pathlib
import re

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

REPO = pathlib.Path(__file__).resolve().parents[2]
DECIMAL = decimal.Context(prec=60, rounding=decimal.ROUND_HALF_UP)


def read(folder):
    """A table's files as one; a date that only a folder's name tells becomes a column."""
    parts = []
    for file in sorted(folder.rglob("*.parquet")):
        part = pq.ParquetFile(file).read()
        named = re.search(r"/(\w+)=(\d{4}-\d\d-\d\d)/", str(file))
        if named and named[1] not in part.column_names:
            day = datetime.date.fromisoformat(named[2])
            part = part.append_column(named[1], pa.array([day] * len(part), pa.date32()))
        parts.append(part)
    schema = parts[0].schema
    whole = []
    for part in parts:
        # One file of the lake has a column of another type on purpose.
        columns = [
            part[field.name].cast(field.type) if field.name in part.column_names else pa.nulls(len(part), field.type)
            for field in schema
        ]
        whole.append(pa.table(columns, schema=schema))
    return pa.concat_tables(whole)


class Lake:
    def __init__(self):
        self.duck = duckdb.connect()
        root = REPO / "fixtures" / "lake"
        for dataset in sorted(d for d in root.iterdir() if d.is_dir()):
            for folder in sorted(dataset.iterdir()):
                self.duck.register("part", read(folder))
                self.duck.execute(f"CREATE TABLE {folder.name} AS SELECT * FROM part")
                self.duck.unregister("part")

    def rows(self, sql, **params):
        """The rows of a DuckDB query as dicts."""
        found = self.duck.execute(sql, params) if params else self.duck.execute(sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row)) for row in found.fetchall()]


def half_up(value, places):
    """ROUND: half away from zero, of a float's exact value."""
    if value is None or (isinstance(value, float) and value != value):
        return value
    exact = decimal.Decimal(value)
    rounded = exact.quantize(decimal.Decimal(1).scaleb(-places), context=DECIMAL)
    return rounded if isinstance(value, decimal.Decimal) else float(rounded)


def mean(values):
    """AVG: of NUMERIC the exact mean to nine digits, of everything else a float; NULLs don't count."""
    values = [v for v in values if v is not None]
    if not values:
        return None
    if any(isinstance(v, decimal.Decimal) for v in values):
        total = sum((decimal.Decimal(v) for v in values), decimal.Decimal(0))
        return DECIMAL.divide(total, decimal.Decimal(len(values))).quantize(decimal.Decimal("1e-9"), context=DECIMAL)
    import math

    return math.fsum(values) / len(values)


def deviation(values):
    """STDDEV: of the sample; of fewer than two values NULL."""
    values = [float(v) for v in values if v is not None]
    if len(values) < 2:
        return None
    import fractions

    exact = [fractions.Fraction(v) for v in values]
    middle = sum(exact) / len(exact)
    return float(sum((v - middle) ** 2 for v in exact) / (len(exact) - 1)) ** 0.5


def quantile(values, i, parts):
    """Element i of APPROX_QUANTILES(value, parts): the first value that i / parts of all are up to."""
    values = sorted(v for v in values if v is not None)
    if not values:
        return None
    nth = -(-len(values) * i // parts)
    return values[max(nth, 1) - 1]


def ratio(part, whole):
    return None if not whole else part / whole


def groups(rows, *keys):
    """Rows by their values of `keys`, in the order of those."""
    found = {}
    for row in rows:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return sorted(found.items(), key=lambda group: tuple((v is not None, v) for v in group[0]))
