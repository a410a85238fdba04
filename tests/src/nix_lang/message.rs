//! The message in what Nix and bt-lint write to standard error, on one line.

/// The message of the last `error:` that Nix writes: up to the place, the excerpt or the end of the text.
pub fn of_nix(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().collect();
    let start = |line: &&str| line.trim_start().starts_with("error: ") || line.trim() == "error:";
    let Some(first) = lines.iter().rposition(start) else { return String::new() };
    let is_message = |line: &&&str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with("at /") && !line.starts_with("at «") && !line.starts_with('…')
    };
    let message: Vec<&str> = lines[first..].iter().take_while(is_message).copied().collect();
    one_line(message.join("\n").trim_start().trim_start_matches("error:"))
}

/// The first message that bt-lint writes: from the cross, with the lines that go on below it, or on a line after
/// `error:` where it has no place. `None` when there is none, or when it speaks of a bug in bt-lint.
pub fn of_bt_lint(stderr: &str) -> Option<String> {
    let is_start = |line: &str| line.trim_start().starts_with('×') || line.starts_with("error: ");
    let mut lines = stderr.lines().skip_while(|line| !is_start(line));
    let first = lines.next().filter(|line| !line.starts_with("error: internal error in bt-lint"))?;
    let first = first.trim_start().trim_start_matches("error:").trim_start_matches('×');
    let rest = lines.map_while(|line| line.trim_start().strip_prefix("│"));
    Some(one_line(&[first].into_iter().chain(rest).collect::<Vec<_>>().join("\n")))
}

/// Where a message is broken into lines depends on the width of the terminal.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{of_bt_lint, of_nix};

    #[test]
    fn the_last_message_of_nix() {
        let stderr = "error:\n       … while calling 'f'\n         at /pwd/x.nix:1:1:\n            1| f 1\n\n       \
                      error: two\n       lines\n       at /pwd/x.nix:2:1:\n            1| x\n";
        assert_eq!(of_nix(stderr), "two lines");
        assert_eq!(of_nix("warning: x\nerror: hah no\n"), "hah no");
        assert_eq!(of_nix("trace: no error\n"), "");
    }

    #[test]
    fn the_first_message_of_bt_lint() {
        let stderr =
            "warning: something\nerror\n\n  × a rather long\n  │ message\n   ╭─[x.nix:1:1]\n 1 │ × 2\n   ╰────\n";
        assert_eq!(of_bt_lint(stderr).as_deref(), Some("a rather long message"));
        let placeless = "warning: a\nerror: without a place\nhelp: b\n";
        assert_eq!(of_bt_lint(placeless).as_deref(), Some("without a place"));
        assert_eq!(of_bt_lint("error\n\n  × \n   ╭─[x.nix:1:1]\n").as_deref(), Some(""));
        assert_eq!(of_bt_lint("thread 'main' panicked"), None);
        assert_eq!(of_bt_lint("error: internal error in bt-lint 1.0: a panic\nhelp: report it\n"), None);
    }
}
