//! Dates, as rules compare and name them: seconds since 1970, in UTC.

/// Seconds of a day.
pub const DAY: i64 = 86400;

/// Seconds since 1970 of a date: RFC 3339 with or without a time of day (`2026-10-01`, `2026-10-01T12:00:00Z`,
/// `2026-10-01T12:00:00.5+02:00`), or the seconds themselves, as in `SOURCE_DATE_EPOCH`. `None` when it is none of these.
pub fn parse_date(text: &str) -> Option<i64> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let day = days(text.get(..10)?)?.checked_mul(DAY)?;
    let Some(time) = text[10..].strip_prefix(['T', 't', ' ']) else { return text[10..].is_empty().then_some(day) };
    let part = |range: std::ops::Range<usize>, limit: i64| number(time.get(range)?).filter(|n| *n <= limit);
    let (hours, minutes, seconds) = (part(0..2, 23)?, part(3..5, 59)?, part(6..8, 60)?);
    let rest = time.get(8..)?;
    if time.get(2..3)? != ":" || time.get(5..6)? != ":" {
        return None;
    }
    let zone = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => Some(fraction.trim_start_matches(|c: char| c.is_ascii_digit())).filter(|z| *z != fraction)?,
    };
    Some(day + hours * 3600 + minutes * 60 + seconds - offset(zone)?)
}

/// Seconds that a time zone is ahead.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.get(..1)? {
        "Z" | "z" => return (zone.len() == 1).then_some(0),
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = zone[1..].split_once(':').filter(|(h, m)| h.len() == 2 && m.len() == 2)?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

fn number(digits: &str) -> Option<i64> {
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// Days since 1970 of `YYYY-MM-DD`.
fn days(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let mut part = |length: usize| parts.next().filter(|part| part.len() == length).and_then(number);
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) || parts.next().is_some() {
        return None;
    }
    // Years that begin with March, so that leap days come last; 400 of them are 146097 days.
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

/// The day of a time, as `YYYY-MM-DD`.
pub fn day_of(time: i64) -> String {
    let shifted = time.div_euclid(DAY).saturating_add(719_468);
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::{day_of, parse_date};

    #[test]
    fn dates_are_read() {
        // From `date -u -d TEXT +%s`.
        assert_eq!(parse_date("1970-01-01"), Some(0));
        assert_eq!(parse_date("2000-02-29"), Some(951_782_400));
        assert_eq!(parse_date("2025-10-20T13:06:07Z"), Some(1_760_965_567));
        assert_eq!(parse_date("2025-10-20T15:06:07.25+02:00"), Some(1_760_965_567));
        assert_eq!(parse_date("2026-10-01 00:00:00-01:30"), Some(1_790_818_200));
        assert_eq!(parse_date("1790812800"), Some(1_790_812_800));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "now",
            "2025-02-29",
            "2025-13-01",
            "2025-1-1",
            "2025-10-20T",
            "2025-10-20T25:00:00Z",
            "2025-10-20T10:00:00",
            "2025-10-20T10:00:00+2:00",
            "2025-10-20T10:00:00.Z",
            "2025-10-20T10-00-00Z",
            "-5",
            "99999999999999999999",
            "2025-10-2\u{e9}",
            "2025-10-20T10:00:0\u{e9}",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_named() {
        for text in ["1970-01-01", "1999-12-31", "2000-02-29", "2026-10-01", "0001-03-01"] {
            assert_eq!(day_of(parse_date(text).unwrap() + 3600), text);
        }
        assert!(!day_of(i64::MAX).is_empty() && !day_of(i64::MIN).is_empty());
    }
}
