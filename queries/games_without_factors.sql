-- name: games_without_factors
-- table: nba_raw.nbac_schedule
-- severity: critical
-- meaning: a final game has no player in player_composite_factors
-- action: run the backfill of player_composite_factors for these days
SELECT s.game_date, s.away_team_tricode, s.home_team_tricode
FROM `nba-props-platform.nba_reference.nba_schedule` AS s
LEFT JOIN (
  SELECT DISTINCT game_date, game_id FROM nba_precompute.player_composite_factors
) AS f
  ON f.game_date = s.game_date
  AND f.game_id = CONCAT(FORMAT_DATE('%Y%m%d', s.game_date), '_', s.away_team_tricode, '_', s.home_team_tricode)
WHERE s.game_status = 3
  AND s.game_date BETWEEN '2026-01-20' AND CURRENT_DATE()
  AND f.game_id IS NULL
