"""The questions about features, day by day."""

import json
from datetime import timedelta
from decimal import Decimal

from lake import deviation, groups, half_up, mean, quantile, ratio

QUESTIONS = {}


def question(as_of, start=None):
    def add(answer):
        QUESTIONS[answer.__name__] = (as_of, start, answer)
        return answer

    return add


def between(lake, table, first, last, date="game_date"):
    return lake.rows(f"SELECT * FROM {table} WHERE {date} BETWEEN $a AND $b", a=first, b=last)


@question("2026-01-27")
def daily_quality(lake, start, as_of):
    summary = between(lake, "player_game_summary", as_of, as_of)
    composite = between(lake, "player_composite_factors", as_of, as_of)
    store = between(lake, "ml_feature_store_v2", as_of, as_of)

    def percent(rows, test):
        return half_up(ratio(100 * sum(map(test, rows)), len(rows)), 2)

    checks = {
        "pct_zero_points": (percent(summary, lambda r: r["points"] == 0), "above", 15.0, 30.0),
        "pct_dnp_marked": (percent(summary, lambda r: r["is_dnp"] is True), "below", 5.0, 0.0),
        "pct_dnp_null": (percent(summary, lambda r: r["is_dnp"] is None), "above", 0.1, 1.0),
        "record_count": (float(len(summary)), "below", 100.0, 50.0),
        "fatigue_avg": (mean([r["fatigue_score"] for r in composite]), "below", 50.0, 30.0),
        "fatigue_zero_rate": (percent(composite, lambda r: r["fatigue_score"] == 0), "above", 5.0, 10.0),
        "feature_completeness": (percent(store, lambda r: r["features"] is not None), "below", 95.0, 90.0),
        "feature_populated": (percent(store, lambda r: r["feature_0_value"] is not None and r["feature_5_value"] is not None), "below", 95.0, 90.0),
    }
    answer = []
    for name in sorted(checks):
        value, direction, warning, critical = checks[name]
        sign = 1 if direction == "above" else -1
        state = "CRITICAL" if sign * value > sign * critical else "WARNING" if sign * value > sign * warning else "OK"
        answer.append({"check_name": name, "value": value, "direction": direction, "warning": warning, "critical": critical, "status": state})
    return answer


@question("2026-02-02")
def fatigue_by_day(lake, start, as_of):
    answer = []
    for (day,), found in groups(between(lake, "player_composite_factors", as_of - timedelta(days=14), as_of), "game_date"):
        scores = [row["fatigue_score"] for row in found]
        zeros = scores.count(0)
        middle = mean(scores)
        bad = zeros / len(scores) > 0.1 or middle < 50 or min(scores) < 0
        odd = middle > 98 or len(set(scores)) == 1
        answer.append({
            "game_date": day, "players": len(found), "mean": half_up(middle, 2), "sigma": half_up(deviation(scores), 3),
            "lowest": min(scores), "highest": max(scores), "median": quantile(scores, 50, 100),
            "zero_pct": half_up(100 * zeros / len(scores), 1), "negatives": sum(s < 0 for s in scores),
            "warned": sum(row["has_warnings"] is True for row in found) / len(found),
            "status": "🔴 CRITICAL" if bad else "🟡 SUSPICIOUS" if odd else "✅ OK",
        })
    return answer


@question("2026-02-22")
def zero_points_by_month(lake, start, as_of):
    rows = lake.rows("SELECT game_date, points, is_dnp, minutes_played, strftime(game_date, '%Y-%m') AS month FROM player_game_summary")
    answer = []
    for (month,), found in groups(rows, "month"):
        zeros = [row for row in found if row["points"] == 0]
        wrong = [row for row in zeros if row["minutes_played"] == 0]
        answer.append({
            "month": month, "n": len(found), "zeros": len(zeros), "marked": sum(row["is_dnp"] is True for row in found),
            "dnp_as_zero": len(wrong), "zero_pct": half_up(ratio(len(zeros), sum(row["points"] is not None for row in found)) * 100, 3),
            "days": ", ".join(sorted({str(row["game_date"]) for row in wrong})) or None,
        })
    return answer


