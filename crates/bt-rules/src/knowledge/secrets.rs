//! Which environment variables hold secrets, by their names and values.

/// What makes a name that of a secret, as words of the name in a row.
const SECRET: &[&[&str]] = &[
    &["PASSWORD"],
    &["PASSWD"],
    &["PASSPHRASE"],
    &["SECRET"],
    &["TOKEN"],
    &["APIKEY"],
    &["API", "KEY"],
    &["PRIVATE", "KEY"],
    &["ACCESS", "KEY"],
    &["SECRET", "KEY"],
    &["ENCRYPTION", "KEY"],
    &["SIGNING", "KEY"],
    &["MASTER", "KEY"],
    &["AUTH", "KEY"],
    &["CREDENTIAL"],
    &["CREDENTIALS"],
    &["PASS"],
];

/// Words that, after those, make it a name of something about a secret.
const ABOUT: &[&str] = &[
    "ALG",
    "ALGORITHM",
    "AUDIENCE",
    "BACKEND",
    "CLASS",
    "COUNT",
    "DIR",
    "DIRECTORY",
    "DISABLED",
    "DURATION",
    "ENABLED",
    "ENDPOINT",
    "EXPIRATION",
    "EXPIRES",
    "EXPIRY",
    "FIELD",
    "FILE",
    "FORMAT",
    "HEADER",
    "HOST",
    "ID",
    "INTERVAL",
    "ISSUER",
    "KIND",
    "LEN",
    "LENGTH",
    "LIFETIME",
    "LIMIT",
    "LOCATION",
    "MAX",
    "METHOD",
    "MIN",
    "MODE",
    "MOUNT",
    "NAME",
    "NAMESPACE",
    "PATH",
    "PATHS",
    "POLICY",
    "PORT",
    "PREFIX",
    "PROVIDER",
    "REF",
    "REFRESH",
    "REGEX",
    "REQUIRED",
    "RESET",
    "ROTATION",
    "SCOPE",
    "SERVICE",
    "SIZE",
    "STORE",
    "TIMEOUT",
    "TTL",
    "TYPE",
    "URI",
    "URL",
    "USER",
    "USERNAME",
    "VALIDITY",
    "VERSION",
];

/// Words that, before or after, say that it is no secret, or that the value is a switch.
const HARMLESS: &[&str] =
    &["ALLOW", "DISABLE", "ENABLE", "MAX", "MIN", "NO", "NUM", "PUBLIC", "REQUIRE", "SKIP", "USE"];

/// Words that are values of switches.
const SWITCHES: &[&str] = &["0", "1", "disabled", "enabled", "false", "no", "none", "null", "off", "on", "true", "yes"];

/// What references to a secret kept elsewhere begin with.
const REFERENCES: &[&str] = &[
    "$",
    "/dev/",
    "/etc/",
    "/home/",
    "/mnt/",
    "/nix/store/",
    "/opt/",
    "/root/",
    "/run/",
    "/secrets/",
    "/srv/",
    "/tmp/",
    "/usr/",
    "/var/",
    "<",
    "{{",
    "%",
    "arn:",
    "awssm:",
    "file:",
    "gcp:",
    "op://",
    "ref+",
    "sops:",
    "ssm:",
    "vault:",
];

/// Whether a variable of this name holds a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let words: Vec<&str> = upper.split(['_', '-', '.']).filter(|word| !word.is_empty()).collect();
    let end_of =
        |secret: &[&str]| words.windows(secret.len()).rposition(|part| part == secret).map(|i| i + secret.len());
    let Some(end) = SECRET.iter().filter_map(|secret| end_of(secret)).max() else {
        return false;
    };
    !words[end..].iter().any(|word| ABOUT.contains(word)) && !words.iter().any(|word| HARMLESS.contains(word))
}

/// Whether a value is a literal, rather than nothing, a switch, or a reference to where the secret is.
pub(crate) fn is_literal(value: &str) -> bool {
    let value = value.trim().trim_matches('"');
    let is_switch = SWITCHES.iter().any(|switch| value.eq_ignore_ascii_case(switch));
    let is_reference = REFERENCES.iter().any(|prefix| value.starts_with(prefix)) || value.contains("${");
    let is_mask = value.bytes().all(|b| matches!(b, b'*' | b'x' | b'X' | b'.'));
    !(value.is_empty() || is_switch || is_reference || is_mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_name() {
        for name in [
            "GF_SECURITY_ADMIN_PASSWORD",
            "POSTGRES_PASSWORD",
            "JWT_SECRET",
            "API_KEY",
            "OPENAI_API_KEY",
            "GITHUB_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "db_password",
            "MINIO_ROOT_PASSWORD",
            "SECRET_KEY_BASE",
            "SMTP_PASS",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn what_is_about_secrets_is_none() {
        for name in [
            "POSTGRES_PASSWORD_FILE",
            "TOKEN_TTL",
            "TOKEN_EXPIRY",
            "PASSWORD_MIN_LENGTH",
            "DB_SECRET_NAME",
            "AWS_ACCESS_KEY_ID",
            "MAX_TOKENS",
            "PUBLIC_KEY",
            "NEXT_PUBLIC_API_KEY",
            "ALLOW_EMPTY_PASSWORD",
            "PWD",
            "SSH_AUTH_SOCK",
            "KEY",
            "PATH",
            "TOKENIZERS_PARALLELISM",
            "PASSENGER",
            "SECRETS_DIR",
            "TOKEN_URL",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn literals_are_neither_references_nor_switches() {
        for value in ["admin", "hunter2", "changeme", "12345"] {
            assert!(is_literal(value), "{value}");
        }
        for value in [
            "",
            " ",
            "${PASS}",
            "$PASS",
            "${PASS:?not set}",
            "/run/secrets/x",
            "true",
            "Yes",
            "<secret>",
            "****",
            "a${B}",
        ] {
            assert!(!is_literal(value), "{value}");
        }
    }
}
