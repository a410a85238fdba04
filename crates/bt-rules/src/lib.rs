//! The rules, one small file each, and their registry.
