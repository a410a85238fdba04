//! Inputs and outputs of flakes: what refers to what, as Nix resolves it.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::check::{check, check_with, eval, eval_with};
use bt_tests::project::{NIXPKGS_LOCK, Project};
use bt_tests::{git, nix, program};
use serde_json::{Value as Json, json};

/// The value of `lib.result`, which real Nix must agree to.
#[track_caller]
fn result(project: &Project) -> Json {
    let ours = ours(project);
    if let Some(theirs) = nix::flake_attribute(project.root(), "lib.result") {
        assert_eq!(ours, theirs, "bt-lint on the left, Nix on the right");
    }
    ours
}

#[track_caller]
fn ours(project: &Project) -> Json {
    eval(project.root(), "lib.result").unwrap_or_else(|error| panic!("{error}"))
}

/// A flake that knows its name and those of its inputs.
fn named(name: &str, inputs: &str) -> String {
    format!(
        "{{\n  inputs = {{ {inputs} }};\n  outputs = {{ self, ... }}@inputs: {{\n    lib.name = \"{name}\";\n    lib.inputs = builtins.mapAttrs \
         (_: input: input.lib.name) (builtins.removeAttrs inputs [ \"self\" ]);\n    lib.below = builtins.mapAttrs (_: input: \
         input.lib.inputs) (builtins.removeAttrs inputs [ \"self\" ]);\n  }};\n}}\n"
    )
}

/// A flake whose result is what its inputs say of themselves.
fn root(inputs: &str) -> Project {
    Project::flake(named("root", inputs).replace(
        "lib.name = \"root\";",
        "lib.name = \"root\";\n    lib.result = { inherit (self.lib) inputs below; };",
    ))
}

// Inputs of the tree itself, without a lock.

#[test]
fn no_inputs() {
    assert_eq!(result(&Project::flake("{ outputs = { self }: { lib.result = 1 + 1; }; }")), json!(2));
    assert_eq!(
        result(&Project::flake("{ inputs = { }; outputs = inputs: { lib.result = builtins.attrNames inputs; }; }")),
        json!(["self"])
    );
    assert_eq!(result(&Project::flake("{ outputs = { self, ... }: { lib.result = 3; }; }")), json!(3));
}

#[test]
fn relative_paths() {
    let project = root("a.url = \"path:./a\"; b.url = \"./nested/b\";")
        .with("a/flake.nix", named("a", ""))
        .with("nested/b/flake.nix", named("b", ""));
    assert_eq!(result(&project), json!({ "inputs": { "a": "a", "b": "b" }, "below": { "a": {}, "b": {} } }));
}

#[test]
fn relative_paths_as_attributes() {
    let project = root("a = { type = \"path\"; path = \"./a\"; };").with("a/flake.nix", named("a", ""));
    assert_eq!(ours(&project)["inputs"], json!({ "a": "a" }));
}

#[test]
fn relative_paths_of_inputs_start_at_the_input() {
    let project = root("a.url = \"path:./a\";")
        .with("a/flake.nix", named("a", "b.url = \"path:./b\";"))
        .with("a/b/flake.nix", named("b of a", ""))
        .with("b/flake.nix", named("b of root", ""));
    assert_eq!(result(&project), json!({ "inputs": { "a": "a" }, "below": { "a": { "b": "b of a" } } }));
}

/// With what `a`, its input `c`, `b` and `c` are.
fn with_inputs(inputs: &str) -> Project {
    root(inputs)
        .with("a/flake.nix", named("a", "c.url = \"path:./c\";"))
        .with("a/c/flake.nix", named("c of a", ""))
        .with("b/flake.nix", named("b", ""))
        .with("c/flake.nix", named("c of root", ""))
}

