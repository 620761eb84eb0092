//! What a query is given from outside: the values of `@name`, and the clock.
//!
//! | written | value |
//! |---|---|
//! | `CURRENT_DATE`, `CURRENT_DATE()`, `CURRENT_DATE('zone')` | the date the session is pinned to, in any zone |
//! | `CURRENT_DATETIME()`, `CURRENT_TIME()` | its last microsecond, 23:59:59.999999, in any zone |
//! | `CURRENT_TIMESTAMP()` | the moment that is in the session's time zone |

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeZone};
use datafusion::common::ScalarValue;

use super::Env;
use super::types::datetime;

/// The values of named parameters, by name without `@`. Names have no case; those here are in lower case.
pub type Params = BTreeMap<String, ScalarValue>;

/// What a function of the clock answers, as a literal of BigQuery's SQL; `None` for other names and where the day is not known.
pub fn clock(env: &Env, name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let kind = name
        .strip_prefix("current_")
        .filter(|kind| ["date", "time", "datetime", "timestamp"].contains(kind))?;
    let read = reading(env, &name).ok()?;
    let text = match read {
        ScalarValue::Date32(Some(_)) => env.as_of?.to_string(),
        ScalarValue::Time64Microsecond(Some(micros)) => {
            at(micros)?.format("%H:%M:%S%.6f").to_string()
        }
        ScalarValue::TimestampMicrosecond(Some(micros), _) => {
            let zone = if kind == "timestamp" { "+00:00" } else { "" };
            format!("{}{zone}", at(micros)?.format("%Y-%m-%d %H:%M:%S%.6f"))
        }
        _ => return None,
    };
    Some(format!("{} '{text}'", kind.to_ascii_uppercase()))
}

fn at(micros: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(micros).map(|at| at.naive_utc())
}

/// What a function of the clock, by its name in lower case, answers; or why it does not, and what to do.
pub(super) fn reading(
    env: &Env,
    name: &str,
) -> Result<ScalarValue, (String, Option<&'static str>)> {
    let Some(date) = env.as_of else {
        let name = name.to_ascii_uppercase();
        let why = format!("{name} is not known: no table of the lake tells its dates");
        let help = "--as-of 2026-01-31, or `as_of:` in the suite, says which day it is";
        return Err((why, Some(help)));
    };
    let failed = || (format!("{date} does not end in {}", env.timezone), None);
    let last_time = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).ok_or_else(failed)?;
    let last = date.and_time(last_time);
    Ok(match name {
        "current_date" => {
            let days = date
                .signed_duration_since(chrono::NaiveDate::default())
                .num_days();
            ScalarValue::Date32(i32::try_from(days).ok())
        }
        "current_time" => ScalarValue::Time64Microsecond(Some(86_399_999_999)),
        "current_datetime" => {
            let micros = Some(last.and_utc().timestamp_micros());
            match datetime() {
                datafusion::arrow::datatypes::DataType::Timestamp(_, zone) => {
                    ScalarValue::TimestampMicrosecond(micros, zone)
                }
                _ => ScalarValue::TimestampMicrosecond(micros, None),
            }
        }
        _ => {
            // Where clocks go back over midnight the day ends at the later of the two.
            let end = env
                .timezone
                .from_local_datetime(&last)
                .latest()
                .ok_or_else(failed)?;
            ScalarValue::TimestampMicrosecond(Some(end.timestamp_micros()), Some("UTC".into()))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_as_literals() {
        let env = Env {
            as_of: "2026-01-28".parse().ok(),
            timezone: chrono_tz::America::New_York,
            default_zone: chrono_tz::Tz::UTC,
        };
        for (name, literal) in [
            ("CURRENT_DATE", "DATE '2026-01-28'"),
            ("current_time", "TIME '23:59:59.999999'"),
            ("CURRENT_DATETIME", "DATETIME '2026-01-28 23:59:59.999999'"),
            (
                "Current_Timestamp",
                "TIMESTAMP '2026-01-29 04:59:59.999999+00:00'",
            ),
        ] {
            assert_eq!(clock(&env, name).as_deref(), Some(literal));
        }
        assert_eq!(clock(&env, "current_user"), None);
        assert_eq!(clock(&Env { as_of: None, ..env }, "current_date"), None);
    }
}
