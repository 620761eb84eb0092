//! Predicates of every shape are found again, with noise and without.

use super::found;
use super::table::{DAY_ONE, DAYS, Dice, Row, attributes, day, rows};

type Holds = Box<dyn Fn(&Row) -> bool>;

/// A predicate to be found, and how it may be told where there is no noise.
struct Plant {
    name: &'static str,
    holds: Holds,
    exact: Vec<String>,
    /// A further place.
    other: Option<Holds>,
}

fn plant(name: &'static str, exact: Vec<String>, holds: impl Fn(&Row) -> bool + 'static) -> Plant {
    Plant {
        name,
        holds: Box::new(holds),
        exact,
        other: None,
    }
}

fn plants(rows: &[Row], seed: u64) -> Vec<Plant> {
    let mut dice = Dice::new(seed ^ 77);
    let from = DAY_ONE + 70 + dice.below(120) as i32;
    let to = from + 6 + dice.below(30) as i32;
    let late = DAY_ONE + DAYS - 20 - dice.below(60) as i32;
    let early = DAY_ONE + 20 + dice.below(60) as i32;
    let team = format!("T{:02}", dice.below(30));
    let version = ["v1", "v2", "v3"][dice.below(3)];
    let file = rows[dice.below(rows.len())].file.clone();
    let group = rows[dice.below(rows.len())].group;
    let player = rows[dice.below(rows.len())].player;
    let mut games: Vec<String> = (0..5)
        .map(|_| rows[dice.below(rows.len())].game.clone())
        .collect();
    games.sort();
    games.dedup();
    let list = format!("'{}'", games.join("', '"));
    let minutes = 38.0 + dice.below(8) as f64;
    let points = 25 + dice.below(10) as i64;
    let (t, f) = (team.clone(), file.clone());
    let between = format!("game_date BETWEEN {} AND {}", day(from), day(to));
    let since = format!("game_date >= {}", day(late));
    let mut found = vec![
        plant("between", vec![between.clone()], move |row| {
            (from..=to).contains(&row.date)
        }),
        plant("since", vec![since.clone()], move |row| row.date >= late),
        plant(
            "until",
            vec![format!("game_date <= {}", day(early))],
            move |row| row.date <= early,
        ),
        plant(
            "one day",
            vec![format!("game_date = {}", day(from))],
            move |row| row.date == from,
        ),
        plant("category", vec![format!("team = '{team}'")], {
            let team = team.clone();
            move |row| row.team == team
        }),
        plant("file", vec![format!("left file = '{file}'")], {
            let file = file.clone();
            move |row| row.file == file
        }),
        plant(
            "row group",
            vec![format!("left row group = {group}")],
            move |row| row.group == group,
        ),
        plant(
            "player",
            vec![format!("player_id = {player}")],
            move |row| row.player == player,
        ),
        plant("null", vec!["minutes IS NULL".to_owned()], |row| {
            row.minutes.is_none()
        }),
        plant("minutes", vec![], move |row| {
            row.minutes.is_some_and(|m| m >= minutes)
        }),
        plant("points", vec![format!("points >= {points}")], move |row| {
            row.points >= points
        }),
        plant("ids", vec![format!("game_id IN ({list})")], {
            let games = games.clone();
            move |row| games.contains(&row.game)
        }),
        plant(
            "since of version",
            vec![format!("{since} AND version = '{version}'")],
            move |row| row.date >= late && row.version == version,
        ),
        plant(
            "between of team",
            vec![format!("{between} AND team = '{team}'")],
            {
                let team = team.clone();
                move |row| (from - 30..=to + 30).contains(&row.date) && row.team == team
            },
        ),
        plant(
            "file of version",
            vec![format!("version = '{version}' AND left file = '{file}'")],
            {
                let file = file.clone();
                move |row| row.file == file && row.version == version
            },
        ),
        plant(
            "three",
            vec![format!(
                "{since} AND version = '{version}' AND is_home = TRUE"
            )],
            move |row| row.date >= late && row.version == version && row.home,
        ),
        plant(
            "null of version",
            vec![format!("version = '{version}' AND note IS NULL")],
            move |row| row.version == version && row.note.is_none(),
        ),
    ];
    // The wider dates of "between of team".
    found[13].exact = vec![format!(
        "game_date BETWEEN {} AND {} AND team = '{team}'",
        day((from - 30).max(DAY_ONE)),
        day(to + 30)
    )];
    let mut two = plant("date or team", vec![], move |row| {
        (from..=to + 20).contains(&row.date)
    });
    two.other = Some(Box::new(move |row| row.team == t));
    found.push(two);
    let mut two = plant("file or dates", vec![], move |row| row.file == f);
    two.other = Some(Box::new(move |row| row.date >= late));
    found.push(two);
    let mut two = plant("two ranges", vec![], move |row| {
        (from..=to).contains(&row.date)
    });
    two.other = Some(Box::new(move |row| (late..late + 10).contains(&row.date)));
    found.push(two);
    found
}

