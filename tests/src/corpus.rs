//! Public flakes: what is known to be wrong in each, what bt-lint says of it, and people's verdict on every finding.
//!
//! A table of flakes (`repo`, `flake`, `findings_expected`, separated by tabs, and any other columns) says what a good linter
//! finds: `LABEL@FILE:LINE (note)`, separated by `; `. Labels are this table's own words; `tests/corpus/labels.tsv` says which
//! rules they mean. `tests/corpus/review.tsv` has the verdict on each finding, `tests/corpus/expected.tsv` that on each
//! expected finding that is not there.

use crate::check::{Checked, check, list, text};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// An expected finding is the one that is found if it is within so many lines of it: tables point at the image, at its
/// `config` or at the setting.
const NEAR: u64 = 14;

/// A repository of the table.
#[derive(Debug)]
pub struct Repository {
    /// `owner/name`; its checkout is the folder `owner+name`.
    pub name: String,
    /// Directories with a flake.nix, relative to the checkout.
    pub flakes: Vec<String>,
    /// What should be found.
    pub expected: Vec<Expected>,
}

/// Something that should be found, or (`ok-…`) should not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// `no-user`
    pub label: String,
    /// Relative to the checkout; empty when the table names none.
    pub file: String,
    /// From 1; 0 when the table names none.
    pub line: u64,
}

impl Expected {
    fn place(&self) -> String {
        format!("{}@{}:{}", self.label, self.file, self.line)
    }
}

/// A finding, with its place relative to the checkout.
#[derive(Debug, Clone)]
pub struct Found {
    code: String,
    file: String,
    message: String,
    /// All its places.
    places: Vec<(String, u64)>,
}

/// Reads a table of flakes.
///
/// # Panics
/// When it is not such a table.
pub fn repositories(table: &str) -> Vec<Repository> {
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |name: &str| header.iter().position(|n| *n == name).unwrap_or_else(|| panic!("no column {name:?}"));
    let (repo, flake, expected) = (column("repo"), column("flake"), column("findings_expected"));
    let rows = lines.map(|line| line.split('\t').collect::<Vec<_>>()).filter(|row| row.len() == header.len());
    rows.map(|row| Repository {
        name: row[repo].to_string(),
        flakes: flakes(row[flake]),
        expected: entries(row[expected]).into_iter().filter_map(expectation).collect(),
    })
    .collect()
}

/// The directories of `a/flake.nix b/flake.nix`; what is no flake is part of the one at the root.
fn flakes(cell: &str) -> Vec<String> {
    let found: Vec<String> =
        cell.split(' ').filter_map(|file| Some(file.strip_suffix("flake.nix")?.trim_end_matches('/').into())).collect();
    if found.is_empty() { vec![String::new()] } else { found }
}

