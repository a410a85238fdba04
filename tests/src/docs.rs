//! Tables in documents that say what tests check.

use std::path::Path;

/// Insists on a table between `<!-- NAME: -->` and `<!-- :NAME -->`. With `BT_LINT_UPDATE_DOCS` set it is written instead.
///
/// # Panics
/// When the table is another, or there is no such place.
#[track_caller]
pub fn check_table(file: &Path, name: &str, table: &str) {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let (start, end) = (format!("<!-- {name}: -->\n"), format!("<!-- :{name} -->"));
    let (before, rest) = text.split_once(&start).unwrap_or_else(|| panic!("no {start:?} in {}", file.display()));
    let (present, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end:?} in {}", file.display()));
    if std::env::var_os("BT_LINT_UPDATE_DOCS").is_some() {
        std::fs::write(file, format!("{before}{start}{table}{end}{after}")).expect("the document can be written");
        return;
    }
    assert_eq!(present, table, "run the test with BT_LINT_UPDATE_DOCS=1 to write the table to {}", file.display());
}
