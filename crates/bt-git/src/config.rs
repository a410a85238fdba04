//! Configuration files: `.git/config` and `.gitmodules` (git-config(1), "CONFIGURATION FILE"). Files that they include are
//! not read.

/// The variables of a configuration file in order.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// Section in lower case, subsection, name in lower case, value; `None` for a name without `=`.
    variables: Vec<(String, String, String, Option<String>)>,
}

impl Config {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut config = Config::default();
        let (mut section, mut subsection) = (String::new(), String::new());
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let mut line = line.trim_start().trim_start_matches('\u{feff}');
            if let Some(header) = line.strip_prefix('[') {
                let Some((inside, rest)) = header_end(header) else { continue };
                (section, subsection) = section_name(inside);
                line = rest.trim_start();
            }
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            let (name, value) = match line.split_once('=') {
                None => (line.split(['#', ';']).next().unwrap_or("").trim(), None),
                Some((name, value)) => (name.trim(), Some(value_of(value, &mut lines))),
            };
            config.variables.push((section.clone(), subsection.clone(), name.to_ascii_lowercase(), value));
        }
        config
    }

    /// The last value of a variable without a subsection.
    pub(crate) fn get(&self, section: &str, name: &str) -> Option<&str> {
        let found = self.variables.iter().rev().find(|(s, sub, n, _)| s == section && sub.is_empty() && n == name);
        found.map(|(.., value)| value.as_deref().unwrap_or("true"))
    }

    /// The values of two variables of each subsection that has both.
    pub(crate) fn pairs(&self, section: &str, first: &str, second: &str) -> Vec<(&str, &str)> {
        let find = |subsection: &str, name: &str| {
            let found =
                self.variables.iter().rev().find(|(s, sub, n, _)| s == section && sub == subsection && n == name);
            found.and_then(|(.., value)| value.as_deref())
        };
        let named = self.variables.iter().filter(|(s, sub, n, _)| s == section && !sub.is_empty() && n == first);
        // Of a few hundred at most.
        named.take(1000).filter_map(|(_, sub, ..)| Some((find(sub, first)?, find(sub, second)?))).collect()
    }

    /// Whether a variable is true; `None` when it is not there or no Boolean.
    pub(crate) fn flag(&self, section: &str, name: &str) -> Option<bool> {
        match self.get(section, name)?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" | "" => Some(false),
            _ => None,
        }
    }

    /// The values of a variable in all subsections of a section.
    pub(crate) fn in_subsections<'c>(&'c self, section: &'c str, name: &'c str) -> impl Iterator<Item = &'c str> {
        let found = self.variables.iter().filter(move |(s, sub, n, _)| s == section && !sub.is_empty() && n == name);
        found.filter_map(|(.., value)| value.as_deref())
    }
}

/// What is inside the brackets, and what follows them.
fn header_end(header: &str) -> Option<(&str, &str)> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in header.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return Some((&header[..at], &header[at + 1..])),
            _ => {}
        }
    }
    None
}

fn section_name(inside: &str) -> (String, String) {
    let Some((section, quoted)) = inside.split_once('"') else {
        // The old form, `[section.subsection]`.
        let (section, subsection) = inside.trim().split_once('.').unwrap_or((inside.trim(), ""));
        return (section.to_ascii_lowercase(), subsection.to_ascii_lowercase());
    };
    let quoted = quoted.trim_end().strip_suffix('"').unwrap_or(quoted);
    let mut subsection = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        subsection.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    (section.trim().to_ascii_lowercase(), subsection)
}

fn value_of(first: &str, lines: &mut std::str::Lines<'_>) -> String {
    let mut value = String::new();
    let (mut line, mut quoted) = (first.trim_start(), false);
    // As long as the text that may not be dropped.
    let mut kept = 0;
    'lines: loop {
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => quoted = !quoted,
                '#' | ';' if !quoted => break,
                '\\' => match chars.next() {
                    None => {
                        let Some(next) = lines.next() else { break 'lines };
                        line = next;
                        continue 'lines;
                    }
                    Some('n') => value.push('\n'),
                    Some('t') => value.push('\t'),
                    Some(other) => value.push(other),
                },
                other => value.push(other),
            }
            if quoted || !c.is_whitespace() {
                kept = value.len();
            }
        }
        break;
    }
    value.truncate(kept);
    value
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn configuration() {
        let text = b"[core]\n\tBare = false # no\n fileMode\n[a] x = 1 ; y\n[Core] name = \" a;b \"  \n\
            [submodule \"x \\\"]y\"]\n\tpath = sub/dir \n\turl = a\\\nb\n[extensions]objectformat=sha256\n[broken\nz=1";
        let config = Config::parse(text);
        assert_eq!(config.flag("core", "bare"), Some(false));
        assert_eq!(config.flag("core", "filemode"), Some(true));
        assert_eq!(config.get("core", "name"), Some(" a;b "));
        assert_eq!(config.get("a", "x"), Some("1"));
        assert_eq!(config.get("extensions", "objectformat"), Some("sha256"));
        assert_eq!(config.in_subsections("submodule", "path").collect::<Vec<_>>(), ["sub/dir"]);
        assert_eq!(config.in_subsections("submodule", "url").collect::<Vec<_>>(), ["ab"]);
        assert_eq!(config.flag("core", "other"), None);
    }
}
