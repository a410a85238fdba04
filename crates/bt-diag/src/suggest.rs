//! Near names: "did you mean ...?".

/// The candidate nearest to `name` by edit distance, if one is near enough to be worth offering (at most a third of
/// the length, at least 1). Ties go to the candidate that comes first in byte order, so the answer does not depend on
/// the order of the candidates.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = (name.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate == name || candidate.len().abs_diff(name.len()) > limit * 4 {
            continue;
        }
        let distance = edit_distance(name, candidate);
        if distance > limit {
            continue;
        }
        if best.is_none_or(|(d, c)| (distance, candidate) < (d, c)) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Levenshtein distance in characters, where a change of case counts nothing.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().map(|c| c.to_ascii_lowercase()).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().map(|c| c.to_ascii_lowercase()).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
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
}
