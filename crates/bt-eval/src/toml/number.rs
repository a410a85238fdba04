//! Numbers, dates and times of TOML.

use super::scan::{Scanned, Scanner};

/// A value that is neither text nor holds others.
pub(super) enum Scalar {
    Bool(bool),
    Int(i64),
    Float(f64),
    /// A date, a time or both, in the notation of Nix.
    Timestamp(String),
}

type Title = &'static str;

/// Kinds of numbers and dates, with the end of each.
enum Kind {
    Date(usize),
    Time(usize),
    DateTime { date: usize, time: usize, offset: Option<usize> },
    Float(usize),
    Int(usize),
}

/// Where something that begins here ends, if it is there.
impl Scanner<'_> {
    fn is_digit(&self, at: usize) -> bool {
        self.byte(at).is_some_and(|b| b.is_ascii_digit())
    }

    fn digits(&self, at: usize, count: usize) -> Option<usize> {
        (at..at + count).all(|i| self.is_digit(i)).then_some(at + count)
    }

    fn one_of(&self, at: usize, set: &[u8]) -> Option<usize> {
        self.byte(at).is_some_and(|b| set.contains(&b)).then_some(at + 1)
    }

    /// Digits, between two of which may be one underscore.
    fn run(&self, at: usize, is_digit: impl Fn(u8) -> bool) -> Option<usize> {
        let there = |at: usize| self.byte(at).is_some_and(&is_digit);
        if !there(at) {
            return None;
        }
        let mut end = at + 1;
        loop {
            if there(end) {
                end += 1;
            } else if self.byte(end) == Some(b'_') && there(end + 1) {
                end += 2;
            } else {
                return Some(end);
            }
        }
    }

    fn date(&self, at: usize) -> Option<usize> {
        let year = self.one_of(self.digits(at, 4)?, b"-")?;
        let month = self.one_of(self.digits(year, 2)?, b"-")?;
        self.digits(month, 2)
    }

    fn time(&self, at: usize) -> Option<usize> {
        let hour = self.one_of(self.digits(at, 2)?, b":")?;
        let minute = self.one_of(self.digits(hour, 2)?, b":")?;
        let mut end = self.digits(minute, 2)?;
        if self.byte(end) == Some(b'.') && self.is_digit(end + 1) {
            end += 1;
            while self.is_digit(end) {
                end += 1;
            }
        }
        Some(end)
    }

    fn offset(&self, at: usize) -> Option<usize> {
        if let Some(end) = self.one_of(at, b"zZ") {
            return Some(end);
        }
        let hour = self.digits(self.one_of(at, b"+-")?, 2)?;
        self.digits(self.one_of(hour, b":")?, 2)
    }

    fn decimal(&self, at: usize) -> Option<usize> {
        let start = self.one_of(at, b"+-").unwrap_or(at);
        match self.byte(start)? {
            b'0' => Some(start + 1),
            b'1'..=b'9' => self.run(start, |b| b.is_ascii_digit()),
            _ => None,
        }
    }

    fn exponent(&self, at: usize) -> Option<usize> {
        let start = self.one_of(at, b"eE")?;
        self.run(self.one_of(start, b"+-").unwrap_or(start), |b| b.is_ascii_digit())
    }

    fn float(&self, at: usize) -> Option<usize> {
        let Some(whole) = self.decimal(at) else {
            let start = self.one_of(at, b"+-").unwrap_or(at);
            return matches!(self.slice(start, start + 3), "inf" | "nan").then_some(start + 3);
        };
        if let Some(end) = self.exponent(whole) {
            return Some(end);
        }
        let end = self.run(self.one_of(whole, b".")?, |b| b.is_ascii_digit())?;
        Some(self.exponent(end).unwrap_or(end))
    }

    fn prefixed(&self, at: usize) -> Option<usize> {
        match self.slice(at, at + 2) {
            "0x" => self.run(at + 2, |b| b.is_ascii_hexdigit()),
            "0o" => self.run(at + 2, |b| matches!(b, b'0'..=b'7')),
            "0b" => self.run(at + 2, |b| matches!(b, b'0' | b'1')),
            _ => None,
        }
    }

    /// What kind of number or date begins here; the errors name the place.
    fn kind(&self) -> Result<Kind, (Title, usize)> {
        let start = self.at;
        if let Some(date) = self.date(start) {
            let delimiter = self.byte(date);
            let time = self.one_of(date, b"Tt ").and_then(|at| self.time(at));
            return match (time, delimiter) {
                (Some(time), _) => match (self.offset(time), self.byte(time)) {
                    (None, Some(b'+' | b'-')) => Err(("bad offset: must be [+-]HH:MM or Z", time)),
                    (offset, _) => Ok(Kind::DateTime { date, time, offset }),
                },
                (None, Some(b'T' | b't')) => Err(("bad time: must be HH:MM:SS.subsec", date + 1)),
                (None, Some(b' ')) if self.is_digit(date + 1) => Err(("bad time: must be HH:MM:SS.subsec", date + 1)),
                (None, Some(b'0'..=b'9')) => Err(("bad datetime: missing T or space", date)),
                _ => Ok(Kind::Date(date)),
            };
        }
        if let Some(end) = self.time(start) {
            return Ok(Kind::Time(end));
        }
        if let Some(end) = self.float(start) {
            return match self.byte(end) {
                Some(b'_') => Err(("bad float: `_` must be surrounded by digits", end)),
                _ => Ok(Kind::Float(end)),
            };
        }
        let Some(end) = self.prefixed(start).or_else(|| self.decimal(start)) else {
            let title = match self.byte(start) {
                Some(b'.') => "bad float: integer part is required before decimal point",
                Some(b'_') => "bad number: `_` must be surrounded by digits",
                _ => "bad format: unknown value appeared",
            };
            return Err((title, start));
        };
        let title = match self.byte(end) {
            Some(b'_') if matches!(self.slice(start, end), "0" | "+0" | "-0") => {
                "bad integer: leading zero is not allowed in decimal int"
            }
            Some(b'_') => "bad integer: `_` must be surrounded by digits",
            Some(b'0') => "bad integer: leading zero",
            Some(b'1'..=b'9') => "bad integer: invalid digit after an integer",
            Some(b':' | b'-') => "bad datetime: invalid format",
            Some(b'.' | b'e' | b'E') => "bad float: invalid format",
            _ => return Ok(Kind::Int(end)),
        };
        Err((title, end))
    }

    /// A Boolean, number, date or time.
    pub fn scalar(&mut self) -> Scanned<Scalar> {
        let wrong: Title = match self.peek() {
            Some(b't' | b'f') => {
                return if self.eat(b"true") {
                    Ok(Scalar::Bool(true))
                } else if self.eat(b"false") {
                    Ok(Scalar::Bool(false))
                } else {
                    self.fail(
                        "toml::parse_boolean: invalid boolean: boolean must be `true` or `false`, in lowercase. \
                         string must be surrounded by `\"`",
                    )
                };
            }
            Some(b'T') => "toml::parse_value: `true` must be in lowercase. A string must be surrounded by quotes.",
            Some(b'F') => "toml::parse_value: `false` must be in lowercase. A string must be surrounded by quotes.",
            Some(b'i') if self.eat(b"inf") => return Ok(Scalar::Float(f64::INFINITY)),
            Some(b'n') if self.eat(b"nan") => return Ok(Scalar::Float(f64::NAN)),
            Some(b'i' | b'I') => {
                "toml::parse_value: `inf` must be in lowercase. A string must be surrounded by quotes."
            }
            Some(b'n' | b'N') => {
                "toml::parse_value: `nan` must be in lowercase. A string must be surrounded by quotes."
            }
            _ => return self.number(),
        };
        self.fail(wrong)
    }

    fn number(&mut self) -> Scanned<Scalar> {
        let start = self.at;
        let kind = self.kind().map_err(|(title, at)| super::scan::Fail { title, at })?;
        let (end, value) = match kind {
            Kind::Int(end) => (end, integer(self.slice(start, end), self.byte(end)).map(Scalar::Int)),
            Kind::Float(end) => (end, float(self.slice(start, end)).map(Scalar::Float)),
            Kind::Date(end) => (end, date(self.slice(start, end)).map(|text| Scalar::Timestamp(text.to_string()))),
            Kind::Time(end) => (end, time(self.slice(start, end)).map(Scalar::Timestamp)),
            Kind::DateTime { date: date_end, time: time_end, offset: offset_end } => {
                let text = date(self.slice(start, date_end)).and_then(|date| {
                    let time = time(self.slice(date_end + 1, time_end))?;
                    let offset = match offset_end {
                        Some(end) => offset(self.slice(time_end, end))?,
                        None => String::new(),
                    };
                    Ok(format!("{date}T{time}{offset}"))
                });
                (offset_end.unwrap_or(time_end), text.map(Scalar::Timestamp))
            }
        };
        match value {
            Ok(value) => {
                self.at = end;
                Ok(value)
            }
            Err(title) => self.fail(title),
        }
    }
}