KEY = (0, 1, 5, 6, 7, 14, 15, 18, 19, 21, 22, 25, 30, 31, 39, 54, 55)


def change(now, before):
    if before == 0:
        return 0.0 if now == 0 else 100.0
    return 100 * (now - before) / abs(before)


@question("2026-01-31")
def feature_drift_weekly(lake, start, as_of):
    rows = between(lake, "ml_feature_store_v2", as_of - timedelta(days=14), as_of - timedelta(days=1))
    rows = [row for row in rows if row["early_season_flag"] is not True]
    week = as_of - timedelta(days=7)
    answer = []
    for i in KEY:
        now = [row["features"][i] for row in rows if row["game_date"] >= week]
        then = [row["features"][i] for row in rows if row["game_date"] < week]
        by_mean, by_std = change(mean(now), mean(then)), change(deviation(now), deviation(then))
        a, b = abs(by_mean), abs(by_std)
        steps = ((50, 75, "CRITICAL"), (30, 50, "HIGH"), (15, 25, "MEDIUM"), (10, 15, "LOW"))
        answer.append({
            "i": i, "feature": rows[0]["feature_names"][i],
            "mean_now": half_up(mean(now), 3), "mean_before": half_up(mean(then), 3),
            "mean_change_pct": half_up(by_mean, 1), "std_change_pct": half_up(by_std, 1),
            "p25": quantile(now, 1, 4), "p50": quantile(now, 2, 4), "p75": quantile(now, 3, 4),
            "severity": next((name for x, y, name in steps if a > x or b > y), "OK"),
        })
    return answer


@question("2025-11-22")
def feature_coverage_last_season(lake, start, as_of):
    def coverage(last):
        rows = between(lake, "ml_feature_store_v2", last - timedelta(days=6), last)
        share = lambda test: 100 * sum(map(test, rows)) / len(rows)
        positive = lambda column: share(lambda row: (row[column] or 0) > 0)
        return {
            "rows_a_day": len(rows) / len({row["game_date"] for row in rows}),
            "vegas": positive("feature_25_value"),
            "points_l5": positive("feature_0_value"),
            "fatigue": positive("feature_5_value"),
            "flag_mismatch": share(lambda row: row["feature_28_value"] == 1 and not row["feature_25_value"]),
        }

    now, then = coverage(as_of), coverage(as_of.replace(year=as_of.year - 1))
    answer = []
    for metric in sorted(now):
        a, b = now[metric], then[metric]
        state = "OK"
        if metric == "vegas" and a < 80 or metric == "rows_a_day" and a >= 2 * b or metric == "flag_mismatch" and a > 5:
            state = "CRITICAL"
        elif metric == "rows_a_day" and a >= 1.5 * b or metric in ("vegas", "points_l5", "fatigue") and a < b - 10:
            state = "WARNING"
        answer.append({"metric": metric, "this_season": half_up(a, 2), "last_season": half_up(b, 2), "difference": half_up(a - b, 2), "status": state})
    return answer


# The least, the greatest and the usual value of each of the 37 features.
RANGES = [
    (0, 80, 15), (0, 80, 15), (0, 60, 12), (0, 30, 5), (0, 7, 3), (0, 100, 90), (-15, 15, 0), (-8, 8, 0), (-8, 8, 0), (-2, 2, 0),
    (0, 3, 0.2), (-2, 2, 0), (-2, 2, 0), (95, 125, 110), (95, 125, 100), (0, 1, 0.5), (0, 1, 0.15), (0, 1, 0), (0, 1, 0.35), (0, 1, 0.15),
    (0, 1, 0.35), (0, 0.5, 0.15), (95, 125, 100), (95, 130, 110), (0, 1, 0.5), (-20, 50, 15), (-20, 50, 15), (-10, 10, 0), (0, 1, 0.8),
    (0, 60, 12), (0, 50, 5), (0, 48, 25), (0, 1.5, 0.55), (0, 1, 0.1), (-5, 5, 0), (-3, 3, 0), (0, 1, 0.05),
]


