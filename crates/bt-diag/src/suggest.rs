//! Near names: "did you mean ...?".

/// Longer names are not compared: nobody mistypes them, and comparing takes time.
const MAX_LENGTH: usize = 100;
/// However long a name is, no more changes than this are a typing mistake.
const MAX_DISTANCE: usize = 4;

/// The candidate nearest to `name` by edit distance, if one is near enough to be worth offering (at most a third of
/// the length, so that names of one or two letters match only in another case). Ties go to the candidate that comes
/// first in byte order, so the answer does not depend on the order of the candidates.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let typed: Vec<char> = name.chars().take(MAX_LENGTH + 1).map(|c| c.to_ascii_lowercase()).collect();
    if typed.len() > MAX_LENGTH {
        return None;
    }
    let mut row = Vec::with_capacity(MAX_LENGTH + MAX_DISTANCE);
    let mut limit = (typed.len() / 3).min(MAX_DISTANCE);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        // A character takes up to four bytes.
        if candidate == name || candidate.len() > (typed.len() + limit) * 4 {
            continue;
        }
        let Some(distance) = edit_distance(&typed, candidate, limit, &mut row) else { continue };
        if best.is_none_or(|(d, c)| (distance, candidate) < (d, c)) {
            best = Some((distance, candidate));
            limit = distance;
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Levenshtein distance in characters, where a change of case counts nothing; `None` when it is more than `limit`.
fn edit_distance(typed: &[char], candidate: &str, limit: usize, row: &mut Vec<usize>) -> Option<usize> {
    let length = candidate.chars().count();
    if length.abs_diff(typed.len()) > limit {
        return None;
    }
    row.clear();
    row.extend(0..=typed.len());
    for (i, c) in candidate.chars().map(|c| c.to_ascii_lowercase()).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        let mut least = row[0];
        for (j, t) in typed.iter().enumerate() {
            let substituted = diagonal + usize::from(c != *t);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
            least = least.min(row[j + 1]);
        }
        if least > limit {
            return None;
        }
    }
    row.last().copied().filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn offers_a_near_name() {
        assert_eq!(nearest("buildLayerdImage", ["buildImage", "buildLayeredImage"]), Some("buildLayeredImage"));
        assert_eq!(nearest("exposedports", ["ExposedPorts", "Env"]), Some("ExposedPorts"));
    }

    #[test]
    fn offers_nothing_far_away() {
        assert_eq!(nearest("alloy", ["backend", "grafana"]), None);
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn short_names_match_only_in_another_case() {
        assert_eq!(nearest("x", ["y", "z", "xy"]), None);
        assert_eq!(nearest("ab", ["ac", "AB"]), Some("AB"));
        assert_eq!(nearest("abc", ["abd", "xyz"]), Some("abd"));
    }

    #[test]
    fn many_and_long_names_take_no_time() {
        let names: Vec<String> = (0..100_000).map(|i| format!("python3Packages-number-{i}-of-many")).collect();
        let started = std::time::Instant::now();
        assert!(nearest("python3Packages-nubmer-777-of-many", names.iter().map(String::as_str)).is_some());
        let long = "x".repeat(1 << 20);
        assert_eq!(nearest(&long, (0..1000).map(|_| long.as_str())), None);
        assert_eq!(nearest("short", (0..1000).map(|_| long.as_str())), None);
        assert!(started.elapsed() < std::time::Duration::from_secs(5));
    }
}
