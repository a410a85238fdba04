//! Builtins about text, compared with real Nix on inputs that look random. `BT_CASES=50000` makes it a long run.

use bt_eval::regex::{Regex, RegexError, Scratch};
use bt_tests::differential::{Random, cases, compare, literal};

/// How deep parts of an expression are repeated. Nix takes exponential time when it is deep.
const MAX_LOOPS: usize = 2;

/// Makes regular expressions of every construct, from few characters so that there are many matches.
struct Expressions(Random);

impl Expressions {
    fn any(&mut self) -> String {
        let depth = self.0.below(4);
        let mut text = self.alternatives(depth, 0);
        if self.0.percent(5) {
            let places: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
            let at = places[self.0.below(places.len())];
            let slip = ["(", ")", "[", "]", "{", "}", "*", "\\", "|", "^", "$", "?", "\\d", " ", "{2,1}", "{1"];
            text.insert_str(at, self.0.one(&slip));
        }
        text
    }

    fn alternatives(&mut self, depth: usize, loops: usize) -> String {
        let count = [1, 1, 1, 2, 2, 3][self.0.below(6)];
        let all: Vec<String> = (0..count).map(|_| self.sequence(depth, loops)).collect();
        all.join("|")
    }

    fn sequence(&mut self, depth: usize, loops: usize) -> String {
        let count = [0, 1, 1, 2, 2, 3, 3][self.0.below(7)];
        (0..count).map(|_| self.repeated(depth, loops)).collect()
    }

    fn repeated(&mut self, depth: usize, loops: usize) -> String {
        if self.0.percent(4) {
            return self.0.one(&["^", "$"]).into();
        }
        let quantifiers =
            ["*", "*", "+", "?", "{0}", "{2}", "{0,}", "{1,}", "{0,2}", "{1,3}", "**", "+?", "?*", "{2}{2}"];
        let quantifier = if loops < MAX_LOOPS && self.0.percent(45) { self.0.one(&quantifiers) } else { "" };
        let loops = loops + usize::from(!quantifier.is_empty());
        let atom = match self.0.below(10) {
            0..=3 if depth > 0 => format!("({})", self.alternatives(depth - 1, loops)),
            4 => ".".into(),
            5 => self.bracket(),
            _ => self
                .0
                .one(&["a", "a", "b", "b", "c", "A", "é", "\n", "-", "]", "}", ",", "\\.", "\\*", "\\{", " "])
                .into(),
        };
        atom + quantifier
    }

    fn bracket(&mut self) -> String {
        let items = [
            "a",
            "b",
            "-",
            "^",
            "]",
            "[",
            "a-c",
            "1-9",
            "a-",
            "\\",
            ".",
            "é",
            "\n",
            "[:alpha:]",
            "[:digit:]",
            "[:upper:]",
            "[:space:]",
            "[:PUNCT:]",
            "[:w:]",
            "[.a.]",
            "[.hyphen.]",
            "[.a.]-c",
            "[=a=]",
            "[=B=]",
            "+--",
            "é-ü",
            "c-a",
        ];
        let negation = if self.0.percent(30) { "^" } else { "" };
        let first = self.0.one(&items);
        format!("[{negation}{first}{}]", self.0.some(&items, 2))
    }

    fn subject(&mut self) -> String {
        let alphabets: [&[&str]; 4] = [
            &["a", "b"],
            &["a", "b", "c"],
            &["a", "é", "\n"],
            &["a", "b", "A", "1", "-", ".", "]", "}", "\\", " ", "é", "ü"],
        ];
        let alphabet = self.0.one(&alphabets);
        self.0.some(alphabet, 7)
    }
}

#[test]
fn regular_expressions() {
    let wanted = cases(1000);
    let mut make = Expressions(Random::new(20));
    let (mut valid, mut invalid) = (Vec::new(), Vec::new());
    let mut scratch = Scratch::default();
    while valid.len() < wanted {
        let expression = make.any();
        let call = |function: &str, subject: &str| {
            format!("builtins.{function} {} {}", literal(&expression), literal(subject))
        };
        let regex = match Regex::new(expression.as_bytes()) {
            Ok(regex) => regex,
            Err(RegexError::TooLarge) => continue,
            Err(RegexError::Invalid) => {
                // Nix cannot go on after these: one process each.
                if invalid.len() < wanted.div_ceil(100) {
                    invalid.push(call("match", &make.subject()));
                }
                continue;
            }
        };
        for _ in 0..2 {
            let subject = make.subject();
            // What takes a while here can take Nix forever.
            let matched = regex.match_whole(subject.as_bytes(), &mut scratch).map(|_| ());
            if matched.is_ok() && !scratch.was_long() {
                valid.push(call("match", &subject));
            }
            let searched = regex.find_all(subject.as_bytes(), &mut scratch, |_| ());
            if searched.is_ok() && !scratch.was_long() {
                valid.push(call("split", &subject));
            }
        }
    }
    check(valid, wanted / 500);
    for one in invalid {
        check(vec![one], 0);
    }
}

#[test]
fn replacements() {
    let mut random = Random::new(21);
    let pieces = ["a", "b", "ab", "é", "$", "\\"];
    let expressions = (0..cases(500)).map(|_| {
        let (mut from, mut to) = (String::new(), String::new());
        for _ in 0..random.below(4) {
            from.push_str(&format!("{} ", literal(&random.some(&pieces, 2))));
            to.push_str(&format!("{} ", literal(&random.some(&["x", "y", "a", "\n"], 2))));
        }
        format!("builtins.replaceStrings [ {from}] [ {to}] {}", literal(&random.some(&pieces, 8)))
    });
    check(expressions.collect(), 0);
}

#[test]
fn versions() {
    let mut random = Random::new(22);
    let pieces = ["1", "2", "10", "0", "01", ".", ".", "-", "pre", "a", "b", "_", "é", " ", "2147483648", "+"];
    let mut version = move || literal(&random.some(&pieces, 6));
    let expressions = (0..cases(500)).map(|i| match i % 4 {
        0 => format!("builtins.splitVersion {}", version()),
        1 => format!("builtins.parseDrvName {}", version()),
        _ => format!("builtins.compareVersions {} {}", version(), version()),
    });
    check(expressions.collect(), 0);
}

/// Compares with Nix, which may give up on so few.
#[track_caller]
fn check(expressions: Vec<String>, slow: usize) {
    let Some(outcome) = compare(&expressions) else { return };
    assert!(outcome.different.is_empty(), "{} differ\n{}", outcome.different.len(), outcome.different.join("\n"));
    assert!(outcome.slow <= slow, "{outcome:?}");
    assert_eq!(outcome.alike + outcome.slow, expressions.len());
}