@question("2026-01-29")
def feature_quality(lake, start, as_of):
    rows = between(lake, "ml_feature_store_v2", as_of - timedelta(days=33), as_of)
    cut = as_of - timedelta(days=3)
    answer = []
    for i, (low, high, typical) in enumerate(RANGES):
        column = f"feature_{i}_value"
        held = [row for row in rows if row[column] is not None]
        recent = [row[column] for row in held if row["game_date"] >= cut]
        base = [row[column] for row in held if row["game_date"] < cut]
        spread, spread_now = deviation(base), deviation(recent)
        z = ratio(mean(recent) - mean(base), spread)
        size = abs(z) if z is not None else 0
        zeros = recent.count(0) / len(recent)
        if size > 3:
            state = "CRITICAL"
        elif zeros > 0.5 and typical > 1:
            state = "CRITICAL_ZERO_COLLAPSE"
        elif size > 2:
            state = "WARNING"
        elif min(recent) < low or max(recent) > high:
            state = "RANGE_VIOLATION"
        elif spread > 0.1 and spread_now / spread < 0.1:
            state = "VARIANCE_COLLAPSE"
        else:
            state = "TRENDING" if size > 1.5 else "OK"
        answer.append({
            "i": i, "feature": rows[0]["feature_names"][i],
            "baseline_mean": half_up(mean(base), 3), "recent_mean": half_up(mean(recent), 3), "z": half_up(z, 2), "zero_pct": half_up(100 * zeros, 1),
            "p5": quantile(recent, 5, 100), "p50": quantile(recent, 50, 100), "p95": quantile(recent, 95, 100), "status": state,
        })
    return answer


@question("2026-01-20", "2026-01-08")
def array_against_columns(lake, start, as_of):
    rows = [row for row in between(lake, "ml_feature_store_v2", start, as_of) if row["early_season_flag"] is False]
    answer = []
    for (day,), found in groups(rows, "game_date"):
        for i in (0, 1, 2, 5, 6, 13, 25, 31):
            pairs = [(row["features"][i], row[f"feature_{i}_value"], i in (row["default_feature_indices"] or [])) for row in found]
            gaps = [abs(a - c) for a, c, _ in pairs if c is not None]
            if any(gap > 1e-6 for gap in gaps):
                answer.append({
                    "game_date": day, "i": i, "n": len(found), "only_in_array": sum(c is None for _, c, _ in pairs),
                    "different": sum(gap > 1e-6 for gap in gaps), "lost": sum(c is None and a != 0 and not d for a, c, d in pairs),
                    "greatest": half_up(max(gaps), 2),
                })
    return answer


@question("2026-02-22")
def array_shape(lake, start, as_of):
    rows = lake.rows("SELECT feature_version, feature_count, features, feature_names, game_date FROM ml_feature_store_v2")
    for row in rows:
        row["length"] = len(row["features"])
    answer = []
    for (version, count, length), found in groups(rows, "feature_version", "feature_count", "length"):
        days = [row["game_date"] for row in found]
        answer.append({
            "feature_version": version, "feature_count": count, "length": length, "n": len(found),
            "wrong_length": sum(len(r["features"]) != count or len(r["feature_names"]) != count for r in found),
            "misplaced": sum(r["feature_names"][5] != "fatigue_score" for r in found),
            "not_finite": sum(any(x != x or abs(x) == float("inf") for x in r["features"]) for r in found),
            "repeated_names": sum(len(set(r["feature_names"])) < count for r in found),
            "first_day": min(days), "last_day": max(days),
        })
    return sorted(answer, key=lambda row: row["first_day"])


@question("2026-02-02", "2026-01-20")
def json_against_column(lake, start, as_of):
    answer = []
    rows = [row for row in between(lake, "player_composite_factors", start, as_of) if row["fatigue_context_json"] is not None]
    for (day,), found in groups(rows, "game_date"):
        inside = [json.loads(row["fatigue_context_json"])["final_score"] for row in found]
        zones = [json.loads(row["shot_zone_context_json"], parse_float=Decimal) for row in found]
        stored = [row["fatigue_score"] for row in found]
        answer.append({
            "game_date": day, "n": len(found), "different": sum(a != b for a, b in zip(stored, inside)),
            "as_adjustment": sum(a == int((b - 100) / 20) for a, b in zip(stored, inside)),
            "zone_different": sum(
                "final_score" in zone and abs(row["shot_zone_mismatch_score"] - zone["final_score"]) > Decimal("0.051") for row, zone in zip(found, zones)
            ),
            "zone_missing": sum(zone.get("missing_data") is True for zone in zones),
            "mean_in_json": half_up(mean(inside), 2), "mean_in_column": half_up(mean(stored), 2),
        })
    return answer


