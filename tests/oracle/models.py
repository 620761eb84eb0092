"""The questions about predictions and how good they were."""

from datetime import date, timedelta
from decimal import Decimal

from lake import deviation, groups, half_up, mean, ratio

QUESTIONS = {}


def question(as_of, start=None):
    def add(answer):
        QUESTIONS[answer.__name__] = (as_of, start, answer)
        return answer

    return add


def sunday(day):
    return day - timedelta(days=(day.weekday() + 1) % 7)


def monday(day):
    return day - timedelta(days=day.weekday())


def graded(lake, first, last, where="TRUE"):
    return lake.rows(f"SELECT * FROM prediction_accuracy WHERE game_date BETWEEN $a AND $b AND ({where})", a=first, b=last)


def right(rows):
    return sum(row["prediction_correct"] is True for row in rows)


def settled(rows):
    return [row for row in rows if row["prediction_correct"] is not None]


def bias(rows):
    return mean([row["predicted_points"] - row["actual_points"] for row in rows])


def line_miss(row):
    return abs(row["line_value"] - row["actual_points"])


def miss(row):
    return abs(row["predicted_points"] - row["actual_points"])


@question("2025-12-14")
def weekly_hit_rate(lake, start, as_of):
    rows = graded(lake, as_of - timedelta(days=28), as_of, "system_id = 'catboost_v8' AND prediction_correct IS NOT NULL")
    for row in rows:
        row["week_start"] = sunday(row["game_date"])
    answer = []
    for (week,), found in reversed(groups(rows, "week_start")):
        share = right(found) / len(found)
        answer.append({
            "week_start": week,
            "predictions": len(found),
            "hit_rate": half_up(100 * right(found) / len(found), 1),
            "bias": half_up(bias(found), 2),
            "status": "CRITICAL" if share < 0.55 else "WARNING" if share < 0.6 else "OK",
        })
    return answer


@question("2026-01-31")
def weekly_hit_rate_monday(lake, start, as_of):
    rows = graded(lake, as_of - timedelta(days=56), as_of, "prediction_correct IS NOT NULL AND recommendation IN ('OVER', 'UNDER') AND coalesce(is_voided, false) = false")
    for row in rows:
        row["week_start"] = monday(row["game_date"])
    return [
        {
            "week_start": week,
            "begins_on": "Monday",
            "system_id": system,
            "record": f"{right(found)}-{len(found) - right(found)}",
            "share": right(found) / len(found),
            "players": len({row["player_lookup"] for row in found}),
        }
        for (week, system), found in groups(rows, "week_start", "system_id")
        if len(found) >= 5
    ]


@question("2026-01-31")
def weekly_vegas_edge(lake, start, as_of):
    rows = graded(lake, as_of - timedelta(days=84), as_of, "starts_with(system_id, 'catboost') AND line_value IS NOT NULL AND prediction_correct IS NOT NULL")
    for row in rows:
        row["week_start"] = sunday(row["game_date"])
    answer, before = [], None
    for (week,), found in groups(rows, "week_start"):
        model, vegas = mean(map(miss, found)), mean(map(line_miss, found))
        edge = half_up(vegas - model, 2)
        state = "OK"
        if edge < Decimal("-0.5"):
            state = "ALERT"
        elif edge < 0:
            state = "NOT COMPETITIVE" if before is not None and before < 0 else "WATCH"
        answer.append({
            "week_start": week, "n": len(found), "model_mae": half_up(model, 2), "vegas_mae": half_up(vegas, 2), "our_edge": edge,
            "change": None if before is None else edge - before, "status": state,
        })
        before = edge
    return answer


