//! The commands, one file each: what `lakeaudit` does once its arguments are read.

pub mod audit;
pub mod demo;
pub mod explain;
mod open;
pub mod query;
pub mod status;
pub mod tables;

pub use open::{Opened, Request, open, open_at};

/// The date so many days after 1970-01-01.
fn date_of(day: i32) -> Option<chrono::NaiveDate> {
    chrono::NaiveDate::default().checked_add_signed(chrono::TimeDelta::days(i64::from(day)))
}
