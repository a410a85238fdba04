//! Inputs of inputs, and what follows what.

use super::{ADDS_PATH, OWN_PATH, UNKNOWN, new, old};
use bt_tests::compare::{Case, Made, flake};
use bt_tests::project::Project;

const EMPTY: &str = "{ outputs = _: { }; }\n";

/// `root` has `a`, which has `b`, which has `c`, all in its directory.
fn nested_project(root: &str) -> Project {
    Project::flake(flake(root))
        .with("a/flake.nix", "{ inputs.b.url = \"path:./b\"; outputs = _: { }; }\n")
        .with("a/b/flake.nix", "{ inputs.c.url = \"path:./c\"; outputs = _: { }; }\n")
        .with("a/b/c/flake.nix", EMPTY)
        .with("c/flake.nix", EMPTY)
}

fn nested() -> Made {
    Made::path(nested_project("a.url = \"path:./a\";"))
}

fn follows() -> Made {
    Made::path(nested_project(
        "a.url = \"path:./a\"; a.inputs.b.follows = \"mine\"; mine.url = \"path:./c\"; b.follows = \"a/b\"; \
         chain.follows = \"b\"; again.follows = \"a\";",
    ))
}

fn overridden() -> Made {
    let other = Project::flake(EMPTY).with("other", "");
    let overrides = vec![("a".to_string(), other.root_text().to_string())];
    Made { overrides, ..Made::path(nested_project("a.url = \"path:./a\";")).keeping(other) }
}

fn no_flake() -> Made {
    let inputs = "source = { url = \"path:./c\"; flake = false; };";
    Made::path(nested_project(inputs))
}

/// Another directory of this machine.
fn absolute() -> Made {
    let other = Project::flake(EMPTY).with("other", "");
    let inputs =
        format!("dep.url = \"path:{0}\"; source = {{ url = \"path:{0}\"; flake = false; }};", other.root_text());
    Made::path(Project::flake(flake(&inputs))).keeping(other)
}

fn done(_: &Made) {}

pub const CASES: &[Case] = &[
    Case::new("relative inputs, not locked", nested)
        .differs(&[old(&["/facts/a/", "/locked/"], OWN_PATH), new(&["/facts/a/"], UNKNOWN)]),
    Case::new("relative inputs, locked with their parents", nested)
        .locked(done)
        .differs(&[old(&["/facts/a/", "/locked/"], OWN_PATH), new(&["/facts/a/source"], ADDS_PATH)]),
    Case::new("`follows`, chains of them", follows).locked(done).differs(&[
        old(&["/facts/a/", "/facts/again/", "/facts/b/", "/facts/chain/", "/facts/mine/", "/locked/"], OWN_PATH),
        new(
            &["/facts/a/source", "/facts/again/source", "/facts/b/source", "/facts/chain/source", "/facts/mine/source"],
            ADDS_PATH,
        ),
    ]),
    Case::new("`--override-input`", overridden),
    Case::new("relative input, `flake = false`", no_flake)
        .locked(done)
        .differs(&[old(&["/facts/source/", "/locked/"], OWN_PATH), new(&["/facts/source/source"], ADDS_PATH)]),
    Case::new("absolute `path:` inputs, locked", absolute).locked(done),
];

#[test]
fn inputs() {
    super::all_equal(CASES);
}
