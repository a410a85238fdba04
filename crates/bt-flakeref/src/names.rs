//! What identifiers, branches and revisions may look like.

/// A name in a registry, or of an input: a letter, then letters, digits, `_` and `-`.
pub(crate) fn is_flake_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// The digits of a SHA-1 hash in base 16.
pub(crate) fn is_revision(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A branch or tag as short references may name it.
pub(crate) fn is_ref_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '@')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./@+-".contains(&b))
}

/// A branch or tag that git itself refuses (git-check-ref-format).
pub(crate) fn is_bad_git_ref(text: &str) -> bool {
    let is_bad_byte = |b: u8| b.is_ascii_control() || b" :?^~[\\*".contains(&b);
    text.is_empty()
        || text == "@"
        || text.starts_with(['.', '/'])
        || text.ends_with(['.', '/'])
        || text.ends_with(".lock")
        || ["//", "/.", "..", ".lock/", "@{"].iter().any(|part| text.contains(part))
        || text.bytes().any(is_bad_byte)
}

/// A host of a service: letters, digits, dots and dashes.
pub(crate) fn is_host(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
}
