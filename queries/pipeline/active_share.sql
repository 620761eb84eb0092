-- The share of predictions that are active, by day, against the seven days of games before: a collapse is the
-- deactivation bug, which left 15 % of them active.
WITH days AS (
  SELECT game_date, COUNT(*) AS n, COUNTIF(is_active) AS active
  FROM nba_predictions.player_prop_predictions
  GROUP BY game_date
),
compared AS (
  SELECT
    *,
    active / n AS share,
    AVG(active / n) OVER (ORDER BY game_date ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING) AS usual
  FROM days
)
SELECT game_date, n, active, ROUND(share, 3) AS share, ROUND(usual, 3) AS usual
FROM compared
WHERE share < 0.5 * usual AND game_date BETWEEN @start_date AND @end_date
ORDER BY game_date
