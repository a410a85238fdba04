//! Which packages have a well-known program.

use super::{is_bundle, script, words};
use bt_container::{Package, PackageFiles};

/// Shells, by the name of their package.
pub(crate) const SHELLS: &[&str] = &[
    "ash",
    "bash",
    "bash-interactive",
    "bash-static",
    "bashInteractive",
    "bashNonInteractive",
    "bin-sh",
    "binSh",
    "busybox",
    "busybox-sandbox-shell",
    "dash",
    "elvish",
    "fish",
    "ksh",
    "loksh",
    "mksh",
    "nushell",
    "oils-for-unix",
    "oksh",
    "osh",
    "powershell",
    "tcsh",
    "toybox",
    "xonsh",
    "yash",
    "zsh",
];

const COREUTILS: &[&str] = &["busybox", "coreutils", "coreutils-full", "toybox", "uutils", "uutils-coreutils"];

/// The packages that have a program, by its name.
const TOOLS: &[(&str, &[&str])] = &[
    ("bash", &["bash", "bash-interactive", "bash-static", "bashInteractive"]),
    ("bun", &["bun"]),
    ("busybox", &["busybox"]),
    ("cat", COREUTILS),
    ("curl", &["curl", "curl-minimal", "curlFull", "curlMinimal"]),
    ("deno", &["deno"]),
    ("dig", &["bind", "dnsutils", "ldns"]),
    ("echo", COREUTILS),
    ("env", &["busybox", "coreutils", "coreutils-full", "toybox", "usr-bin-env", "uutils"]),
    ("grep", &["busybox", "gnugrep", "grep", "toybox"]),
    ("grpc-health-probe", &["grpc-health-probe"]),
    ("grpc_health_probe", &["grpc-health-probe"]),
    ("grpcurl", &["grpcurl"]),
    ("http", &["httpie", "xh"]),
    ("httpie", &["httpie"]),
    ("java", &["graalvm", "jdk", "jre", "openjdk", "openjdk-headless", "temurin", "zulu"]),
    ("jq", &["jq", "gojq", "jaq"]),
    ("ls", COREUTILS),
    ("mongo", &["mongodb"]),
    ("mongosh", &["mongosh"]),
    ("mysql", &["mariadb", "mysql", "percona"]),
    ("mysqladmin", &["mariadb", "mysql", "percona"]),
    ("nc", &["busybox", "libressl", "libressl-nc", "netcat", "netcat-gnu", "netcat-openbsd", "nmap", "toybox"]),
    ("ncat", &["nmap"]),
    ("netcat", &["busybox", "netcat", "netcat-gnu", "toybox"]),
    ("netstat", &["busybox", "net-tools", "nettools", "toybox"]),
    ("node", &["nodejs", "nodejs-slim"]),
    ("npm", &["nodejs", "npm"]),
    ("npx", &["nodejs", "npm"]),
    ("nslookup", &["bind", "busybox", "dnsutils"]),
    ("openssl", &["openssl"]),
    ("perl", &["perl"]),
    ("pg_isready", &["libpq", "postgresql"]),
    ("pgrep", &["busybox", "procps", "toybox"]),
    ("ping", &["busybox", "inetutils", "iputils", "toybox"]),
    ("pnpm", &["corepack", "pnpm"]),
    ("ps", &["busybox", "procps", "toybox"]),
    ("psql", &["libpq", "postgresql"]),
    ("python", &["pypy", "pypy3", "python", "python2", "python3", "python3-minimal", "python3Minimal"]),
    ("python3", &["pypy", "pypy3", "python", "python3", "python3-minimal", "python3Minimal"]),
    ("redis-cli", &["redis", "valkey"]),
    ("ruby", &["ruby"]),
    ("sh", SHELLS),
    ("ss", &["iproute", "iproute2"]),
    ("stat", COREUTILS),
    ("test", COREUTILS),
    ("true", COREUTILS),
    ("valkey-cli", &["valkey"]),
    ("wget", &["busybox", "toybox", "wget", "wget2"]),
    ("yarn", &["corepack", "yarn", "yarn-berry"]),
];

/// The packages that are known to have a program; `None` for a program that nothing is known of.
pub(crate) fn packages_with(program: &str) -> Option<&'static [&'static str]> {
    TOOLS.iter().find(|(name, _)| *name == program).map(|(_, packages)| *packages)
}

/// Whether a package of unknown files may have a well-known program. In doubt it may.
pub(crate) fn may_have(package: &Package, program: &str, packages: &[&str]) -> bool {
    let pname = package.pname.as_str();
    let is_named = words(pname).any(|word| word == program || packages.contains(&word));
    let in_script = || package.script.as_ref().is_some_and(|s| script::may_create(s, &format!("bin/{program}")));
    is_named || packages.contains(&pname) || is_bundle(pname) || in_script()
}

/// The name by which a list knows a package: its own, or that of what it wraps (`gcc-wrapper`, `python3.12-pip`).
pub(crate) fn known_as<'p>(package: &'p Package, names: &[&str]) -> Option<&'p str> {
    let pname = package.pname.as_str();
    let plain = pname.strip_suffix("-wrapper").or_else(|| pname.strip_suffix("-wrapped")).unwrap_or(pname);
    let plain = match plain.strip_prefix("python").and_then(|rest| rest.split_once('-')) {
        Some((version, rest)) if version.bytes().all(|b| b.is_ascii_digit() || b == b'.') => rest,
        _ => plain,
    };
    [pname, plain].into_iter().find(|name| names.contains(name)).map(|_| pname)
}

/// Whether it is a package that can hold a program at all, so that its name says something.
pub(crate) fn is_program(package: &Package) -> bool {
    package.derivation.is_some()
        && !matches!(package.files, PackageFiles::PlainFile(_))
        && !matches!(package.output.as_str(), "lib" | "man" | "doc" | "info" | "data")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{files, package, script};

    fn may(package: &Package, program: &str) -> bool {
        may_have(package, program, packages_with(program).unwrap())
    }

    #[test]
    fn tools_are_in_few_packages() {
        assert!(
            may(&package("curl"), "curl") && may(&package("busybox"), "wget") && may(&package("my-curl-7"), "curl")
        );
        assert!(may(&package("app-env"), "curl") && may(&package("bash-interactive"), "sh"));
        for pname in ["caddy", "grafana", "rsync", "betrace-backend", "nss-cacert", "tzdata"] {
            assert!(
                !may(&package(pname), "curl") && !may(&package(pname), "nc") && !may(&package(pname), "sh"),
                "{pname}"
            );
        }
    }

    #[test]
    fn scripts_may_bring_tools() {
        assert!(may(&script("x", "mkdir -p $out/bin\nln -s /nix/store/y-curl/bin/curl $out/bin/curl"), "curl"));
        assert!(!may(&script("x", "mkdir -p $out/etc\necho app > $out/etc/passwd"), "curl"));
    }

    #[test]
    fn wrappers_are_what_they_wrap() {
        assert_eq!(known_as(&package("gcc-wrapper"), &["gcc"]), Some("gcc-wrapper"));
        assert_eq!(known_as(&package("python3.12-pip"), &["pip"]), Some("python3.12-pip"));
        assert_eq!(known_as(&package("bash-completion"), SHELLS), None);
        assert!(!is_program(&files("bash", PackageFiles::PlainFile(crate::fixtures::file("", false, "")))));
    }

    #[test]
    fn tables_are_sorted() {
        assert!(TOOLS.is_sorted_by_key(|(name, _)| *name));
        assert!(SHELLS.is_sorted());
    }
}
