-- Identifiers of games by form and day: the platform's YYYYMMDD_AWAY_HOME, or the league's ten digits. Rows with the
-- other form join to nothing; the schedule maps one to the other.
WITH ids AS (
  SELECT DISTINCT game_date, game_id FROM nba_predictions.player_prop_predictions
  WHERE game_date BETWEEN @start_date AND @end_date
),
games AS (
  SELECT
    game_date,
    game_id AS official,
    CONCAT(FORMAT_DATE('%Y%m%d', game_date), '_', away_team_tricode, '_', home_team_tricode) AS platform
  FROM nba_reference.nba_schedule
)
SELECT
  ids.game_date,
  CASE
    WHEN REGEXP_CONTAINS(ids.game_id, r'^\d{8}_[A-Z]{3}_[A-Z]{3}$') THEN 'platform'
    WHEN REGEXP_CONTAINS(ids.game_id, r'^00\d{8}$') THEN 'official'
    ELSE 'neither'
  END AS form,
  COUNT(*) AS games,
  COUNT(p.platform) AS by_platform_id,
  COUNT(o.official) AS by_official_id
FROM ids
LEFT JOIN games AS p ON p.game_date = ids.game_date AND p.platform = ids.game_id
LEFT JOIN games AS o ON o.game_date = ids.game_date AND o.official = ids.game_id
GROUP BY game_date, form
ORDER BY game_date, form
