//! Text as Python writes it, since the audited pipeline is Python: `json.dumps`, `repr(float)` and `round`.

/// A JSON object in the making, as `json.dumps` writes a dict: keys in order of insertion, ", " and ": " between.
#[derive(Debug, Default)]
pub(crate) struct Dict(String);

impl Dict {
    pub(crate) fn int(self, key: &str, value: i64) -> Self {
        self.raw(key, &value.to_string())
    }

    pub(crate) fn float(self, key: &str, value: f64) -> Self {
        self.raw(key, &repr(value))
    }

    pub(crate) fn bool(self, key: &str, value: bool) -> Self {
        self.raw(key, if value { "true" } else { "false" })
    }

    pub(crate) fn text(self, key: &str, value: &str) -> Self {
        self.raw(key, &quoted(value))
    }

    pub(crate) fn texts(self, key: &str, values: &[&str]) -> Self {
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        self.raw(key, &format!("[{}]", values.join(", ")))
    }

    /// The finished object.
    pub(crate) fn dumps(self) -> String {
        format!("{{{}}}", self.0)
    }

    fn raw(mut self, key: &str, value: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push_str(", ");
        }
        self.0.push_str(&quoted(key));
        self.0.push_str(": ");
        self.0.push_str(value);
        self
    }
}

/// `repr(value)` of a finite float: the shortest digits that read back as `value`, always with a point or an exponent;
/// scientific below 1e-4 and from 1e16 on, its exponent signed and at least two digits long (`1.4e-15`, `1e+16`).
pub(crate) fn repr(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-4..1e16).contains(&size) {
        return format!("{value:?}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, power)) => {
            let sign = if power.starts_with('-') { '-' } else { '+' };
            format!("{digits}e{sign}{:0>2}", power.trim_start_matches('-'))
        }
        None => text,
    }
}

/// `round(value, digits)` as the unscaled integer a NUMERIC of that scale holds: -1.25 at one digit is -12. The exact
/// binary value is rounded, ties to even, as CPython does. Magnitudes past i64 give 0.
pub(crate) fn round(value: f64, digits: usize) -> i64 {
    let text = format!("{value:.digits$}").replace('.', "");
    text.parse().unwrap_or(0)
}

/// ASCII without control characters is all the pipeline writes here, so quotes and backslashes alone need an escape.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_in_python() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (100.0, "100.0"),
            (1.8000000000000007, "1.8000000000000007"),
            (32.766666666666666, "32.766666666666666"),
            (0.0001, "0.0001"),
            (0.00005, "5e-05"),
            (-3.552713678800501e-15, "-3.552713678800501e-15"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
        ];
        for (value, text) in cases {
            assert_eq!(repr(value), text);
        }
    }

    #[test]
    fn rounding_is_exact_with_ties_to_even() {
        let cases = [
            (1.25, 12),
            (1.35, 14),
            (0.35, 3),
            (-0.75, -8),
            (-1.25, -12),
            (-0.04, 0),
            (3.0, 30),
        ];
        for (value, unscaled) in cases {
            assert_eq!(round(value, 1), unscaled, "{value}");
        }
        assert_eq!(round(-0.955, 2), -95);
    }

    #[test]
    fn objects_print_as_json_dumps_does() {
        let text = Dict::default()
            .int("days_rest", 2)
            .bool("back_to_back", false)
            .float("minutes_last_7", 98.0)
            .text("zone", "paint")
            .texts("penalties_applied", &[])
            .texts("bonuses_applied", &["extra_rest: +5", "b"])
            .dumps();
        let expected = r#"{"days_rest": 2, "back_to_back": false, "minutes_last_7": 98.0, "zone": "paint", "penalties_applied": [], "bonuses_applied": ["extra_rest: +5", "b"]}"#;
        assert_eq!(text, expected);
    }
}