/// The number that digits with underscores are; `next` is what comes after them.
fn integer(text: &str, next: Option<u8>) -> Result<i64, Title> {
    let unsigned = text.trim_start_matches(['+', '-']);
    // A prefix without digits, or after a sign, ends after the zero.
    let prefix = if unsigned == "0" { next } else { unsigned.as_bytes().get(1).copied() };
    let (radix, wrong, large) = match prefix.filter(|_| unsigned.starts_with('0')) {
        Some(b'b') => (
            2,
            "toml::parse_bin_integer: invalid integer: bin_int must be like: 0b0101, 0b1111_0000",
            "toml::parse_bin_integer: too large integer: current max value = 2^63",
        ),
        Some(b'o') => (
            8,
            "toml::parse_oct_integer: invalid integer: oct_int must be like: 0o775, 0o04_44",
            "toml::parse_oct_integer: too large integer: current max value = 2^63",
        ),
        Some(b'x') => (
            16,
            "toml::parse_hex_integer: invalid integer: hex_int must be like: 0xC0FFEE, 0xdead_beef",
            "toml::parse_hex_integer: too large integer: current max value = 2^63",
        ),
        _ => (10, "", "toml::parse_dec_integer: too large integer: current max digits = 2^63"),
    };
    let digits = if radix == 10 { text } else { text.get(2..).unwrap_or_default() };
    if digits.is_empty() || radix != 10 && unsigned.len() != text.len() {
        return Err(wrong);
    }
    let digits: String = digits.chars().filter(|c| *c != '_').collect();
    i64::from_str_radix(&digits, radix).map_err(|_| large)
}