def tiers(rows, label, by, cuts, players):
    names = ["1 star", "2 starter", "3 rotation", "4 bench"]
    for row in rows:
        row["tier"] = next((name for name, cut in zip(names, cuts) if by(row) >= cut), names[3])
    answer = []
    for (tier,), found in groups(rows, "tier"):
        off = bias(found)
        one = {"tiers_by": label, "tier": tier, "n": len(found)}
        if players:
            one["players"] = len({row["player_lookup"] for row in found})
        share = ratio(100 * right(found), len(settled(found)))
        answer.append(one | {
            "bias": half_up(off, 2),
            "hit_rate": half_up(share, 1),
            "status": "CRITICAL" if abs(off) > 5 else "FAIL" if abs(off) > 3 else "OK",
        })
    return answer


def played(lake, as_of):
    return graded(lake, date(2025, 11, 1), as_of, "actual_points IS NOT NULL AND is_voided IS DISTINCT FROM true")


@question("2026-02-22")
def tier_bias_by_actual_points(lake, start, as_of):
    return tiers(played(lake, as_of), "actual points of the day", lambda row: row["actual_points"], (25, 15, 5), False)


@question("2026-02-22")
def tier_bias_by_season_average(lake, start, as_of):
    rows = played(lake, as_of)
    averages = {player: mean([row["actual_points"] for row in found]) for (player,), found in groups(rows, "player_lookup")}
    return tiers(rows, "season average", lambda row: averages[row["player_lookup"]], (25, 15, 8), True)


@question("2026-02-22", "2025-11-01")
def model_beats_vegas(lake, start, as_of):
    rows = graded(lake, start, as_of, "line_value IS NOT NULL AND actual_points IS NOT NULL")
    for row in rows:
        row["year"], row["month"] = row["game_date"].year, row["game_date"].month
    answer = []
    for (system, year, month), found in groups(rows, "system_id", "year", "month"):
        share = sum(row["absolute_error"] < line_miss(row) for row in found) / len(found)
        answer.append({
            "system_id": system, "year": year, "month": month, "n": len(found),
            "beats_vegas": half_up(100 * share, 1),
            "state": "critical" if share < 0.42 else "warning" if share < 0.45 else "normal" if share < 0.5 else "good",
            "market": "VERY_SHARP" if share < 0.45 else "SHARP" if share < 0.5 else "NORMAL" if share < 0.55 else "SOFT",
        })
    return answer


@question("2025-12-10")
def rolling_windows(lake, start, as_of):
    answer = []
    for name, back in (("7d", 6), ("14d", 13), ("30d", 30)):
        first = as_of - timedelta(days=back)
        picks = graded(lake, first, as_of, "abs(predicted_points - line_value) >= 3")
        for (system,), found in groups(picks, "system_id"):
            share = 100 * right(found) / len(found)
            won = [float(row["prediction_correct"] is True) for row in found]
            edges = [min(float(abs(row["predicted_points"] - row["line_value"])) / 15, 1) for row in found]
            done = settled(found)
            answer.append({
                "rolling": name, "first_day": first, "system_id": system, "n": len(found),
                "hit_rate": half_up(share, 1),
                "settled_hit_rate": half_up(100 * right(done) / len(done), 1) if done else None,
                "brier": half_up(mean([(edge - one) ** 2 for edge, one in zip(edges, won)]), 4),
                "state": "INSUFFICIENT" if len(found) < 5 else "BLOCKED" if share < 52.4 else "DEGRADING" if share < 55 else "WATCH" if share < 58 else "HEALTHY",
            })
    return answer


@question("2026-02-22", "2025-10-21")
def edge_buckets(lake, start, as_of):
    rows = graded(lake, start, as_of, "recommendation IN ('OVER', 'UNDER') AND prediction_correct IS NOT NULL AND is_voided IS DISTINCT FROM true")
    answer = []
    for least in (2, 3, 4, 5, 7):
        found = [row for row in rows if abs(row["predicted_points"] - row["line_value"]) >= least]
        if found:
            share = right(found) / len(found)
            answer.append({"edge_at_least": least, "n": len(found), "wins": right(found), "hit_rate": half_up(100 * share, 1), "pays": share >= 0.524})
    return answer


