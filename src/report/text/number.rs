//! Numbers as a person reads them.

/// `1,512`
pub(in crate::report) fn count(n: u64) -> String {
    grouped(&n.to_string())
}

/// A share to `decimals`: `57.5 %`. It never rounds to none or to all: `<0.1 %`, `>99.9 %`.
pub(in crate::report) fn percent(percent: f64, decimals: usize) -> String {
    let least = 0.1_f64.powi(i32::try_from(decimals).unwrap_or(0));
    if percent == 0.0 || percent == 100.0 {
        return format!("{percent:.0} %");
    }
    // Half of the last digit is what would round to none, or to all.
    if (0.0..=least / 2.0).contains(&percent) {
        return format!("<{least:.decimals$} %");
    }
    if percent < 100.0 && percent >= 100.0 - least / 2.0 {
        return format!(">{:.decimals$} %", 100.0 - least);
    }
    format!("{} %", grouped(&format!("{percent:.decimals$}")))
}

/// A figure to about six digits: `1,512`, `12.4167`, `-0.0718954`, `1.5e-9`, `NaN`.
pub(in crate::report) fn figure(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let size = value.abs();
    if value == value.trunc() && size < 1e15 {
        return grouped(&format!("{:.0}", value + 0.0));
    }
    if !(1e-4..1e15).contains(&size) {
        let text = format!("{value:.5e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{exponent}", trimmed(digits));
    }
    // As many decimals as make six digits, four at least for what is small.
    let whole = size.log10().floor();
    let decimals = (5.0 - whole).clamp(0.0, 9.0) as usize;
    grouped(trimmed(&format!("{value:.decimals$}")))
}

/// A limit, exactly as it was set: `0.975`, `1,000`.
pub(in crate::report) fn exact(value: f64) -> String {
    match value.abs() < 1e15 {
        true => grouped(&value.to_string()),
        false => format!("{value:e}"),
    }
}

/// `512 B`, `18.3 MB`; powers of 1000.
pub(in crate::report) fn bytes(n: u64) -> String {
    let mut size = n as f64;
    if n < 1_000 {
        return format!("{n} B");
    }
    for unit in ["kB", "MB", "GB", "TB"] {
        size /= 1_000.0;
        if size < 999.95 {
            return format!("{size:.1} {unit}");
        }
    }
    format!("{} TB", count(size.round() as u64))
}

/// `480 ms`, `1.5 s`
pub(in crate::report) fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        _ => format!("{:.1} s", ms as f64 / 1_000.0),
    }
}

/// A bar one column wide, as high as the share in percent.
pub(in crate::report) fn bar(share: f64) -> char {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let place = share.clamp(0.0, 100.0) / 12.5;
    BARS.get(place as usize).copied().unwrap_or('█')
}

fn trimmed(digits: &str) -> &str {
    match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.'),
        false => digits,
    }
}

/// Commas between the thousands of a decimal number.
fn grouped(number: &str) -> String {
    let start = usize::from(number.starts_with('-'));
    let end = number.find('.').unwrap_or(number.len());
    let mut out = String::with_capacity(number.len() + number.len() / 3);
    for (i, c) in number.chars().enumerate() {
        if i > start && i < end && (end - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::text::counted;

    #[test]
    fn counts() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(count),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(0, "row"), "0 rows");
    }

    #[test]
    fn a_share_is_all_or_none_only_if_it_is() {
        let shown = [0.0, 0.049, 0.05, 57.54, 97.4, 99.94, 99.96, 100.0, 1234.0];
        assert_eq!(
            shown.map(|p| percent(p, 1)),
            [
                "0 %",
                "<0.1 %",
                "<0.1 %",
                "57.5 %",
                "97.4 %",
                "99.9 %",
                ">99.9 %",
                "100 %",
                "1,234.0 %"
            ]
        );
        assert_eq!(
            [0.2, 0.7, 98.6, 99.7].map(|p| percent(p, 0)),
            ["<1 %", "1 %", "99 %", ">99 %"]
        );
        assert_eq!(percent(f64::NAN, 1), "NaN %");
        assert_eq!(percent(-3.21, 1), "-3.2 %");
    }

    #[test]
    fn figures() {
        let shown = [
            1_512.0,
            -0.0718954,
            12.416_666_7,
            123_456.789,
            1.5e-9,
            2e18,
            0.5,
            -0.0,
        ];
        assert_eq!(
            shown.map(figure),
            [
                "1,512",
                "-0.0718954",
                "12.4167",
                "123,457",
                "1.5e-9",
                "2e18",
                "0.5",
                "0"
            ]
        );
        assert_eq!(figure(f64::NAN), "NaN");
        assert_eq!(
            [-1234.5, 0.975, 1e300].map(exact),
            ["-1,234.5", "0.975", "1e300"]
        );
        assert_eq!(exact(f64::NEG_INFINITY), "-inf");
    }

    #[test]
    fn sizes_and_times() {
        assert_eq!(
            [999, 1_000, 18_345_678, 999_960_000, 5_000_000_000_000_000].map(bytes),
            ["999 B", "1.0 kB", "18.3 MB", "1.0 GB", "5,000 TB"]
        );
        assert_eq!([999, 1_502].map(duration), ["999 ms", "1.5 s"]);
    }
}
