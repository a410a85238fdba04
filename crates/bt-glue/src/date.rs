//! Times as Nix shows them.

/// `YYYYMMDDhhmmss` in UTC of seconds since 1970.
pub fn date(time: i64) -> String {
    let (days, seconds) = (time.div_euclid(86400), time.rem_euclid(86400));
    // Days since 0000-03-01, so that leap days come last in a year; 400 years are 146097 days.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates() {
        // From `date -u -d @N +%Y%m%d%H%M%S`.
        assert_eq!(date(0), "19700101000000");
        assert_eq!(date(1_760_965_567), "20251020130607");
        assert_eq!(date(951_782_400), "20000229000000");
    }
}
