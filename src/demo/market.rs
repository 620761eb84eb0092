//! What bookmakers offer on a player's points.

use super::fixtures::Game;
use super::rng::Rng;
use super::roster::Player;
use super::stats;

/// The lines on a player's points, in half points.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Market {
    /// First offered, ten hours before the game.
    pub(crate) opening: i64,
    /// Last offered before the game; what the pipeline calls the line.
    pub(crate) closing: i64,
    /// The second bookmaker's at the same time.
    pub(crate) other: i64,
    /// Offered while the game is under way, when much is known.
    pub(crate) in_game: i64,
}

/// The lowest line offered, in half points.
const LOWEST: i64 = 11;

/// How often (in a thousand) there is a line on a player, by place: bench players mostly have none.
const OFFERED: [usize; 7] = [975, 970, 950, 930, 800, 500, 200];

impl Market {
    /// `None` where no bookmaker offers a line.
    pub(crate) fn of(seed: u64, game: &Game, player: &Player) -> Option<Self> {
        let name = format!("market/{}/{}", game.day, player.lookup);
        let mut rng = Rng::stream(seed, &name);
        let offered = OFFERED.get(player.place).copied().unwrap_or(15);
        if !rng.chance(offered) {
            return None;
        }
        let expected = stats::expected_points(player) / 5;
        let closing = (expected + rng.bell(-5, 5)).max(LOWEST);
        Some(Self {
            opening: (closing + rng.bell(-3, 3)).max(LOWEST),
            closing,
            other: (closing + rng.bell(-2, 2)).max(LOWEST),
            in_game: (closing + rng.bell(-16, 16)).max(LOWEST),
        })
    }
}

/// The bookmakers' view of a game: total points and the home team's spread, in half points.
pub(crate) fn game_lines(seed: u64, game: &Game) -> (i64, i64) {
    let mut rng = Rng::stream(seed, &format!("totals/{}", game.id()));
    let spread = rng.bell(-24, 24);
    (rng.bell(424, 482), if spread == 0 { 3 } else { spread })
}