@question("2026-02-22", "2025-10-21")
def confidence_buckets(lake, start, as_of):
    rows = graded(lake, start, as_of, "prediction_correct IS NOT NULL")
    cuts = (("0.95", "95+"), ("0.92", "92-95"), ("0.90", "90-92"), ("0.87", "87-90"))
    for row in rows:
        row["bucket"] = next((name for cut, name in cuts if row["confidence_score"] >= Decimal(cut)), "<87")
    buckets = [(name, found) for (name,), found in groups(rows, "bucket") if len(found) >= 5]
    total = sum(len(found) for _, found in buckets)
    answer = []
    for name, found in buckets:
        x = [float(row["confidence_score"]) for row in found]
        y = [float(row["prediction_correct"]) for row in found]
        mx, my = mean(x), mean(y)
        both = sum((a - mx) * (b - my) for a, b in zip(x, y)) / (len(x) - 1)
        answer.append({
            "bucket": name, "n": len(found), "share": half_up(100 * len(found) / total, 2),
            "hit_rate": half_up(100 * right(found) / len(found), 1),
            "claimed": half_up(mean([row["confidence_score"] for row in found]), 3),
            "r": half_up(both / (deviation(x) * deviation(y)), 6),
        })
    return answer


def predictions(lake, start, as_of):
    return lake.rows("SELECT * FROM player_prop_predictions WHERE game_date BETWEEN $a AND $b", a=start, b=as_of)


@question("2025-11-30", "2025-11-10")
def direction_concentration(lake, start, as_of):
    rows = [
        row
        for row in predictions(lake, start, as_of)
        if row["is_active"] and row["current_points_line"] is not None and abs(row["predicted_points"] - row["current_points_line"]) >= 3
    ]
    answer = []
    for (day, system), found in groups(rows, "game_date", "system_id"):
        over = sum(row["recommendation"] == "OVER" for row in found)
        under = sum(row["recommendation"] == "UNDER" for row in found)
        most = max(over, under) / len(found)
        if len(found) >= 5 and most > 0.8:
            answer.append({
                "game_date": day, "system_id": system, "picks": len(found), "pct_over": half_up(100 * over / len(found), 1),
                "mean_margin": half_up(mean([row["predicted_points"] - row["current_points_line"] for row in found]), 2),
                "status": "CRITICAL" if most > 0.9 else "WARNING", "red": over / len(found) < 0.25,
            })
    return answer


def once(rows):
    """Of each player, day and system the row the pipeline takes."""
    best = {}
    for row in sorted(rows, key=lambda r: r["graded_at"]):
        rank = (row["recommendation"] not in ("OVER", "UNDER"), row["prediction_correct"] is None)
        key = (row["player_lookup"], row["game_date"], row["system_id"])
        if key not in best or rank <= best[key][0]:
            best[key] = (rank, row)
    return [row for _, row in best.values()]


@question("2024-11-26", "2024-10-22")
def graded_once(lake, start, as_of):
    rows = graded(lake, start, as_of)
    answer = []
    for form, these in (("as stored", rows), ("once", once(rows))):
        for (system,), found in groups(these, "system_id"):
            answer.append({
                "system_id": system, "form": form, "n": len(found), "wins": right(found),
                "hit_rate": half_up(100 * right(found) / len(settled(found)), 2),
                "lines": sum(row["line_value"] for row in found if row["line_value"] is not None),
            })
    return sorted(answer, key=lambda row: (row["system_id"], row["form"]))


@question("2024-11-26", "2024-10-22")
def duplicate_gradings(lake, start, as_of):
    answer = []
    for (day, player, system), found in groups(graded(lake, start, as_of), "game_date", "player_lookup", "system_id"):
        for nth, row in enumerate(sorted(found, key=lambda r: r["graded_at"], reverse=True), 1):
            if len(found) > 1:
                answer.append({
                    "player_lookup": player, "game_date": day, "system_id": system, "line_value": row["line_value"],
                    "prediction_correct": row["prediction_correct"], "latest": nth, "copies": len(found),
                })
    return answer