#[test]
fn follows() {
    // An input of an input is that of the root.
    let project = with_inputs("c.url = \"path:./c\"; a = { url = \"path:./a\"; inputs.c.follows = \"c\"; };");
    assert_eq!(result(&project)["below"], json!({ "a": { "c": "c of root" }, "c": {} }));
    // An input of the root is that of an input.
    let project = with_inputs("a.url = \"path:./a\"; x.follows = \"a/c\";");
    assert_eq!(result(&project)["inputs"], json!({ "a": "a", "x": "c of a" }));
}

#[test]
fn follows_what_is_written_later() {
    let project = with_inputs("a = { url = \"path:./a\"; inputs.c.follows = \"z\"; }; z.url = \"path:./c\";");
    assert_eq!(result(&project)["below"], json!({ "a": { "c": "c of root" }, "z": {} }));
    let project = with_inputs("x.follows = \"y\"; y.follows = \"z\"; z.url = \"path:./b\";");
    assert_eq!(result(&project)["inputs"], json!({ "x": "b", "y": "b", "z": "b" }));
}

/// In an input's own flake.nix, a path of inputs starts at that input.
#[test]
fn follows_in_an_input() {
    let project = root("b.url = \"path:./b\"; a.url = \"path:./a\";")
        .with("b/flake.nix", named("b of root", ""))
        .with("a/flake.nix", named("a", "b.url = \"path:./b\"; x.follows = \"b\";"))
        .with("a/b/flake.nix", named("b of a", ""));
    // Not compared as a whole: Nix 2.8 takes the root's own `b` from the input's directory here.
    assert_eq!(ours(&project)["below"]["a"], json!({ "b": "b of a", "x": "b of a" }));
}

#[test]
fn another_url_for_an_input_of_an_input() {
    let project = root("a = { url = \"path:./a\"; inputs.c.url = \"path:./other\"; };")
        .with("a/flake.nix", named("a", "c.url = \"path:./c\";"))
        .with("a/c/flake.nix", named("c of a", ""))
        .with("other/flake.nix", named("other", ""));
    assert_eq!(result(&project)["below"], json!({ "a": { "c": "other" } }));
}

/// The messages are those of Nix 2.26.
#[test]
fn follows_that_lead_nowhere_or_in_a_circle() {
    for (inputs, message) in [
        ("a.follows = \"b\";", "input 'a' follows a non-existent input 'b'"),
        ("a.follows = \"b/c\"; b.url = \"path:./b\";", "input 'a' follows a non-existent input 'b/c'"),
        ("b.follows = \"a\"; a.follows = \"b\";", "follow cycle detected: [b -> a -> b]"),
        ("a.follows = \"a\";", "follow cycle detected: [a -> a]"),
    ] {
        let project = root(inputs).with("b/flake.nix", named("b", ""));
        let answer = program!().run(project.root(), &["eval", "--json", ".#lib.result"]).expect(2);
        assert!(answer.stderr.contains(message), "{inputs}: {}", answer.shown());
    }
}

/// Inputs may follow the flake that is their own, or the input above them.
#[test]
fn follows_what_is_above() {
    let project = with_inputs("a = { url = \"path:./a\"; inputs.c.follows = \"a\"; };");
    assert_eq!(result(&project)["below"], json!({ "a": { "c": "a" } }));
    let project = with_inputs("a = { url = \"path:./a\"; inputs.c.follows = \"\"; };");
    assert_eq!(result(&project)["below"], json!({ "a": { "c": "root" } }));
}

#[test]
fn flakes_that_use_each_other_end() {
    let project = root("a.url = \"path:./a\";").with("a/flake.nix", named("a", "up.url = \"path:../\";"));
    let answer = program!().run(project.root(), &["eval", ".#lib.name"]);
    assert!(
        answer.code == Some(0) || (answer.code == Some(2) && answer.stderr.contains("error")),
        "{}",
        answer.shown()
    );
}

// Directories that are not there.