/// Splits at `; ` outside of parentheses.
fn entries(cell: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0_usize, 0, Vec::new());
    for (at, c) in cell.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => {
                found.push(cell[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(cell[start..].trim());
    found
}

fn expectation(entry: &str) -> Option<Expected> {
    let (label, rest) = entry.split_once('@').unwrap_or((entry, ""));
    let label = label.split_whitespace().next().filter(|label| *label != "none")?;
    let place = rest.split(' ').next().unwrap_or_default();
    let (file, line) = place.rsplit_once(':').unwrap_or((place, "0"));
    Some(Expected { label: label.into(), file: file.into(), line: line.parse().unwrap_or(0) })
}

/// Rows of a table with a comment or heading in lines that begin with `#`.
pub fn rows(table: &str, columns: usize) -> Vec<Vec<String>> {
    let lines = table.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let rows = lines.map(|line| line.split('\t').map(str::to_string).collect::<Vec<_>>());
    rows.inspect(|row| assert_eq!(row.len(), columns, "{row:?}")).collect()
}

/// What bt-lint says of the flakes of a checkout, and how many images it sees.
pub fn findings(repository: &Repository, checkout: &Path) -> (Vec<Found>, usize) {
    let mut found = Vec::new();
    let mut images = 0;
    for flake in &repository.flakes {
        let checked = check(&checkout.join(flake));
        images += checked.images().len();
        found.extend(found_in(&checked, flake));
    }
    (found, images)
}

fn found_in(checked: &Checked, flake: &str) -> Vec<Found> {
    let finding = |json: &serde_json::Value| {
        let mut locations: Vec<_> = list(&json["locations"]).iter().collect();
        locations.sort_by_key(|at| at["role"] != "primary");
        let place = |at: &&serde_json::Value| (path(flake, text(&at["file"])), at["line"].as_u64().unwrap_or(0));
        let places: Vec<(String, u64)> = locations.iter().map(place).collect();
        Found {
            code: text(&json["code"]).into(),
            file: places.first().map_or(String::new(), |(file, _)| file.clone()),
            message: text(&json["message"]).into(),
            places,
        }
    };
    list(&checked.json["findings"]).iter().map(finding).collect()
}

/// A path relative to the checkout.
fn path(flake: &str, file: &str) -> String {
    let mut parts: Vec<&str> = flake.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What came out for one repository.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The number of images.
    pub images: usize,
    /// Findings that the review calls right, and wrong.
    pub right: usize,
    /// See `right`.
    pub wrong: usize,
    /// Expected findings of the catalogue's rules that are there, and that are not.
    pub recalled: usize,
    /// See `recalled`.
    pub missed: usize,
}

/// What people said of findings, and of expected ones that are not there.
#[derive(Debug)]
pub struct Review {
    labels: BTreeMap<String, Vec<String>>,
    verdicts: BTreeMap<[String; 4], (String, String)>,
    absent: BTreeMap<(String, String), (String, String)>,
    seen: BTreeSet<[String; 4]>,
    /// What nobody has looked at yet, and what is said of things that are not there any more.
    pub changes: Vec<String>,
}

impl Review {
    /// From the three tables.
    ///
    /// # Panics
    /// When a table does not have its columns, or a word that no table has.
    pub fn new(labels: &str, review: &str, expected: &str) -> Review {
        let codes = |cell: &str| cell.split(' ').filter(|code| *code != "-").map(str::to_string).collect();
        let labels = rows(labels, 3).into_iter().map(|row| (row[0].clone(), codes(&row[1])));
        let verdicts = rows(review, 6).into_iter().map(|row| {
            assert!(["right", "wrong", "?"].contains(&row[4].as_str()), "{row:?}");
            ([row[0].clone(), row[1].clone(), row[2].clone(), row[3].clone()], (row[4].clone(), row[5].clone()))
        });
        let absent = rows(expected, 4).into_iter().map(|row| {
            assert!(["missed", "no-flaw", "other-rule"].contains(&row[2].as_str()), "{row:?}");
            ((row[0].clone(), row[1].clone()), (row[2].clone(), row[3].clone()))
        });
        Review {
            labels: labels.collect(),
            verdicts: verdicts.collect(),
            absent: absent.collect(),
            seen: BTreeSet::new(),
            changes: Vec::new(),
        }
    }

    /// Compares what was found in a repository with what is expected and with the verdicts.
    pub fn compare(&mut self, repository: &Repository, found: &[Found], images: usize) -> Outcome {
        let mut outcome = Outcome { images, ..Outcome::default() };
        for finding in found {
            let key = [repository.name.clone(), finding.code.clone(), finding.file.clone(), finding.message.clone()];
            if !self.seen.insert(key.clone()) {
                continue;
            }
            match self.verdicts.get(&key).map(|(verdict, _)| verdict.as_str()) {
                Some("right") => outcome.right += 1,
                Some("wrong") => outcome.wrong += 1,
                _ => self.changes.push(format!("new finding\t{}", key.join("\t"))),
            }
        }
        for expected in &repository.expected {
            self.expect(repository, found, expected, &mut outcome);
        }
        outcome
    }

    fn expect(&mut self, repository: &Repository, found: &[Found], expected: &Expected, outcome: &mut Outcome) {
        let Some(codes) = self.labels.get(&expected.label) else {
            self.changes.push(format!("a label that labels.tsv does not have\t{}", expected.label));
            return;
        };
        let is_it = |finding: &&Found| codes.contains(&finding.code) && is_near(finding, expected);
        let is_there = found.iter().any(|finding| is_it(&finding));
        if expected.label.starts_with("ok-") {
            if is_there {
                self.changes.push(format!("should not be found\t{}\t{}", repository.name, expected.place()));
            }
            return;
        }
        if codes.is_empty() {
            return;
        }
        let known = self.absent.remove(&(repository.name.clone(), expected.place()));
        match (is_there, known.as_ref().map(|(verdict, _)| verdict.as_str())) {
            (true, None) => outcome.recalled += 1,
            (true, Some(_)) => {
                outcome.recalled += 1;
                self.changes.push(format!("is found now\t{}\t{}", repository.name, expected.place()));
            }
            (false, None) => self.changes.push(format!("not found\t{}\t{}", repository.name, expected.place())),
            (false, Some("missed")) => outcome.missed += 1,
            (false, Some(_)) => {}
        }
    }

    /// Verdicts on findings that are gone, of the repositories that were looked at.
    pub fn gone(&mut self, repositories: &BTreeSet<&str>) {
        let gone =
            self.verdicts.keys().filter(|key| repositories.contains(key[0].as_str()) && !self.seen.contains(*key));
        let gone: Vec<String> = gone.map(|key| format!("gone\t{}", key.join("\t"))).collect();
        self.changes.extend(gone);
        let left = self.absent.keys().filter(|(repository, _)| repositories.contains(repository.as_str()));
        let left: Vec<String> = left.map(|(repo, place)| format!("not expected\t{repo}\t{place}")).collect();
        self.changes.extend(left);
    }

    /// The review with what is found now: verdicts are kept, what is new has `?` for one.
    pub fn updated(&self) -> String {
        let mut text = String::from("# repo\tcode\tfile\tmessage\tverdict\tnote\n");
        for key in &self.seen {
            let (verdict, note) = self.verdicts.get(key).map_or(("?", ""), |(v, n)| (v.as_str(), n.as_str()));
            let _ = writeln!(text, "{}\t{verdict}\t{note}", key.join("\t"));
        }
        text
    }
}

fn is_near(finding: &Found, expected: &Expected) -> bool {
    let is_file = |file: &str| expected.file.is_empty() || file == expected.file;
    let is_line = |line: u64| expected.line == 0 || line.abs_diff(expected.line) <= NEAR;
    finding.places.iter().any(|(file, line)| is_file(file) && is_line(*line))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "repo\tflake\tfindings_expected\n\
        a/b\tx/flake.nix flake.nix\tno-user@x/flake.nix:9 (a; b); latest-tag@flake.nix:3\n\
        c/d\tnix/image.nix\tnone\n";

    #[test]
    fn tables_are_read() {
        let read = repositories(TABLE);
        assert_eq!(
            (read[0].flakes.clone(), read[1].flakes.clone()),
            (vec!["x".to_string(), String::new()], vec![String::new()])
        );
        let expected = |label: &str, file: &str, line| Expected { label: label.into(), file: file.into(), line };
        assert_eq!(read[0].expected, [expected("no-user", "x/flake.nix", 9), expected("latest-tag", "flake.nix", 3)]);
        assert!(read[1].expected.is_empty());
    }

    fn found(code: &str, file: &str, line: u64) -> Found {
        Found { code: code.into(), file: file.into(), message: "m".into(), places: vec![(file.into(), line)] }
    }

    #[test]
    fn whatever_has_no_verdict_is_a_change() {
        let read = repositories(TABLE);
        let labels = "no-user\tCFG001\t\nlatest-tag\tIMG001\t\n";
        let compare = |review: &str, expected: &str, found: &[Found]| {
            let mut review = Review::new(labels, review, expected);
            let outcome = review.compare(&read[0], found, 1);
            review.gone(&BTreeSet::from(["a/b"]));
            (review.changes.clone(), outcome.right, outcome.wrong, outcome.recalled, outcome.missed)
        };
        let all = [found("CFG001", "x/flake.nix", 12), found("IMG001", "flake.nix", 3)];
        let verdicts = "a/b\tCFG001\tx/flake.nix\tm\tright\t\na/b\tIMG001\tflake.nix\tm\twrong\twhy\n";
        assert_eq!(compare(verdicts, "", &all), (vec![], 1, 1, 2, 0));
        assert_eq!(
            compare(verdicts, "a/b\tlatest-tag@flake.nix:3\tmissed\twhy\n", &all[..1]).0,
            ["gone\ta/b\tIMG001\tflake.nix\tm"]
        );
        let (changes, _, _, recalled, _) = compare("", "", &[found("CFG001", "x/flake.nix", 99)]);
        assert_eq!((changes.len(), recalled), (3, 0));
    }

    #[test]
    fn paths_of_other_directories_are_relative_to_the_checkout() {
        assert_eq!(path("a/b", "../../nix/x.nix"), "nix/x.nix");
        assert_eq!(path("", "flake.nix"), "flake.nix");
    }
}
