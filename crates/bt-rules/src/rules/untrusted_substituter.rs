//! SUP001: binary caches that the flake asks for.

use crate::context::{Context, attr_name};
use crate::findings::{Findings, Report};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::{Severity, Span};
use bt_flake::Setting;

pub(crate) const RULE: Rule = Rule {
    code: "SUP001",
    name: "untrusted-substituter",
    severity: Severity::Warning,
    off: false,
    summary: "The flake asks for a binary cache that is not that of NixOS",
    fix: FixKind::None,
    references: &[
        "https://nix.dev/manual/nix/latest/command-ref/conf-file.html#conf-substituters",
        "https://csrc.nist.gov/pubs/sp/800/190/final",
    ],
    needs: &[Need::Lock],
    docs: r#"
## What it finds

A URL in `substituters`, `extra-substituters` or `trusted-substituters` of `nixConfig` other than `https://cache.nixos.org`,
and a key in `trusted-public-keys` or `extra-trusted-public-keys` other than that of NixOS. A cache and its key, which has
the name of the server, are one finding. The settings are read and never applied.

## Why it matters

Who accepts the settings of a flake lets the owner of the cache decide what is in every image: Nix takes what is signed with
the key, whatever the sources say (NIST SP 800-190, 3.1.5).

## Bad

```nix
# file: flake.nix
{
  nixConfig.extra-substituters = [ "https://someone.cachix.org" ];
  nixConfig.extra-trusted-public-keys = [ "someone.cachix.org-1:Q8mTz0d0xJmVXKYr2kS4gEbDmlkWvTRBf0y0eMBBzqU=" ];
  outputs = { self }: { };
}
```

## Good

```nix
# file: flake.nix
{
  nixConfig.extra-substituters = [ "https://cache.nixos.org" ];
  nixConfig.warn-dirty = false;
  outputs = { self }: { };
}
```
"#,
    check,
};

const CACHES: &[&str] = &[
    "substituters",
    "extra-substituters",
    "trusted-substituters",
    "extra-trusted-substituters",
    "binary-caches",
    "extra-binary-caches",
    "trusted-binary-caches",
];
const KEYS: &[&str] =
    &["trusted-public-keys", "extra-trusted-public-keys", "binary-cache-public-keys", "extra-binary-cache-public-keys"];

/// The key of cache.nixos.org (Nix manual, `trusted-public-keys`).
const OWN_KEY: &str = "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=";

/// A word of a setting.
struct Word<'a> {
    setting: &'a Setting,
    text: &'a str,
    place: Option<Span>,
    host: &'a str,
}

fn check(context: &Context<'_>, findings: &mut Findings) {
    let words = |names: &[&str], host: fn(&str) -> &str| -> Vec<Word<'_>> {
        let settings = context.lock.config.iter().filter(|setting| names.contains(&setting.name.as_str()));
        let words = settings.flat_map(|setting| setting.values.iter().map(move |value| (setting, value)));
        words
            .map(|(setting, value)| Word {
                setting,
                text: &value.text,
                place: context.own(value.span.or(context.places.value_at(setting.position))),
                host: host(&value.text),
            })
            .collect()
    };
    let options = context.options;
    let mut caches = words(CACHES, host_of_url);
    caches.retain(|cache| !is_trusted(cache.text, &options.trusted_substituters));
    let mut keys = words(KEYS, host_of_key);
    keys.retain(|key| key.text != OWN_KEY && !options.trusted_public_keys.iter().any(|trusted| trusted == key.text));
    // A cache and a key that are left over belong together, whatever the key is called.
    let unknown_key = |cache: &&Word<'_>| !keys.iter().any(|key| key.host == cache.host);
    let unknown_cache = |key: &&Word<'_>| !caches.iter().any(|cache| cache.host == key.host);
    if let [key] = keys.iter().filter(unknown_cache).map(|key| key.text).collect::<Vec<_>>()[..]
        && let [host] = caches.iter().filter(unknown_key).map(|cache| cache.host).collect::<Vec<_>>()[..]
    {
        keys.iter_mut().filter(|known| known.text == key).for_each(|key| key.host = host);
    }
    for cache in &caches {
        let mut report = report(cache, format!("the flake asks for the binary cache `{}`", cache.text));
        for key in keys.iter().filter(|key| key.host == cache.host) {
            report = report.and_at(key.place, "its key");
        }
        findings.push(report);
    }
    for key in keys.iter().filter(|key| !caches.iter().any(|cache| cache.host == key.host)) {
        let name = key.text.split_once(':').map_or(key.text, |(name, _)| name);
        findings.push(report(key, format!("the flake asks for trust in what is signed with the key `{name}`")));
    }
}

