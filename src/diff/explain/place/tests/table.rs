//! A table of box scores as exports have them, with correlated dates, seasons, games, files and row groups.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, StringViewArray,
    TimestampMicrosecondArray,
};

use crate::diff::explain::place::Attribute;

/// Numbers that look random, the same for a seed.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.roll() % n as u64) as usize
    }

    pub(super) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    pub(super) fn unit(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) date: i32,
    pub(super) season: String,
    pub(super) game: String,
    pub(super) player: i64,
    pub(super) team: String,
    pub(super) version: &'static str,
    pub(super) minutes: Option<f64>,
    pub(super) points: i64,
    pub(super) note: Option<&'static str>,
    pub(super) home: bool,
    pub(super) loaded: i64,
    pub(super) file: String,
    pub(super) group: i64,
}

pub(super) const DAY_ONE: i32 = 17_800;
pub(super) const DAYS: i32 = 300;

pub(super) fn rows(n: usize, seed: u64) -> Vec<Row> {
    let mut dice = Dice::new(seed);
    let mut rows = Vec::with_capacity(n);
    let a_day = n.div_ceil(DAYS as usize).max(1);
    for at in 0..n {
        let day = (at / a_day) as i32;
        let date = DAY_ONE + day;
        let season = day / 75;
        let game = day as usize * 2 + dice.below(2);
        rows.push(Row {
            date,
            season: format!("20{}-{}", 18 + season, 19 + season),
            game: format!("00{}{:05}", 218 + season, game),
            player: 200_000 + dice.below(500) as i64,
            team: format!("T{:02}", dice.below(30)),
            version: ["v1", "v2", "v3"][dice.below(3)],
            minutes: (!dice.chance(0.04)).then(|| dice.unit() * 48.0),
            points: (dice.unit() * dice.unit() * 50.0) as i64,
            note: [None, None, Some("starter"), Some("bench")][dice.below(4)],
            home: dice.chance(0.5),
            loaded: (i64::from(date) * 86_400 + dice.below(86_400) as i64) * 1_000_000,
            file: format!("part-{:012}.parquet", at * 12 / n),
            group: (at * 48 / n) as i64,
        });
    }
    rows
}

pub(super) fn attributes(rows: &[Row]) -> Vec<Attribute> {
    fn column<T, A: From<Vec<T>> + arrow::array::Array + 'static>(
        rows: &[Row],
        of: impl Fn(&Row) -> T,
    ) -> ArrayRef {
        Arc::new(A::from(rows.iter().map(of).collect::<Vec<T>>()))
    }
    let loaded: TimestampMicrosecondArray = rows.iter().map(|row| Some(row.loaded)).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "game_id",
            column::<_, StringArray>(rows, |row| row.game.clone()),
        ),
        ("game_date", column::<_, Date32Array>(rows, |row| row.date)),
        (
            "season",
            column::<_, StringArray>(rows, |row| row.season.clone()),
        ),
        ("player_id", column::<_, Int64Array>(rows, |row| row.player)),
        (
            "team",
            column::<_, StringViewArray>(rows, |row| row.team.clone()),
        ),
        ("version", column::<_, StringArray>(rows, |row| row.version)),
        (
            "minutes",
            column::<_, Float64Array>(rows, |row| row.minutes),
        ),
        ("points", column::<_, Int64Array>(rows, |row| row.points)),
        ("note", column::<_, StringArray>(rows, |row| row.note)),
        ("is_home", column::<_, BooleanArray>(rows, |row| row.home)),
        ("loaded_at", Arc::new(loaded.with_timezone("UTC"))),
        (
            "left file",
            column::<_, StringArray>(rows, |row| row.file.clone()),
        ),
        (
            "left row group",
            column::<_, Int64Array>(rows, |row| row.group),
        ),
    ];
    let named = |(name, values): (&str, ArrayRef)| Attribute {
        name: name.to_owned(),
        values,
    };
    columns.into_iter().map(named).collect()
}

/// A day as BigQuery writes it.
pub(super) fn day(days: i32) -> String {
    crate::diff::explain::place::literal::literal(&Date32Array::from(vec![days]), 0)
}
