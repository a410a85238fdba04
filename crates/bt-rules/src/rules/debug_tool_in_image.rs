//! CNT004: the contents of an image hold a tool for people, which the program does not need.

use crate::context::Context;
use crate::deployment::runs;
use crate::findings::{Findings, SUBJECTS};
use crate::image::strings;
use crate::knowledge::contents::{content_report, known_texts};
use crate::knowledge::tools::{is_program, known_as};
use crate::knowledge::words;
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Package, Service};
use bt_diag::{Confidence, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CNT004",
    name: "debug-tool-in-image",
    severity: Severity::Warning,
    off: false,
    summary: "The contents of an image hold a tool for people, which the program does not need",
    fix: FixKind::Unsafe,
    references: &["hadolint DL3001", "hadolint DL3004", "dockle DKL-DI-0001"],
    needs: &[Need::Config, Need::Contents, Need::Context, Need::Compose],
    docs: r#"
## What it finds

Tools to fetch, edit, look into and log in with, such as `curl`, `git`, `vim`, `strace`, `netcat` and `sudo`, among the contents
of an image, directly or as a part of `buildEnv` or `symlinkJoin`.

It stays quiet about a tool that the command, a health check, or a script in the image names.

## Why it matters

They make the image larger, bring their own vulnerabilities, and are what an attacker would have to bring along otherwise. To look
into a running container there are `docker debug`, `kubectl debug` and `nsenter`, which bring their own tools.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.hello pkgs.vim ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.hello ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.hello pkgs.curl ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Healthcheck.Test = [ "CMD" "${pkgs.curl}/bin/curl" "--fail" "http://127.0.0.1:8080/" ];
    Healthcheck.Interval = 30000000000;
  };
}
```
"#,
    check,
};

/// Tools, by the name of their package.
pub(crate) const TOOLS: &[&str] = &[
    "aria2",
    "curl",
    "emacs",
    "gdb",
    "git",
    "git-minimal",
    "helix",
    "htop",
    "inetutils",
    "iputils",
    "lldb",
    "lsof",
    "ltrace",
    "micro",
    "mtr",
    "nano",
    "neovim",
    "netcat",
    "netcat-gnu",
    "netcat-openbsd",
    "nmap",
    "openssh",
    "rsync",
    "screen",
    "socat",
    "strace",
    "sudo",
    "tcpdump",
    "tmux",
    "valgrind",
    "vim",
    "wget",
    "wget2",
];

/// What a package's program is called, where that is not the name of the package.
pub(crate) const PROGRAMS: &[(&str, &[&str])] = &[
    ("inetutils", &["ftp", "hostname", "ping", "telnet"]),
    ("iputils", &["ping"]),
    ("netcat", &["nc"]),
    ("openssh", &["ssh", "scp", "sftp"]),
    ("neovim", &["nvim"]),
];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        for content in image.contents.iter().flatten() {
            for part in content.package.iter().flat_map(Package::parts).filter(|part| is_program(part)) {
                let is_fine =
                    |name: &str| context.options.allows(RULE.code, image, &part, name) || is_used(context, image, name);
                let Some(name) = known_as(&part, TOOLS).filter(|name| !is_fine(name)) else {
                    continue;
                };
                let message = format!("`{name}` in the contents of {SUBJECTS} is a tool for people");
                findings.push(
                    content_report(context, image, content, &part, message, &format!("brings `{name}`"))
                        .help("remove it; a program that runs it can name it by its store path: `${lib.getExe pkgs.curl}`")
                        .confidence(Confidence::High),
                );
            }
        }
    }
}

/// Whether something that runs in the image names a tool.
fn is_used(context: &Context<'_>, image: &Image, pname: &str) -> bool {
    let family = words(pname).next().unwrap_or(pname);
    let others = PROGRAMS.iter().find(|(package, _)| *package == family).map_or(&[][..], |(_, programs)| programs);
    let names = |text: &str| std::iter::once(&family).chain(others).any(|program| has_word(text, program));
    let in_config = image.config.as_ref().is_some_and(|config| strings(config).iter().any(|(_, t)| names(&t.text)));
    let of_service = |service: &Service| {
        let keys = ["command", "entrypoint", "healthcheck"].iter().filter_map(|key| service.node.get(key));
        keys.flat_map(strings).any(|(_, text)| names(&text.text))
    };
    in_config
        || runs(context.facts, image).into_iter().any(of_service)
        || known_texts(context, image).iter().any(|text| names(text))
}

/// Whether a text has a word, with nothing around it that could be a part of a name.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(word)
        .any(|(at, found)| !text[..at].ends_with(is_part) && !text[at + found.len()..].starts_with(is_part))
}

#[cfg(test)]
mod tests {
    use super::{PROGRAMS, RULE, TOOLS, has_word};
    use crate::fixtures::{image, list, map, of_image, package, text};

    #[test]
    fn tools_that_nobody_runs_are_reported() {
        let with = |pname: &str| image("a").contents([package(pname)]);
        assert_eq!(of_image(&RULE, with("vim")), ["`vim` in the contents of image `a` is a tool for people"]);
        assert!(of_image(&RULE, with("caddy")).is_empty());
        let test = list([text("CMD"), text("curl"), text("http://127.0.0.1")]);
        let checked = with("curl").config([("Healthcheck", map([("Test", test)]))]);
        assert!(of_image(&RULE, checked).is_empty());
        assert!(of_image(&RULE, with("netcat-gnu").config([("Cmd", list([text("nc -l 80")]))])).len() <= 1);
        assert!(of_image(&RULE, with("openssh").config([("Cmd", list([text("/bin/ssh")]))])).is_empty());
        assert!(TOOLS.is_sorted() && PROGRAMS.len() == 5);
    }

    #[test]
    fn words_stand_alone() {
        assert!(has_word("x=$(curl -s)", "curl") && has_word("/bin/curl", "curl"));
        assert!(!has_word("libcurl curl-config", "curl"));
    }
}