#[test]
fn a_missing_directory_is_an_error_where_it_is_used() {
    let flake = "{\n  inputs.gone.url = \"path:./gone\";\n  outputs = { self, gone }: {\n    lib.result = 1;\n    \
                 packages.x86_64-linux.used =\n      gone.packages.x86_64-linux.default;\n  };\n}\n";
    let project = Project::flake(flake);
    assert_eq!(ours(&project), json!(1));
    let checked = check(project.root());
    assert_eq!(checked.places(), ["flake.nix:6 BTL004"], "{}", checked.shown());
    let finding = &checked.findings[0];
    assert!(
        finding.message.contains("input 'gone' (path:./gone) is not available: there is no such directory"),
        "{finding}"
    );
    assert!(finding.help.contains("--override-input gone"), "{}", finding.help);
    project.write("gone/README", "");
    let checked = check(project.root());
    assert!(checked.findings[0].message.contains("input 'gone' (path:./gone) has no flake.nix"), "{}", checked.shown());
    // With a lock that knows it, all the same.
    let node = r#"{"nodes":{"gone":{"locked":{"path":"./gone","type":"path"},"original":{"path":"./gone","type":"path"},"parent":[]},
        "root":{"inputs":{"gone":"gone"}}},"root":"root","version":7}"#;
    let project = Project::flake(flake).with("flake.lock", node);
    assert_eq!(check(project.root()).places(), ["flake.nix:6 BTL004"]);
}

/// A broken flake.nix of an input is an error where the input is used, in its own file.
#[test]
fn an_input_that_is_broken() {
    let flake = "{\n  inputs.a.url = \"path:./a\";\n  outputs = { self, a }: {\n    lib.result = 1;\n    packages.x86_64-linux.used = a.packages.x86_64-linux.default;\n  };\n}\n";
    for (text, line) in
        [("{\n  outputs = ;\n}\n", 2), ("{\n  outputs = { self }: {\n    packages = throw \"no\";\n  };\n}\n", 3)]
    {
        let project = Project::flake(flake).with("a/flake.nix", text);
        assert_eq!(ours(&project), json!(1));
        let checked = check(project.root());
        assert_eq!(checked.places(), [format!("a/flake.nix:{line} BTL004")], "{}", checked.shown());
    }
}

// Locks.

/// As Nix 2.26 and later write it: `parent` is the flake that a relative path starts from.
#[test]
fn a_lock_with_parents() {
    let lock = r#"{
      "nodes": {
        "a": { "inputs": { "b": "b", "c": ["c"] }, "locked": { "path": "./a", "type": "path" }, "original": { "path": "./a", "type": "path" }, "parent": [] },
        "b": { "locked": { "path": "./b", "type": "path" }, "original": { "path": "./b", "type": "path" }, "parent": ["a"] },
        "c": { "locked": { "path": "../c/../c", "type": "path" }, "original": { "path": "../c/../c", "type": "path" }, "parent": ["a"] },
        "root": { "inputs": { "a": "a", "c": "c" } }
      },
      "root": "root",
      "version": 7
    }"#;
    let project = root("a = { url = \"path:./a\"; inputs.c.follows = \"c\"; }; c.url = \"path:./c\";")
        .with("a/flake.nix", named("a", "b.url = \"path:./b\"; c.url = \"github:nobody/has-it\";"))
        .with("a/b/flake.nix", named("b of a", ""))
        .with("b/flake.nix", named("b of root", ""))
        .with("c/flake.nix", named("c", ""))
        .with("flake.lock", lock);
    assert_eq!(
        ours(&project),
        json!({ "inputs": { "a": "a", "c": "c" }, "below": { "a": { "b": "b of a", "c": "c" }, "c": {} } })
    );
}

