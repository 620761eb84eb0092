-- Does the cached mean of the last five games hold the game it is to predict? Both means are computed again
-- from the summary, over games before the day (<) and up to it (<=), and each row is put with the one it equals.
-- More than 5 % leaked is more than chance; a match of at least 95 % with the strict mean is good.
WITH played AS (
  SELECT player_lookup, game_date, season_year, points
  FROM `nba-props-platform.nba_analytics.player_game_summary`
  WHERE minutes_played > 0 AND is_dnp IS NOT TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY player_lookup, game_date ORDER BY processed_at, game_id) = 1
),
means AS (
  SELECT
    player_lookup,
    game_date,
    AVG(points) OVER (PARTITION BY player_lookup, season_year ORDER BY game_date ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING) AS strict_l5,
    AVG(points) OVER (PARTITION BY player_lookup, season_year ORDER BY game_date ROWS BETWEEN 4 PRECEDING AND CURRENT ROW) AS leaked_l5
  FROM played
),
classes AS (
  SELECT
    c.cache_date,
    CASE
      WHEN ABS(c.points_avg_last_5 - m.strict_l5) < 0.1 THEN 'exact'
      WHEN ABS(c.points_avg_last_5 - m.leaked_l5) < 0.1 THEN 'leaked'
      ELSE 'neither'
    END AS class
  FROM nba_precompute.player_daily_cache AS c
  JOIN means AS m ON m.player_lookup = c.player_lookup AND m.game_date = c.cache_date
  WHERE c.cache_date BETWEEN @start_date AND @end_date
    AND c.points_avg_last_5 IS NOT NULL
    AND m.strict_l5 IS NOT NULL
)
SELECT
  cache_date,
  COUNT(*) AS n,
  COUNTIF(class = 'exact') AS exact,
  COUNTIF(class = 'leaked') AS leaked,
  COUNTIF(class = 'neither') AS neither,
  ROUND(100 * COUNTIF(class = 'exact') / COUNT(*), 1) AS match_rate,
  CASE
    WHEN COUNTIF(class = 'leaked') / COUNT(*) > 0.05 THEN 'LEAKAGE'
    WHEN COUNTIF(class = 'exact') / COUNT(*) < 0.95 THEN 'HIGH'
    ELSE 'OK'
  END AS status
FROM classes
GROUP BY cache_date
ORDER BY cache_date