@question("2024-11-26", "2024-10-22")
def placeholder_lines(lake, start, as_of):
    answer = []
    for (day,), found in groups(graded(lake, start, as_of, "line_value IS NOT NULL"), "game_date"):
        at = [row for row in found if row["line_value"] == 20]
        off = [row for row in found if row["line_value"] != 20]
        rate = lambda rows: half_up(ratio(100 * right(rows), len(settled(rows))), 1)
        if len(at) >= 3:
            answer.append({
                "game_date": day, "n": len(found), "at_20": len(at), "pct_at_20": half_up(100 * len(at) / len(found), 1),
                "hit_rate_at_20": rate(at), "hit_rate_else": rate(off),
            })
    return sorted(answer, key=lambda row: (-row["pct_at_20"], row["game_date"]))


@question("2026-01-31", "2025-11-01")
def confidence_scale(lake, start, as_of):
    answer = []
    for (day, system), found in groups(predictions(lake, start, as_of), "game_date", "system_id"):
        scores = [row["confidence_score"] for row in found]
        low = [score for score in scores if score <= 1]
        if low:
            answer.append({
                "game_date": day, "system_id": system, "n": len(found), "fractions": len(low), "lowest": min(scores), "highest": max(scores),
                "mean_percent": half_up(mean([score * 100 if score <= 1 else score for score in scores]), 2),
            })
    return answer


@question("2026-01-31", "2025-11-10")
def active_share(lake, start, as_of):
    shares, answer = [], []
    for (day,), found in groups(predictions(lake, date(2000, 1, 1), date(2100, 1, 1)), "game_date"):
        active = sum(row["is_active"] for row in found)
        share, usual = active / len(found), mean(shares[-7:])
        if usual is not None and share < usual / 2 and start <= day <= as_of:
            answer.append({"game_date": day, "n": len(found), "active": active, "share": half_up(share, 3), "usual": half_up(usual, 3)})
        shares.append(share)
    return answer


@question("2026-01-31", "2025-11-10")
def grading_coverage(lake, start, as_of):
    known = {(row["game_date"], row["player_lookup"], row["system_id"]) for row in graded(lake, start, as_of)}
    rows = [row for row in predictions(lake, start, as_of) if row["is_active"] and row["current_points_line"] is not None]
    for row in rows:
        row["week_start"] = monday(row["game_date"])
    answer = []
    for (week,), found in groups(rows, "week_start"):
        done = sum((row["game_date"], row["player_lookup"], row["system_id"]) in known for row in found)
        answer.append({
            "week_start": week, "picks": len(found), "graded": done, "pct_graded": half_up(100 * done / len(found), 1),
            "hit_rates": "DO NOT USE" if done / len(found) < 0.8 else "ok",
        })
    return answer


@question("2026-02-22")
def predicted_after_tipoff(lake, start, as_of):
    rows = lake.rows("SELECT game_date, predicted_at FROM player_prop_predictions WHERE prediction_made_before_game = false")
    answer = []
    for (day,), found in groups(rows, "game_date"):
        latest = max(row["predicted_at"] for row in found)
        # December is standard time in New York, five hours behind.
        answer.append({"game_date": day, "late": len(found), "latest": f"{latest:%Y-%m-%d %H:%M}", "hour_in_new_york": (latest - timedelta(hours=5)).hour})
    return answer


@question("2026-02-22")
def season_edges(lake, start, as_of):
    rows = lake.rows("SELECT *, year(game_date - INTERVAL 9 MONTH) AS season FROM prediction_accuracy WHERE line_value IS NOT NULL AND prediction_correct IS NOT NULL")
    answer, so_far = [], 0
    for (season,), found in groups(rows, "season"):
        so_far += len(found)
        answer.append({
            "season": season, "n": len(found), "edge": half_up(mean([line_miss(row) - row["absolute_error"] for row in found]), 3),
            "n_so_far": so_far, "sigma": half_up(deviation([row["signed_error"] for row in found]), 4),
        })
    return answer