/// The lock was written before the input got an input of its own.
#[test]
fn a_lock_that_is_older_than_the_inputs() {
    let lock = r#"{"nodes":{"a":{"locked":{"path":"./a","type":"path"},"original":{"path":"./a","type":"path"},"parent":[]},
        "root":{"inputs":{"a":"a"}}},"root":"root","version":7}"#;
    let project = root("a.url = \"path:./a\"; b.url = \"path:./b\";")
        .with("a/flake.nix", named("a", "b.url = \"path:../b\";"))
        .with("b/flake.nix", named("b", ""))
        .with("flake.lock", lock);
    assert_eq!(ours(&project), json!({ "inputs": { "a": "a", "b": "b" }, "below": { "a": { "b": "b" }, "b": {} } }));
}

#[test]
fn versions_of_locks() {
    for version in [5, 6, 7] {
        let lock = NIXPKGS_LOCK.replace("\"version\": 7", &format!("\"version\": {version}"));
        let checked = check(Project::outputs("{ }").with("flake.lock", lock).root());
        assert!(checked.findings.is_empty(), "{version}: {}", checked.shown());
    }
}

#[test]
fn an_input_that_only_the_arguments_name() {
    let project =
        Project::flake("{\n  outputs = { self, nixpkgs }: {\n    lib.result = nixpkgs.lib.toUpper \"a\";\n  };\n}\n");
    assert_eq!(ours(&project), json!("A"));
    assert_eq!(check(project.root()).places(), ["flake.nix:2 FLK001", "flake.nix:2 FLK009"]);
    // This one is for a branch of nixpkgs, not for what the registries say.
    let project = project.with("flake.lock", NIXPKGS_LOCK);
    assert_eq!(check(project.root()).places(), ["flake.nix:2 FLK001", "flake.nix:2 FLK009"]);
    let (start, rest) = NIXPKGS_LOCK.split_once("\"original\": {").unwrap();
    let (_, end) = rest.split_once('}').unwrap();
    let lock = format!("{start}\"original\": {{ \"id\": \"nixpkgs\", \"type\": \"indirect\" }}{end}");
    assert_eq!(check(project.with("flake.lock", lock).root()).places(), ["flake.nix:2 FLK009"]);
}

// Overrides.

#[test]
fn override_input() {
    let other = Project::flake(named("other", ""));
    let project = root("a.url = \"github:nobody/has-it\"; b = { url = \"path:./b\"; inputs.c.follows = \"a\"; };")
        .with("b/flake.nix", named("b", "c.url = \"path:./c\"; d.url = \"path:./d\";"))
        .with("b/d/flake.nix", named("d", ""));
    let result = |overrides: &[(&str, &str)]| {
        eval_with(project.root(), "lib.result", overrides).unwrap_or_else(|error| panic!("{error}"))
    };
    let expected =
        json!({ "inputs": { "a": "other", "b": "b" }, "below": { "a": {}, "b": { "c": "other", "d": "d" } } });
    assert_eq!(result(&[("a", other.root_text())]), expected);
    assert_eq!(result(&[("a", &format!("path:{}", other.root_text()))]), expected);
    assert!(check_with(project.root(), &[("a", other.root_text())]).of("BTL004").is_empty());
    // Without it, only who uses the input is in trouble.
    let error = eval(project.root(), "lib.result").unwrap_err();
    assert!(error.contains("input 'a' (github:nobody/has-it)") && error.contains("--override-input a"), "{error}");
    assert_eq!(eval(project.root(), "lib.name"), Ok(json!("root")));
}

#[test]
fn override_an_input_of_an_input() {
    let other = Project::flake(named("other", ""));
    let project = root("b.url = \"path:./b\";")
        .with("b/flake.nix", named("b", "d.url = \"path:./d\";"))
        .with("b/d/flake.nix", named("d", ""));
    let result = |project: &Project| {
        eval_with(project.root(), "lib.result", &[("b/d", other.root_text())]).unwrap_or_else(|error| panic!("{error}"))
    };
    assert_eq!(result(&project)["below"], json!({ "b": { "d": "other" } }));
    let lock = r#"{"nodes":{"b":{"inputs":{"d":"d"},"locked":{"path":"./b","type":"path"},"original":{"path":"./b","type":"path"},"parent":[]},
        "d":{"locked":{"path":"./d","type":"path"},"original":{"path":"./d","type":"path"},"parent":["b"]},
        "root":{"inputs":{"b":"b"}}},"root":"root","version":7}"#;
    assert_eq!(result(&project.with("flake.lock", lock))["below"], json!({ "b": { "d": "other" } }));
}