fn report(word: &Word<'_>, message: String) -> Report {
    Report::new(format!("nixConfig.{}", attr_name(&word.setting.name)), message)
        .at(word.place, "its owner can put anything into the images")
        .help("leave the choice of caches to those who build: name it in the README, and let them trust it themselves")
}

/// Whether a URL is that of NixOS, or in a list; parameters such as a priority do not count.
fn is_trusted(url: &str, trusted: &[String]) -> bool {
    let plain = |url: &str| url.split('?').next().unwrap_or(url).trim_end_matches('/').to_string();
    let url = plain(url);
    url == "https://cache.nixos.org" || trusted.iter().any(|known| plain(known) == url)
}

fn host_of_url(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', ':']).next().unwrap_or(rest)
}

/// `cache.example.org-1:…` is of `cache.example.org`.
fn host_of_key(key: &str) -> &str {
    let name = key.split_once(':').map_or(key, |(name, _)| name);
    name.rsplit_once('-').filter(|(_, n)| n.bytes().all(|b| b.is_ascii_digit())).map_or(name, |(host, _)| host)
}

#[cfg(test)]
mod tests {
    use super::{OWN_KEY, RULE};
    use crate::fixtures::World;
    use bt_container::Facts;
    use bt_flake::{Setting, SettingValue};

    fn world(settings: &[(&str, &str)]) -> World {
        let mut world = World::new(Facts::default());
        let setting = |(name, words): &(&str, &str)| Setting {
            name: (*name).into(),
            position: 0,
            values: words.split(' ').map(|word| SettingValue { text: word.into(), span: None }).collect(),
        };
        world.lock.config = settings.iter().map(setting).collect();
        world
    }

    fn check(settings: &[(&str, &str)]) -> Vec<String> {
        world(settings).check(&RULE).into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn caches_and_keys_of_others() {
        assert_eq!(
            check(&[
                ("extra-substituters", "https://a.cachix.org https://cache.nixos.org/?priority=10 s3://b"),
                ("extra-trusted-public-keys", "a.cachix.org-1:xyz= c-1:abc= d:abc="),
                ("sandbox", "false"),
            ]),
            [
                "the flake asks for the binary cache `https://a.cachix.org`",
                "the flake asks for the binary cache `s3://b`",
                "the flake asks for trust in what is signed with the key `c-1`",
                "the flake asks for trust in what is signed with the key `d`"
            ]
        );
        assert_eq!(check(&[("trusted-public-keys", "cache.nixos.org-1:other=")]).len(), 1);
        assert_eq!(check(&[("substituters", "https://a.org"), ("trusted-public-keys", "b:x=")]).len(), 1);
        assert_eq!(check(&[("substituters", "https://a.org"), ("trusted-public-keys", "b:x= c:x=")]).len(), 3);
    }

    #[test]
    fn those_of_nixos_and_trusted_ones() {
        assert!(check(&[("substituters", "https://cache.nixos.org/"), ("trusted-public-keys", OWN_KEY)]).is_empty());
        let mut world = world(&[("substituters", "https://a.org"), ("trusted-public-keys", "a.org-1:x=")]);
        world.options.trusted_substituters = vec!["https://a.org/".into()];
        world.options.trusted_public_keys = vec!["a.org-1:x=".into()];
        assert!(world.check(&RULE).is_empty());
    }
}
