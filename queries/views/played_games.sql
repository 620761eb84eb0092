-- view: nba_analytics.played_games
-- meaning: the games each player was on the floor in, one row each; of duplicates the one that was written first
SELECT game_date, player_lookup, points
FROM nba_analytics.player_game_summary
WHERE minutes_played > 0
QUALIFY ROW_NUMBER() OVER (PARTITION BY game_date, player_lookup ORDER BY processed_at) = 1