/// Of the rows that either holds of, the share that both do.
fn alike(a: &[bool], b: &[bool]) -> f64 {
    let both = a.iter().zip(b).filter(|(a, b)| **a && **b).count();
    let either = a.iter().zip(b).filter(|(a, b)| **a || **b).count();
    both as f64 / either.max(1) as f64
}

#[test]
fn what_is_planted_is_found() {
    let (mut tried, mut right) = (0, 0);
    let mut wrong = String::new();
    let n = 6_000;
    for seed in 0..5 {
        let rows = rows(n, seed);
        let attributes = attributes(&rows);
        for plant in plants(&rows, seed) {
            for noise in [0.0, 0.02, 0.1] {
                let mut dice = Dice::new(seed * 31 + 5);
                let truth: Vec<bool> = rows.iter().map(|row| (plant.holds)(row)).collect();
                let other: Vec<bool> = rows
                    .iter()
                    .map(|row| plant.other.as_ref().is_some_and(|o| o(row)))
                    .collect();
                let planted = truth.iter().zip(&other).filter(|(a, b)| **a || **b).count();
                let stray = noise * planted as f64 / (n - planted) as f64;
                let wanted: Vec<bool> = truth
                    .iter()
                    .zip(&other)
                    .map(|(a, b)| {
                        if *a || *b {
                            !dice.chance(noise)
                        } else {
                            dice.chance(stray)
                        }
                    })
                    .collect();
                let places = found(&attributes, wanted.iter().copied());
                let sets: Vec<Vec<bool>> = places
                    .iter()
                    .map(|place| super::same::evaluate(&attributes, place))
                    .collect();
                tried += 1;
                let told: Vec<&str> = places.iter().map(|p| p.predicate.as_str()).collect();
                let near = if noise == 0.0 { 1.0 } else { 0.9 };
                let good = match (&plant.other, sets.as_slice()) {
                    (_, []) => false,
                    (None, [first, ..]) => {
                        alike(first, &truth) >= near
                            && (noise > 0.0
                                || plant.exact.is_empty()
                                || plant.exact.iter().any(|e| told[0] == e)
                                // The dates of one team may end before those of all.
                                || places[0].parts.len() == 2 && alike(first, &truth) == 1.0)
                            && told.len() == 1
                    }
                    (Some(_), sets) => {
                        let has = |set: &Vec<bool>| sets.iter().any(|s| alike(s, set) >= 0.9);
                        has(&truth) && has(&other) && sets.len() == 2
                    }
                };
                right += usize::from(good);
                if !good {
                    wrong.push_str(&format!(
                        "{} seed {seed} noise {noise}: {:?}\n    told {told:?}\n",
                        plant.name, plant.exact
                    ));
                }
            }
        }
    }
    println!("{right} of {tried}\n{wrong}");
    assert!(
        right as f64 >= 0.95 * f64::from(tried),
        "{right} of {tried} found:\n{wrong}"
    );
}