def fatigue(c):
    score = 100
    score += -15 if c["back_to_back"] else 5 if c["days_rest"] >= 3 else 0
    score -= 10 if c["games_last_7"] >= 4 else 0
    score -= 10 if c["minutes_last_7"] > 240 else 0
    score -= 8 if c["avg_minutes_pg_last_7"] > 35 else 0
    score -= {0: 0, 1: 5}.get(c["back_to_backs_last_14"], 12)
    score -= 10 if c["player_age"] >= 35 else 5 if c["player_age"] >= 30 else 0
    return max(0, min(100, score))


@question("2026-02-22")
def fatigue_recomputed(lake, start, as_of):
    rows = lake.rows("SELECT game_date, fatigue_score, fatigue_context_json FROM player_composite_factors WHERE fatigue_context_json IS NOT NULL")
    for row in rows:
        row["month"] = row["game_date"].replace(day=1)
        row["context"] = json.loads(row["fatigue_context_json"])
        row["score"] = fatigue(row["context"])
    return [
        {
            "month": month, "n": len(found),
            "json_as_computed": sum(row["score"] == row["context"]["final_score"] for row in found),
            "column_otherwise": sum(row["score"] != row["fatigue_score"] for row in found),
            "penalties": sum(len(row["context"].get("penalties_applied", [])) for row in found),
            "lowest": min(row["score"] for row in found),
        }
        for (month,), found in groups(rows, "month")
    ]


@question("2023-11-15", "2023-11-04")
def stale_features(lake, start, as_of):
    rows = lake.rows(
        """SELECT f.game_date AS day, feature_7_value, feature_5_value, pace_score, fatigue_score, source_composite_last_updated AS copied, c.processed_at AS written
        FROM ml_feature_store_v2 f, player_composite_factors c
        WHERE f.game_date = c.game_date AND f.player_lookup = c.player_lookup AND f.game_date BETWEEN $a AND $b""",
        a=start, b=as_of,
    )
    answer = []
    for (day,), found in groups(rows, "day"):
        hours = [row["written"] - row["copied"] for row in found if row["copied"] is not None]
        answer.append({
            "game_date": day, "n": len(found), "built_before": sum(gap > timedelta(0) for gap in hours),
            "pace_differs": sum(r["feature_7_value"] is not None and r["pace_score"] is not None and abs(r["feature_7_value"] - float(r["pace_score"])) > 0.05 for r in found),
            "fatigue_differs": sum(r["feature_5_value"] is not None and r["fatigue_score"] is not None and r["feature_5_value"] != r["fatigue_score"] for r in found),
            "hours_behind": max(int(gap / timedelta(hours=1)) for gap in hours) if hours else None,
        })
    return answer


@question("2026-02-22")
def serial_against_parallel(lake, start, as_of):
    key = lambda row: (row["game_date"], row["player_lookup"])
    serial = {key(row): row for row in lake.rows("FROM player_composite_factors_serial")}
    parallel = {key(row): row for row in lake.rows("FROM player_composite_factors_parallel")}
    rows = []
    for day, player in serial.keys() | parallel.keys():
        a, b = serial.get((day, player), {}), parallel.get((day, player), {})
        differs = lambda column: a.get(column) != b.get(column)
        rows.append({
            "game_date": day, "only_serial": not b, "only_parallel": not a, "fatigue": differs("fatigue_score"),
            "fatigue_json": differs("fatigue_context_json"), "total": differs("total_composite_adjustment"), "warnings": differs("has_warnings"),
        })
    flags = ("only_serial", "only_parallel", "fatigue", "fatigue_json", "total", "warnings")
    return [{"game_date": day, "n": len(found)} | {flag: sum(row[flag] for row in found) for flag in flags} for (day,), found in groups(rows, "game_date")]
