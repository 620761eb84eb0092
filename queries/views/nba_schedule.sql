-- view: nba_reference.nba_schedule
SELECT
  game_id, game_date, season_year, home_team_tricode, away_team_tricode, home_team_name,
  away_team_name, game_status, is_playoffs, is_regular_season, is_all_star, playoff_round
FROM nba_raw.nbac_schedule
