//! How players and teams stand on a day: usage, pace, shots and defense, and what of it is missing.
//!
//! All is drawn in whole tenths or hundredths, as the NUMERIC columns upstream hold it, and divided once.

use super::book::{Line, Load};
use super::calendar::Day;
use super::factors::{Defense, Inputs, Shot, Workload};
use super::league::Team;
use super::rng::Rng;
use super::roster::ZONES;

/// What the pipeline knows of a player on the morning of a game.
pub(crate) fn inputs(seed: u64, one: &Line) -> Inputs {
    let (day, player) = (one.game.day, &one.player);
    let mut rng = Rng::stream(seed, &format!("form/{day}/{}", player.lookup));
    let average_usage = player.usage + rng.bell(-25, 25);
    let projected_usage = average_usage + rng.bell(-45, 50) + 12 * one.stars_out;
    // Nobody has a shot profile before his first game.
    let profiled = one.load.is_some() && !rng.chance(30);
    let zone_share = player.zone_share + rng.bell(-400, 400);
    let opponent_pace = pace(seed, day, one.opponent());
    let defended = !Rng::stream(
        seed,
        &format!("undefended/{day}/{}", one.opponent().tricode),
    )
    .chance(20);
    let paced = !Rng::stream(seed, &format!("unpaced/{day}/{}", one.team().tricode)).chance(25);
    Inputs {
        workload: one.load.map(workload),
        age: player.age,
        projected_usage: (!rng.chance(60)).then_some(tenths(projected_usage)),
        average_usage: tenths(average_usage),
        stars_out: one.stars_out,
        pace_differential: paced.then(|| tenths(opponent_pace - pace(seed, day, one.team()))),
        opponent_pace: tenths(opponent_pace),
        shot: profiled.then(|| Shot {
            zone: player.zone,
            share: hundredths(zone_share),
        }),
        defense: defended.then(|| defense(seed, day, one.opponent(), player.zone)),
    }
}

/// A team's pace over its last ten games, in tenths of a possession.
pub(crate) fn pace(seed: u64, day: Day, team: &Team) -> i64 {
    let usual = Rng::stream(seed, &format!("pace/{}", team.tricode)).bell(958, 1042);
    usual + Rng::stream(seed, &format!("pace/{day}/{}", team.tricode)).bell(-7, 7)
}

/// Points a team scores and allows in a hundred possessions over its last ten games, in hundredths.
pub(crate) fn ratings(seed: u64, day: Day, team: &Team) -> (i64, i64) {
    let mut rng = Rng::stream(seed, &format!("ratings/{}", team.tricode));
    let (offense, defense) = (rng.bell(10_700, 12_000), rng.bell(10_700, 12_000));
    let mut rng = Rng::stream(seed, &format!("ratings/{day}/{}", team.tricode));
    (offense + rng.bell(-90, 90), defense + rng.bell(-90, 90))
}

fn defense(seed: u64, day: Day, team: &Team, zone: &str) -> Defense {
    let against_league = |zone: &str| {
        let usual = Rng::stream(seed, &format!("defense/{}/{zone}", team.tricode)).bell(-900, 900);
        usual + Rng::stream(seed, &format!("defense/{day}/{}/{zone}", team.tricode)).bell(-40, 40)
    };
    Defense {
        weakest_zone: ZONES
            .into_iter()
            .max_by_key(|zone| against_league(zone))
            .unwrap_or_default(),
        against_league: hundredths(against_league(zone)),
    }
}

fn workload(load: Load) -> Workload {
    Workload {
        days_rest: load.days_rest,
        games_last_7: load.games_last_7,
        minutes_last_7: tenths(load.minutes_last_7),
        average_minutes_last_7: tenths(load.average_minutes_last_7().unwrap_or(0)),
        back_to_backs_last_14: load.back_to_backs_last_14,
    }
}

fn tenths(value: i64) -> f64 {
    value as f64 / 10.0
}

fn hundredths(value: i64) -> f64 {
    value as f64 / 100.0
}
