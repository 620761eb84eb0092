-- Players who did not play stored as 0 points: their share by month, with the rows marked as DNP.
-- Above 15 % zeros is a warning, above 30 % critical; zeros without a minute are wrong at any rate.
SELECT
  FORMAT_DATE('%Y-%m', game_date) AS month,
  COUNT(*) AS n,
  COUNTIF(points = 0) AS zeros,
  COUNTIF(is_dnp) AS marked,
  COUNTIF(points = 0 AND minutes_played = 0) AS dnp_as_zero,
  ROUND(SAFE_DIVIDE(COUNTIF(points = 0), COUNTIF(points IS NOT NULL)) * 100, 3) AS zero_pct,
  STRING_AGG(DISTINCT IF(points = 0 AND minutes_played = 0, CAST(game_date AS STRING), NULL), ', ' ORDER BY IF(points = 0 AND minutes_played = 0, CAST(game_date AS STRING), NULL)) AS days
FROM nba_analytics.player_game_summary
GROUP BY month
ORDER BY month
