-- Games in which a player was more than 10 points off the mean of the last five: 8 % are usual, above 12 % is drift.
SELECT
  FORMAT_DATE('%Y-%m', s.game_date) AS month,
  COUNT(*) AS n,
  ROUND(100 * COUNTIF(ABS(s.points - c.points_avg_last_5) > 10) / COUNT(*), 2) AS surprise_pct,
  ROUND(AVG(s.points - c.points_avg_last_5), 3) AS deviation
FROM nba_analytics.played_games AS s
JOIN nba_precompute.player_daily_cache AS c ON c.player_lookup = s.player_lookup AND c.cache_date = s.game_date
WHERE c.points_avg_last_5 IS NOT NULL
GROUP BY month
ORDER BY month
