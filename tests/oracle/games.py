"""The questions about games: what is there, what is there twice, and what was known when."""

import re
from datetime import date, timedelta
from decimal import Decimal

from lake import groups, half_up, mean

QUESTIONS = {}


def question(as_of, start=None):
    def add(answer):
        QUESTIONS[answer.__name__] = (as_of, start, answer)
        return answer

    return add


def between(lake, table, first, last, date="game_date", columns="*"):
    return lake.rows(f"SELECT {columns} FROM {table} WHERE {date} BETWEEN $a AND $b", a=first, b=last)


def players(lake, table, start, as_of, date="game_date"):
    """The players of each day."""
    found = {}
    for row in between(lake, table, start, as_of, date, f"{date} AS day, player_lookup"):
        found.setdefault(row["day"], set()).add(row["player_lookup"])
    return found


@question("2022-11-22", "2022-11-12")
def completeness_by_date(lake, start, as_of):
    finals, teams = {}, {}
    for row in between(lake, "nbac_schedule", start, as_of):
        if row["game_status"] == 3:
            finals.setdefault(row["game_date"], set()).add(row["game_id"])
    for row in between(lake, "player_game_summary", start, as_of):
        teams.setdefault(row["game_date"], set()).add(row["team_abbr"])
    summary = players(lake, "player_game_summary", start, as_of)
    cached = players(lake, "player_daily_cache", start, as_of, "cache_date")
    composite = players(lake, "player_composite_factors", start, as_of)
    features = players(lake, "ml_feature_store_v2", start, as_of)
    answer, day = [], start
    while day <= as_of:
        count = lambda found: len(found.get(day, ()))
        expected = 2 * count(finals)
        state = "no game" if not expected else "MISSING" if not count(features) else "INCOMPLETE" if count(teams) < expected else "PARTIAL" if count(features) < count(summary) else "complete"
        answer.append({
            "game_date": day, "games": count(finals), "teams_expected": expected, "teams_there": count(teams), "players": count(summary),
            "cached": count(cached), "composite": count(composite), "features": count(features), "state": state,
        })
        day += timedelta(days=1)
    return answer


@question("2022-11-22", "2022-10-18")
def missing_player_games(lake, start, as_of):
    there = players(lake, "ml_feature_store_v2", start, as_of)
    rows = {(r["game_date"], r["player_lookup"], r["team_abbr"]) for r in between(lake, "player_game_summary", start, as_of)}
    missing = {}
    for day, player, team in sorted(rows):
        if player not in there.get(day, ()):
            missing.setdefault(day, []).append((player, team))
    return [
        {"game_date": day, "missing": len(found), "teams": len({t for _, t in found}), "for_example": ", ".join(p for p, _ in found[:3])}
        for day, found in missing.items()
    ]


@question("2021-11-23", "2021-10-19")
def duplicates(lake, start, as_of):
    answer = []
    for (day, player), found in groups(between(lake, "player_game_summary", start, as_of), "game_date", "player_lookup"):
        def spread(column):
            held = [row[column] for row in found if row[column] is not None]
            return max(held) - min(held) if held else None

        figures = {tuple(row[c] for c in ("points", "minutes_played", "fg_attempts", "assists", "turnovers")) for row in found}
        if len(found) > 1:
            answer.append({
                "game_date": day, "player_lookup": player, "copies": len(found), "game_ids": len({row["game_id"] for row in found}),
                "points_spread": spread("points"), "minutes_spread": spread("minutes_played"), "fga_spread": spread("fg_attempts"),
                "assists_spread": spread("assists"), "kind": "identical" if len(figures) == 1 else "CONFLICTING",
            })
    return answer


def first_rows(rows):
    """Of each player and day the row that was written first."""
    found = {}
    for row in sorted(rows, key=lambda r: (r["processed_at"], r["game_id"])):
        found.setdefault((row["player_lookup"], row["game_date"]), row)
    return found.values()


@question("2024-11-14", "2024-11-02")
def leaked_averages(lake, start, as_of):
    season = lake.rows("SELECT * FROM player_game_summary WHERE season_year = 2024 AND minutes_played > 0 AND is_dnp IS DISTINCT FROM true")
    scored = {}
    for row in sorted(first_rows(season), key=lambda r: r["game_date"]):
        scored.setdefault(row["player_lookup"], []).append((row["game_date"], row["points"]))
    classes = []
    for row in between(lake, "player_daily_cache", start, as_of, "cache_date"):
        of = scored.get(row["player_lookup"], [])
        before = [points for day, points in of if day < row["cache_date"]]
        today = [points for day, points in of if day == row["cache_date"]]
        if row["points_avg_last_5"] is None or not before or not today:
            continue
        near = lambda games: abs(float(row["points_avg_last_5"]) - mean(games)) < 0.1
        name = "exact" if near(before[-5:]) else "leaked" if near((before + today)[-5:]) else "neither"
        classes.append({"cache_date": row["cache_date"], "class": name})
    answer = []
    for (day,), found in groups(classes, "cache_date"):
        count = {name: sum(row["class"] == name for row in found) for name in ("exact", "leaked", "neither")}
        state = "LEAKAGE" if count["leaked"] / len(found) > 0.05 else "HIGH" if count["exact"] / len(found) < 0.95 else "OK"
        answer.append({"cache_date": day, "n": len(found)} | count | {"match_rate": half_up(100 * count["exact"] / len(found), 1), "status": state})
    return answer


