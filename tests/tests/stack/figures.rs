//! What docs/figures.md has of the reference deployment:
//! `BT_LINT_UPDATE_DOCS=1 cargo test -p bt-tests --test stack -- --ignored figures` measures and writes it.

use super::*;
use bt_tests::docs::check_table;
use bt_tests::shown;

/// What the architecture expected before anything was built: megabytes and layers.
const EXPECTED: [(&str, u64, u64); 3] = [("backend", 50, 10), ("frontend", 70, 15), ("prometheus", 180, 15)];

/// Images, with what was expected of them.
fn sizes(log: &Log) -> String {
    let mut table = String::from(
        "| image | expected | in Docker | archive | layers expected | layers |\n|---|---|---|---|---|---|\n",
    );
    for (image, megabytes, layers) in EXPECTED {
        let size = log.sizes[image];
        let shown = |bytes: u64| format!("{:.0} MB", bytes as f64 / 1e6);
        table += &format!(
            "| `bt-{image}` | {megabytes} MB | {} | {} | {layers} | {} |\n",
            shown(size.loaded),
            shown(size.archive),
            size.layers
        );
    }
    table
}

/// Seconds of each step, with what was expected of it.
fn times(log: &Log, lint: f64) -> String {
    let mut table = String::from("| step | expected | measured |\n|---|---|---|\n");
    let mut row = |step: &str, expected: &str, seconds: f64| {
        let shown = if seconds < 1.0 { format!("{:.0} ms", seconds * 1e3) } else { format!("{seconds:.1} s") };
        table += &format!("| {step} | {expected} | {shown} |\n");
    };
    row("lint the whole flake: nine images and the compose file", "", lint);
    row("lint one image", "", log.seconds("linted", "backend"));
    row("build `container-backend`, and all that it needs, in an empty store", "30 s", log.seconds("built", "backend"));
    row("build `container-frontend` after it", "45 s", log.seconds("built", "frontend"));
    row("build `container-prometheus` after that", "", log.seconds("built", "prometheus"));
    row("build all three again, when nothing has changed", "15 s (all eight)", log.seconds("built again", "all"));
    row("verify their files and load all three into Docker", "30 s (all eight)", log.seconds("loaded", "all"));
    row("start one image until it is healthy", "", log.seconds("tried", "backend"));
    row("start the services", "20 s (all eight)", log.seconds("up", "all"));
    row("until all are healthy", "", log.seconds("healthy", "all"));
    row("stop and remove them", "", log.seconds("down", "all"));
    table
}

/// The whole flake, median of five.
fn lint() -> f64 {
    let project = Project::reference();
    let mut seconds: Vec<f64> = (0..5)
        .map(|_| {
            let started = Instant::now();
            run(project.root(), 2, &["check", "flake.nix"]).expect(0);
            started.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[2]
}

#[test]
#[ignore = "figures are of one machine and one moment: it measures for docs/figures.md"]
fn figures() {
    let lint = lint();
    let Some(log) = reference::newest().and_then(|daemon| reference::four_levels(&daemon)) else { return };
    let tables = [("sizes", sizes(&log)), ("times", times(&log, lint))];
    for (name, table) in tables {
        shown(&table);
        // Without that they are only shown: another run is never the same.
        if std::env::var_os("BT_LINT_UPDATE_DOCS").is_some() {
            check_table(&repository().join("docs/figures.md"), name, &table);
        }
    }
}

/// The document has a row for each image that is built, and one for each that is not says so.
#[test]
fn the_document_has_all_images() {
    let text = std::fs::read_to_string(repository().join("docs/figures.md")).unwrap();
    for (image, ..) in EXPECTED {
        assert!(text.contains(&format!("| `bt-{image}` | ")), "{image}");
    }
    assert_eq!(EXPECTED.map(|(image, ..)| image), reference::REFERENCE);
}
