//! What README.md shows of the program is what the program prints. `BT_LINT_UPDATE_DOCS=1` writes it.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::docs::check_table;
use bt_tests::program;
use bt_tests::project::{Project, repository};

/// The reference deployment with three flaws.
fn flawed() -> Project {
    let project = Project::reference();
    let edits = [
        ("nix/lib/mk-image.nix", "    User = user;\n", ""),
        (
            "nix/services.nix",
            "      \"${backend}/bin/bt-backend\"\n      \"--healthcheck\"\n",
            "      \"curl\"\n      \"--fail\"\n",
        ),
        ("nix/docker-compose-generator.nix", "http://alloy:", "http://aloy:"),
    ];
    for (file, find, replace) in edits {
        let text = project.read(file);
        assert_eq!(text.matches(find).count(), 1, "{find:?} in {file}");
        project.write(file, text.replace(find, replace));
    }
    project
}

fn shown(arguments: &[&str]) -> String {
    let hidden = ["--offline", "--nixpkgs", "model", "--quiet"];
    let run = program!().run(flawed().root(), &[arguments, &hidden].concat()).expect(1);
    format!("```console\n$ bt-lint {}\n{}\n```\n", arguments.join(" "), run.stdout.trim_end())
}

// One test, because two would write the document at the same time.
#[test]
fn the_samples_are_real() {
    let readme = repository().join("README.md");
    let sample = shown(&["flake.nix"]);
    for code in ["CFG001", "CFG017", "CMP008"] {
        assert!(sample.contains(&format!(" {code} ")), "{sample}");
    }
    check_table(&readme, "sample", &sample);
    check_table(&readme, "concise", &shown(&["flake.nix", "--format", "concise"]));
}
