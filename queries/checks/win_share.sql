-- name: win_share_is_known
-- table: nba_predictions.ml_feature_store_v2
-- severity: critical
-- meaning: team_win_pct (feature 24) is 0.5 although the team has won more games than it lost, or fewer
-- action: build ml_feature_store_v2 again for these days
WITH results AS (
  SELECT game_date, season_year, home_team_tricode AS team, winning_team_tricode = home_team_tricode AS won
  FROM nba_raw.nbac_schedule WHERE game_status = 3
  UNION ALL
  SELECT game_date, season_year, away_team_tricode AS team, winning_team_tricode = away_team_tricode AS won
  FROM nba_raw.nbac_schedule WHERE game_status = 3
),
records AS (
  SELECT r.team, r.game_date, COUNTIF(p.won) AS wins, COUNT(*) AS games
  FROM results AS r
  JOIN results AS p
    ON p.team = r.team AND p.season_year = r.season_year AND p.game_date < r.game_date
  GROUP BY r.team, r.game_date
)
SELECT f.game_date, f.player_lookup, s.team_abbr, f.feature_24_value, r.wins, r.games
FROM nba_predictions.ml_feature_store_v2 AS f
JOIN nba_analytics.player_game_summary AS s
  ON s.game_date = f.game_date AND s.player_lookup = f.player_lookup
JOIN records AS r ON r.team = s.team_abbr AND r.game_date = f.game_date
WHERE f.game_date BETWEEN @start_date AND @end_date AND f.feature_24_value = 0.5 AND r.wins * 2 != r.games
