# The same in weeks from Monday, for every system, with wins and losses.
# A week's figures differ from those of weekly_hit_rate.sql, because Sunday's games are in another week.
DECLARE first_day DATE DEFAULT DATE_SUB(CURRENT_DATE(), INTERVAL 8 WEEK);
SELECT
  DATE_TRUNC(game_date, WEEK(MONDAY)) AS week_start,
  FORMAT_DATE('%A', DATE_TRUNC(game_date, WEEK(MONDAY))) AS begins_on,
  system_id,
  FORMAT('%d-%d', COUNTIF(prediction_correct), COUNTIF(NOT prediction_correct)) AS record,
  COUNTIF(prediction_correct) / COUNT(*) AS share,
  COUNT(DISTINCT player_lookup) AS players,
FROM nba_predictions.prediction_accuracy
WHERE game_date BETWEEN first_day AND CURRENT_DATE()
  AND prediction_correct IS NOT NULL
  AND recommendation IN ("OVER", "UNDER")
  AND is_voided IS NOT TRUE
GROUP BY week_start, system_id
HAVING COUNT(*) >= 5
ORDER BY week_start, system_id
