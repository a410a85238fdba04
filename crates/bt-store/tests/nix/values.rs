//! What Nix said, from `data/values.txt`.

use bt_store::StorePath;

/// The lines of the table that start with `keyword`, without it, split into columns.
pub fn rows(keyword: &str) -> Vec<Vec<&'static str>> {
    let rows: Vec<Vec<&str>> = include_str!("../data/values.txt")
        .lines()
        .map(|line| line.split(' ').collect::<Vec<_>>())
        .filter(|columns| columns[0] == keyword)
        .map(|columns| columns[1..].to_vec())
        .collect();
    assert!(!rows.is_empty(), "no '{keyword}' in values.txt");
    rows
}

/// The texts that the table calls by name.
pub fn text(name: &str) -> Vec<u8> {
    match name {
        "empty" => Vec::new(),
        "a" => vec![b'a'; 1000],
        other => other.into(),
    }
}

/// The store paths in the columns.
pub fn paths(columns: &[&str]) -> Vec<StorePath> {
    columns.iter().map(|path| StorePath::parse_absolute(path).unwrap()).collect()
}
