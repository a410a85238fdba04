//! Every key of a configuration file, in one table: reading, the JSON schema, `bt-lint config` and the test of the
//! documentation follow it.

use super::Configuration;
use crate::cli::{FailOn, Format};
use crate::request::{ClosureSource, Nixpkgs};
use bt_diag::Severity;
use bt_diag::glob::Glob;
use bt_rules::AllowedPackages;
use clap::ValueEnum;

/// A key: what it is called, what it takes, and what it changes.
pub(super) struct Key {
    pub name: &'static str,
    pub kind: Kind,
    /// JSON: what counts when it is not given; `null` when that cannot be written down.
    pub default: &'static str,
    /// One sentence.
    pub doc: &'static str,
}

/// Codes of rules, as words stand for them.
pub(super) type Codes = Vec<&'static str>;

/// What a key takes. The functions put it into the configuration; the text is the code of the rule that an option is of,
/// and empty at the top.
pub(super) enum Kind {
    /// A list of codes, names and families of rules, and whether it selects them: then families are without the rules
    /// that are off by default.
    Rules(bool, fn(&mut Configuration, Codes)),
    /// One of some words.
    Choice(&'static [&'static str], fn(&mut Configuration, &str)),
    /// A text that is not empty.
    Text(fn(&mut Configuration, String)),
    /// A file, from the directory of the configuration.
    File(fn(&mut Configuration, String)),
    /// A list of texts that are not empty.
    Texts(fn(&mut Configuration, &'static str, Vec<String>)),
    /// A whole number between two, both included.
    Number(u32, u32, fn(&mut Configuration, u32)),
    /// A list of patterns with a separator.
    Globs(char, fn(&mut Configuration, Vec<Glob>)),
    /// A table from rules to severities.
    Severities,
    /// A table from patterns for files to lists of rules.
    RulesByFile,
    /// A table from patterns for images to lists of texts.
    TextsByImage(fn(&mut Configuration, &'static str, Glob, Vec<String>)),
    /// A table from names of rules to tables of their options.
    RuleOptions,
}

/// The options of a rule.
pub(super) struct RuleKeys {
    /// Its name.
    pub rule: &'static str,
    pub keys: &'static [Key],
}

/// The severities by name.
pub(super) const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

/// The keys at the top.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "select",
        kind: Kind::Rules(true, |c, rules| c.select = Some(rules)),
        default: "null",
        doc: "Only these rules, instead of those that are on by default: codes (CFG001), names (root-user), families (CFG), \
              beginnings of codes (CNT00) or ALL.",
    },
    Key {
        name: "extend-select",
        kind: Kind::Rules(true, |c, rules| c.extend_select = rules),
        default: "[]",
        doc: "These rules too.",
    },
    Key {
        name: "ignore",
        kind: Kind::Rules(false, |c, rules| c.ignore = rules),
        default: "[]",
        doc: "Not these rules, whatever else selects them.",
    },
    Key { name: "severity", kind: Kind::Severities, default: "{}", doc: "How bad the findings of a rule are." },
    Key {
        name: "per-file-ignores",
        kind: Kind::RulesByFile,
        default: "{}",
        doc: "Rules that are ignored in files; patterns are relative to the directory of the configuration.",
    },
    Key {
        name: "fail-on",
        kind: Kind::Choice(&["error", "warning", "info", "never"], |c, word| {
            c.fail_on = FailOn::from_str(word, false).ok();
        }),
        default: "\"error\"",
        doc: "The least severity that makes the exit code 1.",
    },
    Key {
        name: "format",
        kind: Kind::Choice(&["full", "concise", "json", "sarif", "github", "gitlab", "junit"], |c, word| {
            c.format = Format::from_str(word, false).ok();
        }),
        default: "\"full\"",
        doc: "How findings are printed.",
    },
    Key {
        name: "outputs",
        kind: Kind::Globs('.', |c, globs| c.outputs = globs),
        default: "[]",
        doc: "Only images and compose files at or below these attribute paths; all when there is none.",
    },
    Key {
        name: "exclude-outputs",
        kind: Kind::Globs('.', |c, globs| c.exclude_outputs = globs),
        default: "[]",
        doc: "No images and compose files at or below these attribute paths.",
    },
    Key {
        name: "nixpkgs",
        kind: Kind::Choice(&["auto", "locked", "model"], |c, word| c.nixpkgs = Nixpkgs::from_str(word, false).ok()),
        default: "\"auto\"",
        doc: "Which nixpkgs to evaluate with: the locked one where it is available and else the built-in stand-in, the \
              locked one only, or the stand-in only.",
    },
    Key {
        name: "closures",
        kind: Kind::Choice(&["none", "store", "substituters"], |c, word| {
            c.closures = ClosureSource::from_str(word, false).ok();
        }),
        default: "\"none\"",
        doc: "Who is asked what packages that are built already refer to: nobody, the store, or the store and the binary \
              caches that nix.conf names.",
    },
    Key {
        name: "system",
        kind: Kind::Text(|c, system| c.system = Some(system)),
        default: "null",
        doc: "The system whose outputs are looked at; this machine's when it is not given.",
    },
    Key {
        name: "baseline",
        kind: Kind::File(|c, file| c.baseline = Some(file)),
        default: "null",
        doc: "A file of known findings, which are counted but not listed; `bt-lint init --baseline` writes it.",
    },
    Key { name: "rules", kind: Kind::RuleOptions, default: "{}", doc: "Options of rules." },
];

const ALLOWED: Key = Key {
    name: "allowed",
    kind: Kind::Texts(|c, rule, names| {
        c.options.allowed_packages.push(AllowedPackages { rule, image: None, names });
    }),
    default: "[]",
    doc: "Packages that are fine in every image, by the names that messages have.",
};

const ALLOWED_IN: Key = Key {
    name: "allowed-in",
    kind: Kind::TextsByImage(|c, rule, image, names| {
        c.options.allowed_packages.push(AllowedPackages { rule, image: Some(image), names });
    }),
    default: "{}",
    doc: "Packages that are fine in some images, by patterns for the names or attribute paths of these.",
};

/// The options of rules, by the rule's name.
pub(super) const RULE_KEYS: &[RuleKeys] = &[
    RuleKeys { rule: "compiler-in-image", keys: &[ALLOWED, ALLOWED_IN] },
    RuleKeys { rule: "debug-tool-in-image", keys: &[ALLOWED, ALLOWED_IN] },
    RuleKeys { rule: "forbidden-in-closure", keys: &[ALLOWED, ALLOWED_IN] },
    RuleKeys {
        rule: "forbidden-package",
        keys: &[
            Key {
                name: "packages",
                kind: Kind::Texts(|c, _, names| c.options.forbidden_packages = names),
                default: "[]",
                doc: "Packages that no image may hold.",
            },
            ALLOWED_IN,
        ],
    },
    RuleKeys {
        rule: "missing-labels",
        keys: &[Key {
            name: "required-labels",
            kind: Kind::Texts(|c, _, labels| c.options.required_labels = labels),
            default: "[\"org.opencontainers.image.source\", \"org.opencontainers.image.revision\", \
                      \"org.opencontainers.image.licenses\"]",
            doc: "The labels that every image shall have.",
        }],
    },
    RuleKeys {
        rule: "non-upstream-nixpkgs",
        keys: &[Key {
            name: "allowed-owners",
            kind: Kind::Texts(|c, _, owners| c.options.nixpkgs_owners = owners),
            default: "[]",
            doc: "Who may own a nixpkgs, beside NixOS.",
        }],
    },
    RuleKeys {
        rule: "oversized-closure",
        keys: &[Key {
            name: "max-closure-size",
            kind: Kind::Number(1, 1 << 30, |c, mebibytes| c.options.max_closure_size = mebibytes),
            default: "500",
            doc: "How large the closure of an image may be, in MiB.",
        }],
    },
    RuleKeys { rule: "package-manager-in-image", keys: &[ALLOWED, ALLOWED_IN] },
    RuleKeys { rule: "shell-in-image", keys: &[ALLOWED, ALLOWED_IN] },
    RuleKeys {
        rule: "stale-nixpkgs",
        keys: &[Key {
            name: "max-age",
            kind: Kind::Number(1, 36_500, |c, days| c.options.max_nixpkgs_age = days),
            default: "30",
            doc: "After how many days a locked nixpkgs is old.",
        }],
    },
    RuleKeys {
        rule: "untrusted-input-owner",
        keys: &[Key {
            name: "trusted-owners",
            kind: Kind::Texts(|c, _, owners| c.options.trusted_owners = owners),
            default: "[\"NixOS\"]",
            doc: "Who may own the repositories that inputs come from.",
        }],
    },
    RuleKeys {
        rule: "untrusted-registry",
        keys: &[Key {
            name: "trusted-registries",
            kind: Kind::Globs('/', |c, globs| c.options.trusted_registries = globs),
            default: "[]",
            doc: "Where images may be pulled from: patterns over registry/namespace/name.",
        }],
    },
    RuleKeys {
        rule: "untrusted-substituter",
        keys: &[
            Key {
                name: "trusted-substituters",
                kind: Kind::Texts(|c, _, urls| c.options.trusted_substituters = urls),
                default: "[]",
                doc: "URLs of binary caches that nixConfig may name, beside that of NixOS.",
            },
            Key {
                name: "trusted-public-keys",
                kind: Kind::Texts(|c, _, keys| c.options.trusted_public_keys = keys),
                default: "[]",
                doc: "Keys of binary caches that nixConfig may name, beside that of NixOS.",
            },
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::{KEYS, Key, Kind, RULE_KEYS};
    use crate::cli::{FailOn, Format};
    use crate::config::Configuration;
    use crate::request::ClosureSource;
    use crate::request::Nixpkgs;
    use clap::ValueEnum;

    #[test]
    fn rules_are_there_and_in_order() {
        assert!(RULE_KEYS.is_sorted_by_key(|rule| rule.rule));
        assert!(RULE_KEYS.iter().all(|rule| bt_rules::all().iter().any(|r| r.name == rule.rule)));
    }

    #[test]
    fn choices_are_those_of_the_command_line() {
        fn words<T: ValueEnum>() -> Vec<String> {
            T::value_variants().iter().filter_map(|v| Some(v.to_possible_value()?.get_name().to_string())).collect()
        }
        for (name, expected) in [
            ("fail-on", words::<FailOn>()),
            ("format", words::<Format>()),
            ("nixpkgs", words::<Nixpkgs>()),
            ("closures", words::<ClosureSource>()),
        ] {
            let key = KEYS.iter().find(|key| key.name == name).unwrap();
            let Kind::Choice(choices, set) = key.kind else { panic!("{name}") };
            assert_eq!(choices, expected, "{name}");
            for choice in choices {
                let mut configuration = Configuration::default();
                set(&mut configuration, choice);
                assert_ne!(configuration, Configuration::default(), "{name} = {choice}");
            }
        }
    }

    #[test]
    fn defaults_are_what_they_say() {
        let keys = KEYS.iter().chain(RULE_KEYS.iter().flat_map(|rule| rule.keys));
        for Key { name, kind, default, doc } in keys {
            let default: serde_json::Value = serde_json::from_str(default).unwrap();
            assert!(doc.ends_with('.'), "{name}");
            let mut configuration = Configuration::default();
            let texts = |json: &serde_json::Value| -> Vec<String> { serde_json::from_value(json.clone()).unwrap() };
            match kind {
                Kind::Number(_, _, set) => set(&mut configuration, default.as_u64().unwrap() as u32),
                Kind::Texts(set) if *name != "allowed" => set(&mut configuration, "", texts(&default)),
                _ => {}
            }
            assert_eq!(configuration.options, bt_rules::Options::default(), "{name}");
        }
    }
}
