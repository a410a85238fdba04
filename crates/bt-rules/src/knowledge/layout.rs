//! Where packages put their files.

use super::{is_bundle, script, tools, words};
use bt_container::Package;

/// Packages of nixpkgs that are common in images and put their files only where the conventions of nixpkgs have them.
const CONVENTIONAL: &[&str] = &[
    "alertmanager",
    "alloy",
    "bash",
    "bash-interactive",
    "bin-sh",
    "busybox",
    "ca-certificates",
    "caddy",
    "consul",
    "coreutils",
    "coreutils-full",
    "curl",
    "dumb-init",
    "envoy",
    "etcd",
    "findutils",
    "fluent-bit",
    "gawk",
    "git",
    "git-minimal",
    "gnugrep",
    "gnused",
    "gnutar",
    "grafana",
    "grafana-alloy",
    "grafana-loki",
    "gzip",
    "haproxy",
    "hello",
    "iana-etc",
    "influxdb2",
    "iproute2",
    "iputils",
    "jaeger",
    "jq",
    "loki",
    "mailcap",
    "mariadb-server",
    "memcached",
    "minio",
    "nats-server",
    "nginx",
    "node_exporter",
    "nodejs",
    "nodejs-slim",
    "nss-cacert",
    "openjdk",
    "openjdk-headless",
    "openssl",
    "opentelemetry-collector",
    "opentelemetry-collector-contrib",
    "postgresql",
    "procps",
    "prometheus",
    "pyroscope",
    "python3",
    "rabbitmq-server",
    "redis",
    "su-exec",
    "tempo",
    "tini",
    "traefik",
    "tzdata",
    "usr-bin-env",
    "util-linux",
    "valkey",
    "vault",
    "vector",
    "victoriametrics",
    "wget",
    "which",
];

/// Directories that nixpkgs' conventions know.
const DIRECTORIES: &[&str] = &[
    "bin",
    "conf",
    "etc",
    "html",
    "include",
    "lib",
    "lib64",
    "libexec",
    "man",
    "modules",
    "nix-support",
    "sbin",
    "share",
    "var",
];

/// What packages have in `etc` beside files named after themselves.
const SHARED_ETC: &[&str] = &[
    "bash_completion.d",
    "default",
    "init.d",
    "pam.d",
    "pki",
    "profile.d",
    "protocols",
    "rpc",
    "services",
    "ssl",
    "systemd",
    "udev",
    "xdg",
];

/// Where programs lie.
pub(crate) const PROGRAM_DIRECTORIES: &[&str] =
    &["bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin"];

/// Where builders of Go and Rust put what they build.
const BUILT: &[&str] = &["bin", "lib", "nix-support"];

/// Whether a package whose files nobody knows may have a file at a path, given without its leading slash. In doubt it may.
pub(crate) fn may_hold(package: &Package, path: &str) -> bool {
    if let Some(commands) = &package.script {
        return script::may_create(commands, path);
    }
    // A path of the flake, or something that was downloaded.
    if package.derivation.is_none() || package.pname == "source" {
        return true;
    }
    if let Some(commands) = &package.additions
        && !BUILT.contains(&path.split('/').next().unwrap_or_default())
    {
        return script::may_create(commands, path);
    }
    if path == "etc/passwd" || path == "etc/group" {
        return may_know_users(&package.pname);
    }
    if let Some((directory, program)) = path.rsplit_once('/')
        && PROGRAM_DIRECTORIES.contains(&directory)
        && let Some(packages) = tools::packages_with(program)
    {
        return tools::may_have(package, program, packages);
    }
    !CONVENTIONAL.contains(&package.pname.as_str()) || is_conventional(&package.pname, path)
}

/// Whether a package's name says that it may bring users along. Ordinary packages never do.
fn may_know_users(pname: &str) -> bool {
    const HINTS: &[&str] = &["etc", "group", "nss", "passwd", "shadow", "user", "users"];
    let has_hint = words(pname).any(|word| HINTS.contains(&word.to_ascii_lowercase().as_str()));
    is_bundle(pname) || (has_hint && pname != "nss-cacert" && pname != "iana-etc")
}

fn is_conventional(pname: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    let directory = parts.next().unwrap_or_default();
    if directory == "etc"
        && let Some(entry) = parts.next()
    {
        return SHARED_ETC.contains(&entry)
            || words(entry).chain([entry]).any(|word| words(pname).any(|own| own == word));
    }
    DIRECTORIES.contains(&directory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{package, script, source};

    #[test]
    fn ordinary_packages_have_no_users() {
        for pname in ["caddy", "betrace-backend", "nss-cacert", "grafana"] {
            assert!(!may_hold(&package(pname), "etc/passwd"), "{pname}");
        }
        for pname in ["fake-nss", "user-app", "app-rootfs", "passwd"] {
            assert!(may_hold(&package(pname), "etc/passwd"), "{pname}");
        }
        assert!(may_hold(&source("files"), "etc/passwd") && may_hold(&package("source"), "bin/sh"));
        assert!(may_hold(&script("x", "echo app:x:1 > $out/etc/passwd"), "etc/passwd"));
    }

    #[test]
    fn conventional_packages_have_nothing_elsewhere() {
        assert!(!may_hold(&package("caddy"), "Caddyfile"));
        assert!(!may_hold(&package("caddy"), "etc/app/config.yaml"));
        assert!(!may_hold(&package("prometheus"), "app/server"));
        assert!(may_hold(&package("prometheus"), "etc/prometheus/prometheus.yml"));
        assert!(may_hold(&package("prometheus"), "bin/promtool"));
        assert!(!may_hold(&package("caddy"), "etc/Caddyfile") && may_hold(&package("frontend"), "index.html"));
    }

    #[test]
    fn programs_have_what_their_own_commands_add() {
        let built = |commands: &str| Package { additions: Some(commands.into()), ..(*package("app")).clone() };
        assert!(!may_hold(&built(""), "app") && !may_hold(&built("mkdir -p $out/share"), "var/lib/app-data"));
        assert!(may_hold(&built(""), "bin/app") && may_hold(&built("mkdir $out/app"), "app"));
        assert!(may_hold(&built("cp -r static $out"), "app/x") && may_hold(&package("app"), "app"));
    }

    #[test]
    fn tools_are_looked_up() {
        assert!(!may_hold(&package("caddy"), "bin/sh") && may_hold(&package("dash"), "bin/sh"));
        assert!(may_hold(&package("frontend"), "bin/frontend"));
    }
}