#[test]
fn overrides_that_make_no_sense() {
    let project = root("a.url = \"path:./a\";").with("a/flake.nix", named("a", ""));
    let arguments = |name, reference| ["eval", ".#lib.result", "--override-input", name, reference];
    program!().run(project.root(), &arguments("a", "./nowhere")).expect(2).says("nowhere");
    // A typo must not look as if the override had worked.
    program!().run(project.root(), &arguments("aa", "./a")).says("'aa'");
}

#[test]
fn relative_overrides_start_at_the_current_directory() {
    let project = root("a.url = \"path:./a\";")
        .with("a/flake.nix", named("a", ""))
        .with("sub/other/flake.nix", named("other", ""));
    let answer = program!()
        .run(&project.path("sub"), &["eval", "--json", "..#lib.inputs", "--override-input", "a", "./other"])
        .expect(0);
    assert_eq!(answer.stdout, "{\"a\":\"other\"}\n");
}

/// As Nix 2.26 has it.
#[test]
fn git_has_no_say_in_what_an_override_by_path_is() {
    let project = root("a.url = \"path:./a\";").with("a/flake.nix", named("a", ""));
    git::run(project.root(), &["init", "-q"]);
    git::run(project.root(), &["add", "."]);
    let project = project.with("sub/other/flake.nix", named("other", ""));
    let run = |directory: &str, target: &str, reference: &str| {
        let target = format!("{target}#lib.inputs");
        program!().run(&project.path(directory), &["eval", "--json", &target, "--override-input", "a", reference])
    };
    let absolute = format!("{}/sub/other", project.root_text());
    for (directory, target, reference) in [
        ("", ".", "path:./sub/other"),
        ("", ".", "path:sub/other"),
        ("", ".", &format!("path:{absolute}")),
        ("sub", "..", "path:./other"),
    ] {
        assert_eq!(run(directory, target, reference).expect(0).stdout, "{\"a\":\"other\"}\n", "{reference}");
    }
    for (directory, target, reference) in [
        ("", ".", "./sub/other"),
        ("", ".", &*absolute),
        ("sub", "..", "./other"),
        ("sub", "..", "path:./sub/other"),
        ("", ".", "path:./sub/nothing"),
    ] {
        run(directory, target, reference).expect(2).says("there is no directory");
    }
}

#[test]
fn another_nixpkgs() {
    let nixpkgs = Project::flake(
        "{ outputs = { self }: { legacyPackages.x86_64-linux = { lib.isDerivation = _: false; name = \"mine\"; }; }; }",
    );
    let project = Project::outputs("{ lib.result = pkgs.name; }");
    assert_eq!(eval_with(project.root(), "lib.result", &[("nixpkgs", nixpkgs.root_text())]), Ok(json!("mine")));
}

// self, and what flakes see of each other.