fn float(text: &str) -> Result<f64, Title> {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() || !digits.ends_with(|c: char| c.is_ascii_digit()) => Ok(number),
        _ => Err("toml::parse_floating: failed to read floating point value from stream"),
    }
}

/// The number that the digits at a place are.
fn part(text: &str, range: std::ops::Range<usize>) -> u32 {
    text.get(range).and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// `yyyy-mm-dd`, when there is such a day.
fn date(text: &str) -> Result<&str, Title> {
    let (year, month, day) = (part(text, 0..4), part(text, 5..7), part(text, 8..10));
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let exists = (1..=12).contains(&month) && (1..=days).contains(&day);
    if exists { Ok(text) } else { Err("toml::parse_local_date: invalid date.") }
}

/// `hh:mm:ss`, with a fraction of three, six or nine digits unless it is zero. Leap seconds may be at any time.
fn time(text: &str) -> Result<String, Title> {
    if part(text, 0..2) > 23 || part(text, 3..5) > 59 || part(text, 6..8) > 60 {
        return Err("toml::parse_local_time: invalid time.");
    }
    let (seconds, fraction) = (text.get(..8).unwrap_or_default(), text.get(9..).unwrap_or_default());
    let nanoseconds: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    let precision = nanoseconds.trim_end_matches('0').len().next_multiple_of(3);
    Ok(match nanoseconds.get(..precision) {
        Some("") | None => seconds.to_string(),
        Some(fraction) => format!("{seconds}.{fraction}"),
    })
}

/// `Z` or the distance from it; up to 60 minutes may follow up to 24 hours.
fn offset(text: &str) -> Result<String, Title> {
    let Some(sign @ ('+' | '-')) = text.chars().next() else { return Ok("Z".to_string()) };
    let (hours, minutes) = (part(text, 1..3), part(text, 4..6));
    if hours > 24 || minutes > 60 {
        return Err("toml::parse_offset_datetime: too large offset: |hour| <= 24, |minute| <= 60");
    }
    let minutes = hours * 60 + minutes;
    Ok(if minutes == 0 { "Z".to_string() } else { format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60) })
}
