//! What can be set for rules.

use crate::knowledge::tools::known_as;
use bt_container::{Image, Package};
use bt_diag::glob::Glob;

/// What can be set for rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// After how many days a locked nixpkgs is old.
    pub max_nixpkgs_age: u32,
    /// Who may own a nixpkgs, beside NixOS.
    pub nixpkgs_owners: Vec<String>,
    /// URLs of binary caches that may be named in `nixConfig`, beside that of NixOS.
    pub trusted_substituters: Vec<String>,
    /// Keys of binary caches that may be named in `nixConfig`, beside that of NixOS.
    pub trusted_public_keys: Vec<String>,
    /// Who may own the repositories that inputs come from.
    pub trusted_owners: Vec<String>,
    /// Where images may be pulled from: patterns over `registry/namespace/name`. Anywhere when there is none.
    pub trusted_registries: Vec<Glob>,
    /// Labels that every image shall have.
    pub required_labels: Vec<String>,
    /// Packages that images may hold although a rule is about them.
    pub allowed_packages: Vec<AllowedPackages>,
    /// Packages that no image may hold.
    pub forbidden_packages: Vec<String>,
    /// How large the closure of an image may be, in MiB.
    pub max_closure_size: u32,
}

/// Packages that images may hold although a rule is about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedPackages {
    /// The code of the rule.
    pub rule: &'static str,
    /// The images, by their name or attribute path; all when there is none.
    pub image: Option<Glob>,
    /// The names of the packages, as the rule's messages have them.
    pub names: Vec<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            max_nixpkgs_age: 30,
            nixpkgs_owners: Vec::new(),
            trusted_substituters: Vec::new(),
            trusted_public_keys: Vec::new(),
            trusted_owners: vec!["NixOS".into()],
            trusted_registries: Vec::new(),
            required_labels: ["source", "revision", "licenses"]
                .map(|label| format!("org.opencontainers.image.{label}"))
                .to_vec(),
            allowed_packages: Vec::new(),
            forbidden_packages: Vec::new(),
            max_closure_size: 500,
        }
    }
}

impl Options {
    /// Whether a rule lets an image hold a package that it calls by a name.
    pub(crate) fn allows(&self, rule: &str, image: &Image, package: &Package, name: &str) -> bool {
        let is_meant = |allowed: &AllowedPackages| {
            let holds = |glob: &Glob| {
                let attrs = std::iter::once(&image.attr).chain(&image.aliases);
                glob.matches(image.display_name()) || attrs.into_iter().any(|attr| glob.matches(attr))
            };
            allowed.rule == rule && allowed.image.as_ref().is_none_or(holds)
        };
        let mut names = self.allowed_packages.iter().filter(|allowed| is_meant(allowed)).flat_map(|a| &a.names);
        names.any(|allowed| allowed == name || known_as(package, &[allowed.as_str()]).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::{AllowedPackages, Options};
    use crate::fixtures::{image, package};
    use bt_diag::glob::Glob;

    #[test]
    fn packages_are_allowed_by_rule_and_image() {
        let allowed = |image: Option<&str>| AllowedPackages {
            rule: "CNT001",
            image: image.map(|glob| Glob::parse(glob, '.').unwrap()),
            names: vec!["bash".into()],
        };
        let allows = |only: Option<&str>, rule: &str, pname: &str| {
            let options = Options { allowed_packages: vec![allowed(only)], ..Options::default() };
            options.allows(rule, &image("app").done(), &package(pname), pname)
        };
        assert!(allows(None, "CNT001", "bash") && allows(Some("a*"), "CNT001", "bash"));
        assert!(allows(Some("packages.*.app"), "CNT001", "bash-wrapper"));
        assert!(!allows(None, "CNT002", "bash") && !allows(None, "CNT001", "zsh"));
        assert!(!allows(Some("other"), "CNT001", "bash"));
    }
}