@question("2026-02-08", "2026-01-28")
def averages_with_dnp(lake, start, as_of):
    history = {}
    for row in sorted(first_rows(lake.rows("SELECT * FROM player_game_summary WHERE season_year = 2025")), key=lambda r: r["game_date"]):
        history.setdefault(row["player_lookup"], []).append((row["game_date"], row["points"] or 0, (row["minutes_played"] or 0) > 0))
    rows = []
    for row in between(lake, "player_daily_cache", start, as_of, "cache_date"):
        before = [(points, floor) for day, points, floor in history.get(row["player_lookup"], []) if day < row["cache_date"]]
        if row["points_avg_last_5"] is None or not before:
            continue
        cached = float(row["points_avg_last_5"])
        on_floor = mean([points for points, floor in before if floor][-5:])
        of_all = mean([points for points, _ in before[-5:]])
        rows.append({"cache_date": row["cache_date"], "off": abs(cached - on_floor), "off_all": abs(cached - of_all)})
    return [
        {
            "cache_date": day, "n": len(found), "as_played": sum(r["off"] < 0.1 for r in found),
            "with_dnp": sum(r["off"] >= 0.1 and r["off_all"] < 0.1 for r in found), "worst": half_up(max(r["off"] for r in found), 1),
        }
        for (day,), found in groups(rows, "cache_date")
    ]


@question("2024-11-26", "2024-10-22")
def lines_not_offered(lake, start, as_of):
    answer = []
    for (day,), found in groups(between(lake, "ml_feature_store_v2", start, as_of), "game_date"):
        lines = [row["feature_25_value"] for row in found if row["feature_25_value"] is not None]
        odd = sum(not (line * 2).is_integer() for line in lines)
        if odd:
            answer.append({
                "game_date": day, "with_line": len(lines), "no_half_point": odd, "placeholder": lines.count(20.0),
                "below_5": sum(line < 5 for line in lines), "share": half_up(odd / len(lines), 4),
            })
    return answer


@question("2025-11-20", "2025-11-08")
def lines_after_tipoff(lake, start, as_of):
    closing, live = {}, {}
    for row in between(lake, "odds_api_player_points_props", start, as_of):
        key = (row["game_date"], row["player_lookup"])
        ahead = row["minutes_before_tipoff"]
        if ahead < 0:
            held = live.setdefault(key, (ahead, row["points_line"]))
            live[key] = min(held, (ahead, row["points_line"]), key=lambda one: one[0])
        elif row["bookmaker"] == "draftkings":
            held = closing.setdefault(key, (ahead, row["points_line"]))
            closing[key] = min(held, (ahead, row["points_line"]), key=lambda one: one[0])
    answer = []
    for (day,), found in groups(between(lake, "ml_feature_store_v2", start, as_of), "game_date"):
        pairs = []
        for row in found:
            key = (day, row["player_lookup"])
            if row["feature_25_value"] is not None and key in closing:
                pairs.append((abs(row["feature_25_value"] - closing[key][1]), key in live and live[key][1] == row["feature_25_value"]))
        if pairs:
            answer.append({
                "game_date": day, "n": len(pairs), "off_by_more": sum(gap > 0.5 for gap, _ in pairs),
                "equals_live": sum(gap > 0.5 and same for gap, same in pairs), "mean_gap": half_up(mean([gap for gap, _ in pairs]), 4),
            })
    return answer


@question("2026-01-11", "2026-01-01")
def game_id_forms(lake, start, as_of):
    platform, official = set(), set()
    for row in between(lake, "nbac_schedule", start, as_of):
        platform.add((row["game_date"], f"{row['game_date']:%Y%m%d}_{row['away_team_tricode']}_{row['home_team_tricode']}"))
        official.add((row["game_date"], row["game_id"]))
    ids = {(row["game_date"], row["game_id"]) for row in between(lake, "player_prop_predictions", start, as_of)}
    rows = []
    for day, game in ids:
        form = "platform" if re.fullmatch(r"\d{8}_[A-Z]{3}_[A-Z]{3}", game) else "official" if re.fullmatch(r"00\d{8}", game) else "neither"
        rows.append({"game_date": day, "form": form, "id": (day, game)})
    return [
        {
            "game_date": day, "form": form, "games": len(found),
            "by_platform_id": sum(row["id"] in platform for row in found), "by_official_id": sum(row["id"] in official for row in found),
        }
        for (day, form), found in groups(rows, "game_date", "form")
    ]


@question("2026-02-22")
def surprise_games(lake, start, as_of):
    cached = {(r["player_lookup"], r["cache_date"]): r["points_avg_last_5"] for r in lake.rows("FROM player_daily_cache")}
    rows = []
    for row in first_rows(lake.rows("SELECT * FROM player_game_summary WHERE minutes_played > 0")):
        l5 = cached.get((row["player_lookup"], row["game_date"]))
        if l5 is not None:
            rows.append({"month": f"{row['game_date']:%Y-%m}", "off": row["points"] - l5})
    return [
        {
            "month": month, "n": len(found), "surprise_pct": half_up(100 * sum(abs(r["off"]) > 10 for r in found) / len(found), 2),
            "deviation": half_up(mean([r["off"] for r in found]), 3),
        }
        for (month,), found in groups(rows, "month")
    ]
