//! Tables of players and dates to plant patterns in.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Float64Builder, Int64Array,
    ListBuilder, RecordBatch, StringViewArray, TimestampMicrosecondArray,
};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{Field, Schema};

use crate::diff::{Paired, Role};

/// A small generator with a fixed sequence.
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    pub(super) fn normal(&mut self) -> f64 {
        let (a, b) = (self.unit().max(1e-300), self.unit());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum V {
    Null,
    B(bool),
    I(i64),
    F(f64),
    /// A NUMERIC of nine digits.
    D(f64),
    T(String),
    Day(i32),
    At(i64),
    L(Vec<f64>),
}

impl V {
    pub(super) fn number(&self) -> f64 {
        match self {
            Self::I(v) => *v as f64,
            Self::F(v) | Self::D(v) => *v,
            Self::Day(v) => f64::from(*v),
            Self::At(v) => *v as f64,
            _ => f64::NAN,
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::T(text) => text,
            _ => "",
        }
    }

    /// A number of the same type.
    pub(super) fn with(&self, number: f64) -> Self {
        match self {
            Self::I(_) => Self::I(number.round() as i64),
            Self::D(_) => Self::D((number * 1e9).round() / 1e9),
            Self::Day(_) => Self::Day(number.round() as i32),
            Self::At(_) => Self::At(number.round() as i64),
            _ => Self::F(number),
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) values: Vec<V>,
}

#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) players: usize,
}

impl Table {
    pub(super) fn at(&self, name: &str) -> usize {
        self.columns.iter().position(|c| c.name == name).unwrap()
    }

    pub(super) fn column(&self, name: &str) -> &[V] {
        &self.columns[self.at(name)].values
    }

    pub(super) fn rows(&self) -> usize {
        self.columns[0].values.len()
    }
}

const FIRST: [&str; 12] = [
    "Luka",
    "Nikola",
    "LeBron",
    "Stephen",
    "Jayson",
    "Shai",
    "Dejounte",
    "Karl-Anthony",
    "Álex",
    "De'Aaron",
    "José",
    "Bam",
];
const LAST: [&str; 14] = [
    "Dončić",
    "Jokić",
    "James",
    "Curry",
    "Tatum",
    "Gilgeous-Alexander",
    "Murray",
    "Towns",
    "Abrines",
    "Fox",
    "Calderón",
    "Adebayo",
    "O'Neal",
    "Smith Jr.",
];
pub(super) const TEAMS: [&str; 12] = [
    "ATL", "BOS", "CHI", "DAL", "DEN", "GSW", "HOU", "LAL", "MIA", "NYK", "PHX", "SAC",
];
pub(super) const ROUNDS: [&str; 6] = [
    "regular",
    "playin",
    "firstround",
    "semifinal",
    "confinal",
    "finals",
];

fn tenths(v: f64) -> f64 {
    (v * 10.0).round() / 10.0
}

pub(super) fn table(seed: u64, days: usize, players: usize) -> Table {
    let mut rng = Rng::new(seed);
    let r = &mut rng;
    let mut columns: Vec<Column> = [
        ("game_date", Role::Key { date: true }),
        ("player", Role::Key { date: false }),
        ("points", Role::Value),
        ("rebounds", Role::Value),
        ("minutes", Role::Value),
        ("usage", Role::Value),
        ("fatigue", Role::Value),
        ("blocks", Role::Value),
        ("spread", Role::Value),
        ("team", Role::Value),
        ("opponent", Role::Value),
        ("name", Role::Value),
        ("round", Role::Value),
        ("context", Role::Json),
        ("updated_at", Role::Value),
        ("features", Role::Value),
        ("season_points", Role::Value),
        ("season_minutes", Role::Value),
        ("is_home", Role::Value),
        ("birth", Role::Value),
        ("date_text", Role::Value),
        ("code", Role::Value),
        ("amount_text", Role::Value),
        ("salary", Role::Value),
        ("rating", Role::Value),
        ("wide_name", Role::Value),
        ("nullable", Role::Value),
        ("weight", Role::Value),
    ]
    .into_iter()
    .map(|(name, role)| Column {
        name,
        role,
        values: Vec::new(),
    })
    .collect();
    let ability: Vec<f64> = (0..players).map(|_| 5.0 + 20.0 * r.unit()).collect();
    let teams: Vec<usize> = (0..players).map(|_| r.below(TEAMS.len())).collect();
    let mut totals = vec![(0_i64, 0.0_f64); players];
    for day in 0..days {
        for player in 0..players {
            let points = (ability[player] * (0.4 + 1.2 * r.unit()) + r.normal() * 3.0)
                .max(0.0)
                .round() as i64;
            let minutes = tenths((12.0 + ability[player] + r.normal() * 6.0).clamp(0.0, 48.0));
            totals[player].0 += points;
            totals[player].1 += minutes * 1.0137;
            let fatigue = (60.0 + 35.0 * r.normal()).clamp(0.0, 100.0).round() as i64;
            let pace = tenths(r.normal() * 4.0 + 100.0);
            let date = 20_400 + day as i32;
            let birth = 8_000 + r.below(6_000) as i32;
            let salary = (r.normal() + 14.0).exp();
            let context = format!(
                "{{\"days_rest\": {}, \"pace\": {pace}, \"form\": {{\"last\": {}, \"mood\": \"m{}\"}}, \"score\": {fatigue}}}",
                r.below(5),
                r.below(60),
                r.below(400),
            );
            let name = format!(
                "{} {}{}",
                FIRST[r.below(FIRST.len())],
                LAST[r.below(LAST.len())],
                r.below(30)
            );
            let iso = chrono::NaiveDate::from_num_days_from_ce_opt(719_163 + birth).unwrap();
            let pad = " ".repeat(r.below(3));
            let row = [
                V::Day(date),
                V::T(format!("player{player:03}")),
                V::I(points),
                V::I(r.below(16) as i64),
                V::D(minutes),
                V::F(r.unit() * 0.4),
                V::I(fatigue),
                V::I(if r.unit() < 0.75 {
                    0
                } else {
                    1 + r.below(5) as i64
                }),
                V::D(tenths(r.normal() * 6.0)),
                V::T(TEAMS[teams[player]].to_owned()),
                V::T(TEAMS[r.below(TEAMS.len())].to_owned()),
                V::T(name.clone()),
                V::T(ROUNDS[r.below(ROUNDS.len())].to_owned()),
                V::T(context),
                V::At(i64::from(date) * 86_400_000_000 + (r.unit() * 86_400e3) as i64 * 1000),
                V::L(
                    (0..3 + r.below(5))
                        .map(|_| tenths(r.unit() * 30.0))
                        .collect(),
                ),
                V::I(totals[player].0),
                V::F(totals[player].1),
                V::B(r.unit() < 0.5),
                V::Day(birth),
                V::T(iso.format("%Y-%m-%d").to_string()),
                V::T(format!("{:05}", r.below(9_000))),
                V::T(format!("{:.2}", r.unit() * 2_000.0)),
                V::F(salary),
                V::I(1 + r.below(5) as i64),
                V::T(
                    format!("{pad} {name} {pad}")
                        .replace(' ', if r.unit() < 0.3 { "  " } else { " " }),
                ),
                if r.unit() < 0.4 {
                    V::Null
                } else {
                    V::I(r.below(40) as i64)
                },
                V::F(r.normal() * 17.0),
            ];
            for (column, value) in columns.iter_mut().zip(row) {
                column.values.push(value);
            }
        }
    }
    Table { columns, players }
}

fn array(values: &[V], others: &[V]) -> ArrayRef {
    let of = values
        .iter()
        .chain(others)
        .find(|v| **v != V::Null)
        .cloned()
        .unwrap_or(V::I(0));
    macro_rules! collect {
        ($array:ty, $variant:path) => {
            Arc::new(
                values
                    .iter()
                    .map(|v| {
                        if let $variant(v) = v {
                            Some(v.clone())
                        } else {
                            None
                        }
                    })
                    .collect::<$array>(),
            )
        };
    }
    match of {
        V::B(_) => collect!(BooleanArray, V::B),
        V::I(_) | V::Null => collect!(Int64Array, V::I),
        V::F(_) => collect!(Float64Array, V::F),
        V::T(_) => collect!(StringViewArray, V::T),
        V::Day(_) => collect!(Date32Array, V::Day),
        V::At(_) => collect!(TimestampMicrosecondArray, V::At),
        V::D(_) => {
            let of = |v: &V| {
                if let V::D(v) = v {
                    Some((v * 1e9).round() as i128)
                } else {
                    None
                }
            };
            let array: Decimal128Array = values.iter().map(of).collect();
            Arc::new(array.with_precision_and_scale(38, 9).unwrap())
        }
        V::L(_) => {
            let mut lists = ListBuilder::new(Float64Builder::new());
            for value in values {
                match value {
                    V::L(elements) => {
                        lists.values().append_slice(elements);
                        lists.append(true);
                    }
                    _ => lists.append(false),
                }
            }
            Arc::new(lists.finish())
        }
    }
}

pub(super) fn paired(left: &Table, right: &Table) -> Paired {
    let batch = |table: &Table, other: &Table| {
        let columns = table.columns.iter().zip(&other.columns);
        let arrays: Vec<ArrayRef> = columns.map(|(c, o)| array(&c.values, &o.values)).collect();
        let fields = table
            .columns
            .iter()
            .zip(&arrays)
            .map(|(c, a)| Field::new(c.name, a.data_type().clone(), true));
        RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), arrays).unwrap()
    };
    let differs = left.columns.iter().zip(&right.columns).map(|(l, r)| {
        let compared = matches!(l.role, Role::Value | Role::Json);
        l.values
            .iter()
            .zip(&r.values)
            .map(|(l, r)| compared && l != r)
            .collect::<BooleanBuffer>()
    });
    Paired {
        left: batch(left, right),
        right: batch(right, left),
        roles: left.columns.iter().map(|c| c.role).collect(),
        differs: differs.collect(),
    }
}