#[test]
fn the_flake_itself() {
    let project = Project::flake(
        r#"{
  description = "itself";
  inputs.a.url = "path:./a";
  outputs = { self, a }: {
    lib.one = 1;
    lib.result = {
      lazy = self.lib.one;
      outputs = builtins.attrNames self.outputs;
      inputs = builtins.attrNames self.inputs;
      same = self.inputs.a.lib.name == a.lib.name;
      file = builtins.readFile "${self}/data/x";
      path = builtins.readFile (self + "/data/x");
      relative = builtins.readFile ./data/x;
      isStorePath = builtins.match "/nix/store/[0-9a-z]{32}-source" "${self}" != null;
      sameOutPath = self.outPath == "${self}" && self.sourceInfo.outPath == "${self}";
      below = builtins.readFile "${a}/y";
      dir = builtins.attrNames (builtins.readDir ./data);
      exists = [ (builtins.pathExists ./data) (builtins.pathExists ./gone) ];
      imported = import ./data/z.nix { inherit self; };
      hasRev = self ? rev;
      description = self ? description;
    };
  };
}
"#,
    )
    .with("data/x", "text\n")
    .with("data/z.nix", "{ self }: self.lib.one + 1")
    .with("a/flake.nix", named("a", ""))
    .with("a/y", "below\n");
    let expected = json!({
        "lazy": 1, "outputs": ["lib"], "inputs": ["a"], "same": true, "file": "text\n", "path": "text\n", "relative": "text\n",
        "isStorePath": true, "sameOutPath": true, "below": "below\n", "dir": ["x", "z.nix"], "exists": [true, false],
        "imported": 2, "hasRev": false, "description": false,
    });
    assert_eq!(result(&project), expected);
}

#[test]
fn the_path_in_the_store_is_that_of_nix() {
    let project = Project::flake("{ outputs = { self }: { lib.result = \"${self}\"; }; }").with("data/x", "text\n");
    result(&project);
}

#[test]
fn a_flake_in_a_directory_of_a_repository() {
    let project = Project::new()
        .with("flake.nix", named("top", ""))
        .with("shared.nix", "\"shared\"")
        .with(
            "deploy/flake.nix",
            "{\n  inputs.top.url = \"path:..\";\n  outputs = { self, top }: {\n    lib.result = [ top.lib.name (import ../shared.nix) ];\n  };\n}\n",
        );
    git::run(project.root(), &["init", "-q"]);
    git::run(project.root(), &["add", "."]);
    assert_eq!(eval(&project.path("deploy"), "lib.result"), Ok(json!(["top", "shared"])));
    // Findings in it are named from the flake.
    project.write(
        "deploy/flake.nix",
        "{\n  outputs = { self }: {\n    packages.x86_64-linux.x = import ../shared.nix;\n  };\n}\n",
    );
    project.write("shared.nix", "{\n  a = throw \"no\";\n}.a");
    assert_eq!(check(&project.path("deploy")).places(), ["../shared.nix:2 BTL004"]);
}

#[test]
fn nothing_outside_of_the_tree_is_read() {
    let outside = Project::new().with("secret.nix", "\"secret\"");
    let file = outside.path("secret.nix");
    let project = Project::flake(format!("{{ outputs = {{ self }}: {{ lib.result = import {}; }}; }}", file.display()));
    let error = eval(project.root(), "lib.result").unwrap_err();
    assert!(error.contains("forbidden in pure evaluation mode"), "{error}");
    // nixpkgs asks for files in the home directory, and goes on without them.
    let exists = |path: &str| format!("{{ outputs = {{ self }}: {{ lib.result = builtins.pathExists {path}; }}; }}");
    let results = [file.to_str().unwrap(), &format!("\"{}/.\"", outside.root_text()), "./flake.nix"]
        .map(|path| eval(Project::flake(exists(path)).root(), "lib.result"));
    assert_eq!(results, [Ok(json!(false)), Ok(json!(false)), Ok(json!(true))]);
}

#[test]
fn inputs_that_are_no_flakes() {
    let project = Project::flake(
        r#"{
  inputs.data = { url = "path:./data"; flake = false; };
  outputs = { self, data }: {
    lib.result = {
      file = builtins.readFile "${data}/x";
      path = builtins.readFile (data + "/x");
      sameOutPath = "${data}" == data.outPath;
      imported = import "${data}/x.nix";
      dir = builtins.attrNames (builtins.readDir data);
      isFlake = data ? outputs;
    };
  };
}
"#,
    )
    .with("data/x", "text\n")
    .with("data/x.nix", "1 + 1")
    .with("data/flake.nix", "this is no Nix");
    let expected = json!({
        "file": "text\n", "path": "text\n", "sameOutPath": true, "imported": 2, "dir": ["flake.nix", "x", "x.nix"], "isFlake": false,
    });
    assert_eq!(result(&project), expected);
}

