-- Fatigue of the last 14 days, day by day: zeros above 10 %, a mean below 50 or any negative value is critical;
-- a mean above 98 or one value for everybody is suspicious too.
SELECT
  game_date,
  COUNT(*) AS players,
  ROUND(AVG(fatigue_score), 2) AS mean,
  ROUND(STDDEV(fatigue_score), 3) AS sigma,
  MIN(fatigue_score) AS lowest,
  MAX(fatigue_score) AS highest,
  APPROX_QUANTILES(fatigue_score, 100)[OFFSET(50)] AS median,
  ROUND(100.0 * COUNTIF(fatigue_score = 0) / COUNT(*), 1) AS zero_pct,
  COUNTIF(fatigue_score < 0) AS negatives,
  COUNTIF(has_warnings) / COUNT(*) AS warned,
  CASE
    WHEN COUNTIF(fatigue_score = 0) / COUNT(*) > 0.1 OR AVG(fatigue_score) < 50 OR COUNTIF(fatigue_score < 0) > 0 THEN '🔴 CRITICAL'
    WHEN AVG(fatigue_score) > 98 OR COUNT(DISTINCT fatigue_score) = 1 THEN '🟡 SUSPICIOUS'
    ELSE '✅ OK'
  END AS status
FROM `nba-props-platform.nba_precompute.player_composite_factors`
WHERE game_date >= CURRENT_DATE() - 14 AND game_date <= CURRENT_DATE()
GROUP BY game_date
ORDER BY game_date