#[test]
fn the_ways_to_take_arguments() {
    for outputs in [
        "{ self, a }: { lib.result = a.lib.name; }",
        "{ a, ... }: { lib.result = a.lib.name; }",
        "inputs: { lib.result = inputs.a.lib.name; }",
        "inputs@{ self, ... }: { lib.result = inputs.a.lib.name; }",
        "{ self, ... }: with self.inputs; { lib.result = a.lib.name; }",
    ] {
        let project = Project::flake(format!("{{ inputs.a.url = \"path:./a\"; outputs = {outputs}; }}"))
            .with("a/flake.nix", named("a", ""));
        assert_eq!(result(&project), json!("a"), "{outputs}");
    }
    let project = Project::flake("{ inputs.a.url = \"path:./a\"; outputs = { self }: { lib.result = 1; }; }")
        .with("a/flake.nix", named("a", ""));
    let error = eval(project.root(), "lib.result").unwrap_err();
    assert!(error.contains("unexpected argument 'a'"), "{error}");
}

// Outputs.

#[test]
fn default_attributes() {
    let project = Project::flake(
        r#"{
  outputs = { self }: {
    packages.x86_64-linux = { default = "default package"; a = "package"; };
    legacyPackages.x86_64-linux = { a = "legacy"; b = "legacy"; nested.c = "nested"; };
    a = "output"; b = "output"; c = "output"; "x.y" = "quoted";
  };
}
"#,
    );
    let answer = |target: &str| {
        let run = program!().run(project.root(), &["eval", "--raw", "--system", "x86_64-linux", target]);
        if run.code == Some(0) { run.stdout } else { run.expect(2).stderr }
    };
    assert_eq!(answer("."), "default package");
    assert_eq!(answer(".#"), "default package");
    assert_eq!(answer(".#a"), "package");
    assert_eq!(answer(".#b"), "legacy");
    assert_eq!(answer(".#nested.c"), "nested");
    assert_eq!(answer(".#c"), "output");
    assert_eq!(answer(".#\"x.y\""), "quoted");
    assert_eq!(answer(".#packages.x86_64-linux.a"), "package");
    // A dot in front: nothing but what stands there.
    assert_eq!(answer(".#.a"), "output");
    let open = answer(".#\"x");
    assert!(open.contains("missing closing quote in selection path '\"x'"), "{open}");
    let missing = answer(".#d");
    assert!(
        missing.contains("flake does not provide attribute 'd'") && missing.contains("packages.x86_64-linux.d"),
        "{missing}"
    );
}

#[test]
fn the_old_default_package() {
    let project = Project::flake("{ outputs = _: { defaultPackage.x86_64-linux = \"old\"; }; }");
    let run = program!().run(project.root(), &["eval", "--raw", "--system", "x86_64-linux", "."]);
    assert_eq!(run.expect(0).stdout, "old");
}

#[test]
fn the_same_outputs_as_nix() {
    let project = Project::flake(
        r#"{
  outputs = { self }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      each = f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) systems);
    in {
      packages = each (system: rec {
        default = derivation { name = "made"; inherit system; builder = "/bin/sh"; args = [ "-c" "echo ${./data} > $out" ]; };
        other = derivation { name = "other"; inherit system; builder = "${default}/bin/x"; src = self; inputs = [ default ]; };
      });
      lib.result = each (system: builtins.mapAttrs (_: p: [ p.drvPath p.outPath ]) self.packages.${system});
    };
}
"#,
    )
    .with("data/x", "text\n");
    let value = result(&project);
    assert!(value["x86_64-linux"]["default"][0].as_str().is_some_and(|path| path.ends_with("-made.drv")), "{value}");
}
