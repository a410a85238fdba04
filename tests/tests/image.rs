//! `bt-lint image`: images that are built.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "../../crates/bt-image/tests/archive/mod.rs"]
#[allow(dead_code, reason = "not all of it is used here")]
mod archive;

use archive::{Image, Tar, gzip};
use bt_tests::docker::Docker;
use bt_tests::process::{self, Run, TIME_LIMIT};
use bt_tests::project::Project;
use bt_tests::{nix, program, skipped};
use serde_json::{Value as Json, json};
use std::process::Command;

#[track_caller]
fn run(project: &Project, arguments: &[&str]) -> Run {
    program!().run(project.root(), &[&["image"], arguments].concat())
}

/// The codes of findings, each with what it is about.
fn findings(run: &Run) -> Vec<String> {
    let json: Json = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.shown()));
    let shown = |f: &Json| format!("{} {}", f["code"].as_str().unwrap(), f["attr"].as_str().unwrap());
    json["findings"].as_array().unwrap().iter().map(shown).collect()
}

#[track_caller]
fn found(image: &Image) -> Vec<String> {
    let project = Project::new().with("image.tar", image.docker(false));
    findings(&run(&project, &["image.tar", "--format", "json", "--fail-on", "never"]).expect(0))
}

fn with(config: Json, files: Tar) -> Image {
    Image::new("app:1", config).layer(files.finish())
}

/// An image in which nothing is wrong.
fn clean() -> Image {
    let files =
        Tar::new().directory("tmp").file("bin/app", 0o555, b"static").file("etc/passwd", 0o444, b"app:x:1::/:\n");
    with(json!({ "Cmd": ["/bin/app"], "User": "app", "Env": null }), files)
}

fn changed(key: &str, value: Json, files: Tar) -> Vec<String> {
    let mut image = clean().layer(files.finish());
    image.config[key] = value;
    found(&image)
}

#[test]
fn configuration_against_files() {
    let none = Vec::<String>::new();
    assert_eq!(found(&clean()), none);
    assert_eq!(changed("User", json!(""), Tar::new()), ["CFG001 app:1.config.User"]);
    assert_eq!(changed("User", json!("ghost"), Tar::new()), ["CFG002 app:1.config.User"]);
    assert_eq!(changed("User", json!("1000"), Tar::new()), none);
    assert_eq!(changed("Cmd", json!(null), Tar::new()), ["CFG004 app:1.config.Cmd"]);
    assert_eq!(changed("Cmd", json!(["/bin/none"]), Tar::new()), ["CFG007 app:1.config.Cmd"]);
    assert_eq!(changed("Cmd", json!(["/nix/store/x/bin/app"]), Tar::new()), ["CFG007 app:1.config.Cmd"]);
    assert_eq!(changed("Cmd", json!(["/nix/store/x/bin/app"]), Tar::new().link("nix/store/x/bin", "/bin")), none);
    assert_eq!(changed("Cmd", json!(["/etc/passwd"]), Tar::new()), ["CFG007 app:1.config.Cmd"]);
    assert_eq!(changed("WorkingDir", json!("/srv"), Tar::new()), ["CFG021 app:1.config.WorkingDir"]);
    assert_eq!(changed("WorkingDir", json!("/srv"), Tar::new().directory("srv")), none);
    assert_eq!(changed("Env", json!(["API_TOKEN=hunter22"]), Tar::new()), ["CFG019 app:1.config.Env"]);
    let check = |program: &str| changed("Healthcheck", json!({ "Test": ["CMD", program] }), Tar::new());
    assert_eq!(check("/bin/curl"), ["CFG017 app:1.config.Healthcheck.Test"]);
    assert_eq!(check("app"), none);
    // A layer above deletes what is needed.
    let files = |tar: Tar| found(&clean().layer(tar.finish()));
    assert_eq!(files(Tar::new().file(".wh.tmp", 0o644, b"")), ["CNT008 app:1.contents"]);
    assert_eq!(files(Tar::new().file("bin/.wh..wh..opq", 0o644, b"")), ["CFG007 app:1.config.Cmd"]);
    assert_eq!(files(Tar::new().file("etc/.wh.passwd", 0o644, b"")), ["CFG002 app:1.config.User"]);
}

#[test]
fn interpreters() {
    let files = |script: &[u8], tar: Tar| found(&clean().layer(tar.file("bin/app", 0o755, script).finish()));
    let none = Vec::<String>::new();
    assert_eq!(files(b"#!/lib/run\n", Tar::new()), ["CNT009 app:1.config.Cmd"]);
    assert_eq!(files(b"#!/lib/run\n", Tar::new().file("lib/run", 0o755, b"x")), none);
    assert_eq!(files(b"#!/lib/run\n", Tar::new().link("lib/run", "nowhere")), ["CNT009 app:1.config.Cmd"]);
    let mut program = vec![0; 200];
    program[..6].copy_from_slice(b"\x7fELF\x02\x01");
    (program[32], program[54], program[56]) = (64, 56, 1);
    (program[64], program[72], program[96]) = (3, 130, 11);
    program[130..141].copy_from_slice(b"/lib/ld.so\0");
    assert_eq!(files(&program, Tar::new()), ["CFG007 app:1.config.Cmd"]);
    assert_eq!(files(&program, Tar::new().file("lib/ld.so", 0o755, b"x")), none);
}

#[test]
fn files_that_do_not_belong_there() {
    let files = |tar: Tar| found(&clean().layer(tar.finish()));
    assert_eq!(files(Tar::new().file("bin/bash", 0o755, b"x").link("bin/sh", "bash")), ["CNT001 /bin/bash"]);
    assert_eq!(files(Tar::new().file("usr/bin/gcc", 0o755, b"x")), ["CNT002 /usr/bin/gcc"]);
    assert_eq!(files(Tar::new().file("nix/store/x-nix/bin/nix", 0o555, b"x")), ["CNT003 /nix/store/x-nix/bin/nix"]);
    assert_eq!(files(Tar::new().file("bin/strace", 0o755, b"x")), ["CNT004 /bin/strace"]);
    assert_eq!(files(Tar::new().file("bin/su", 0o4755, b"x")), ["CNT010 /bin/su"]);
    assert_eq!(files(Tar::new().file("app/.env", 0o644, b"A=b")), ["CFG020 /app/.env"]);
    let key = b"-----BEGIN PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----\n";
    assert_eq!(files(Tar::new().file("etc/tls.pem", 0o644, key)), ["CFG020 /etc/tls.pem"]);
    assert!(
        files(Tar::new().file("etc/ca.pem", 0o644, b"-----BEGIN CERTIFICATE-----\n").file("share/bash", 0o644, b""))
            .is_empty()
    );
}

#[test]
fn reports() {
    let image = clean().layer(Tar::new().file("bin/sh", 0o4755, b"x").finish());
    let project = Project::new().with("image.tar", image.docker(true)).with("image.tar.gz", gzip(&image.docker(false)));
    let full = run(&project, &["image.tar"]).expect(1);
    for text in
        ["image app:1 (docker archive), ", "layer   2", "-rwsr-xr-x 7:7 1 /bin/sh (layer 2)", "CNT010 setuid-file"]
    {
        assert!(full.stdout.contains(text), "{text}: {}", full.shown());
    }
    assert!(full.stderr.contains("1 image"), "{}", full.shown());
    let concise = run(&project, &["image.tar", "--format", "concise", "-q"]).expect(1);
    assert_eq!(concise.stdout.lines().count(), 2, "{}", concise.shown());
    assert!(concise.stdout.starts_with("bin/sh:1:1: error CNT001 shell-in-image: "), "{}", concise.shown());
    assert!(concise.stderr.is_empty());
    assert_eq!(run(&project, &["image.tar.gz", "--format", "concise", "-q"]).stdout, concise.stdout);
    let answer = run(&project, &["image.tar", "--format", "json", "-o", "report.json"]).expect(1);
    assert!(answer.stdout.is_empty());
    let json: Json = serde_json::from_str(&project.read("report.json")).unwrap();
    assert_eq!(json["image"]["names"], json!(["app:1"]));
    assert_eq!(json["image"]["layers"][1]["diff_id"], format!("sha256:{}", archive::digest(&image.layers[1])));
    assert_eq!(json["image"]["configuration"]["config"]["User"], "app");
    let location =
        json!([{ "role": "primary", "file": "bin/sh", "line": 1, "column": 1, "end_line": 1, "end_column": 35 }]);
    assert_eq!((&json["findings"][0]["attr"], &json["findings"][0]["locations"]), (&json!("/bin/sh"), &location));
    assert_eq!(json["findings"][0]["confidence"], "certain");
    // Which rules, and which findings count.
    assert_eq!(
        findings(&run(&project, &["image.tar", "--format", "json", "--select", "CNT010"]).expect(0)),
        ["CNT010 /bin/sh"]
    );
    run(&project, &["image.tar", "--ignore", "CNT001"]).expect(0);
    run(&project, &["image.tar", "--ignore", "CNT001", "--fail-on", "warning"]).expect(1);
    run(&project, &["image.tar", "--select", "nonsense"]).expect(2);
}

#[test]
fn secrets_are_not_shown() {
    let mut image = clean();
    image.config["Env"] = json!(["API_TOKEN=hunter22", "COPY=x-hunter22"]);
    let project = Project::new().with("image.tar", image.docker(false));
    for format in ["full", "concise", "json"] {
        let answer = run(&project, &["image.tar", "--format", format]).expect(1);
        assert!(answer.stdout.contains("API_TOKEN") && !answer.shown().contains("hunter22"), "{}", answer.shown());
    }
}

#[test]
fn what_cannot_be_inspected() {
    let big = clean().layer(Tar::new().file("big", 0o644, &vec![0; 2 << 20]).finish()).docker(false);
    let project =
        Project::new().with("text", "hello").with("image.tar", clean().docker(false)).with("bomb.tar.gz", gzip(&big));
    run(&project, &["missing.tar"]).expect(2).says("cannot read 'missing.tar'");
    run(&project, &["text"]).expect(2).says("truncated");
    run(&project, &["."]).expect(2).says("not an OCI layout");
    run(&project, &["image.tar", "--name", "other"]).expect(2).says("no image 'other'").says("there are app:1");
    run(&project, &["bomb.tar.gz", "--max-size", "1"]).expect(2).says("more than 1048576 bytes");
    run(&project, &["bomb.tar.gz", "--max-size", "4"]).expect(0);
}

/// The flake's own words: the configuration of the image is what was evaluated.
#[test]
fn the_image_of_a_flake() {
    let image = |config: Json| Image::new("app:1", config).layer(clean().layers[0].clone()).docker(false);
    let right = json!({ "Cmd": ["/bin/app"], "User": "app", "Env": ["A=b"], "ExposedPorts": { "80/tcp": {} }, "Volumes": null });
    let mut wrong = right.clone();
    wrong["User"] = json!("root");
    wrong["Labels"] = json!({ "a": "b" });
    let project = Project::outputs(
        "{ packages.x86_64-linux.app = pkgs.dockerTools.buildLayeredImage { name = \"app\"; tag = \"1\"; config = {\n\
         Cmd = [ \"/bin/app\" ]; User = \"app\"; Env = [ \"A=b\" ]; ExposedPorts.\"80/tcp\" = { }; }; }; }",
    );
    project.write("right.tar", image(right));
    project.write("wrong.tar", image(wrong));
    let compare = |file: &str, target: &str| {
        run(&project, &[file, "--expect", target, "--nixpkgs", "model", "--format", "concise", "--select", "CNT010"])
    };
    assert_eq!(compare("right.tar", ".#app").expect(0).stdout, "");
    let answer = compare("wrong.tar", ".").expect(1);
    let lines: Vec<&str> = answer.stdout.lines().collect();
    assert_eq!(
        lines,
        [
            "difference: config.Labels is {\"a\":\"b\"}, and the flake says nothing",
            "difference: config.User is \"root\", and the flake says \"app\"",
        ]
    );
    compare("right.tar", ".#none").expect(2);
}

/// The builders of nixpkgs take the environment of the base, and nothing else of its configuration.
#[test]
fn the_image_of_a_flake_with_a_base() {
    let flake = |builder: &str, base: &str| {
        Project::outputs(&format!(
            "{{ packages.x86_64-linux.app = pkgs.dockerTools.{builder} {{ name = \"app\"; tag = \"1\"; {base}\n\
             config = {{ Cmd = [ \"/bin/app\" ]; Env = [ \"A=b\" \"C=d\" ]; }}; }}; }}"
        ))
    };
    let pulled =
        "fromImage = pkgs.dockerTools.pullImage { imageName = \"base\"; imageDigest = \"sha256:\"; sha256 = \"\"; };";
    let differences = |project: &Project, config: Json| -> Vec<String> {
        project.write("image.tar", Image::new("app:1", config).layer(clean().layers[0].clone()).docker(false));
        let options = ["--nixpkgs", "model", "--format", "concise", "--select", "CNT010"];
        let answer = run(project, &[&["image.tar", "--expect", ".#app"], &options[..]].concat());
        answer.stdout.lines().map(str::to_string).collect()
    };
    let config = |env: Json| json!({ "Cmd": ["/bin/app"], "Env": env });
    let none = Vec::<String>::new();
    for builder in ["buildImage", "buildLayeredImage", "streamLayeredImage"] {
        let project = flake(builder, pulled);
        // As `buildImage` joins both, as `streamLayeredImage` does, and a base without variables.
        for env in
            [json!(["PATH=/bin", "A=x", "A=b", "C=d"]), json!(["A=b", "PATH=/bin", "C=d"]), json!(["A=b", "C=d"])]
        {
            assert_eq!(differences(&project, config(env)), none, "{builder}");
        }
        for env in [json!(["PATH=/bin", "A=b"]), json!(["A=b", "A=x", "C=d"]), json!(null), json!(["A=b", "C=d", "x"])]
        {
            let found = differences(&project, config(env.clone()));
            assert!(matches!(&found[..], [only] if only.starts_with("difference: config.Env ")), "{env}: {found:?}");
        }
        let user = json!({ "Cmd": ["/bin/app"], "Env": ["A=b", "C=d"], "User": "base" });
        assert_eq!(differences(&project, user), ["difference: config.User is \"base\", and the flake says nothing"]);
        for base in ["", "fromImage = null;"] {
            assert_eq!(differences(&flake(builder, base), config(json!(["PATH=/bin", "A=b", "C=d"]))).len(), 1);
        }
    }
}

/// A program of this machine in an image, as skopeo reads it.
#[test]
fn as_skopeo_sees_it() {
    let Ok(busybox) = std::fs::read("/usr/bin/busybox").or_else(|_| std::fs::read("/bin/busybox")) else {
        return skipped("busybox is not installed, so no image with a real program is inspected");
    };
    let files = Tar::new().directory("tmp").file("bin/busybox", 0o755, &busybox).link("bin/sh", "busybox");
    let image =
        with(json!({ "Cmd": ["/bin/sh"], "User": "1000", "Env": ["PATH=/bin"], "Labels": { "a": "b" } }), files);
    let project = Project::new().with("image.tar", image.docker(false));
    let ours = |file: &str| -> Json {
        let answer = run(&project, &[file, "--format", "json", "--fail-on", "never"]).expect(0);
        assert_eq!(findings(&answer), ["CNT001 /bin/busybox"], "{}", answer.shown());
        serde_json::from_str::<Json>(&answer.stdout).unwrap()["image"].clone()
    };
    let archive = ours("image.tar");
    if !nix::is_installed("skopeo".as_ref()) {
        return skipped("skopeo is not installed, so nobody else has inspected the images");
    }
    let skopeo = |arguments: &[&str]| {
        let mut command = Command::new("skopeo");
        command.args(arguments).current_dir(project.root());
        process::run(command, b"", TIME_LIMIT).expect("it ends").expect(0).stdout
    };
    let inspected = |arguments: &[&str]| serde_json::from_str::<Json>(&skopeo(arguments)).unwrap();
    for (format, copy) in [
        ("oci", "oci:layout:app:1"),
        ("oci-archive", "oci-archive:oci.tar:app:1"),
        ("docker-archive", "docker-archive:copy.tar:app:1"),
    ] {
        skopeo(&["copy", "--quiet", "docker-archive:image.tar", copy]);
        let file = copy.split(':').nth(1).unwrap();
        let image = ours(file);
        let config = inspected(&["inspect", "--config", copy]);
        let layers = inspected(&["inspect", copy])["Layers"].clone();
        let digests: Vec<&Json> = image["layers"].as_array().unwrap().iter().map(|layer| &layer["digest"]).collect();
        assert_eq!(json!(digests), layers, "{format}");
        assert_eq!(image["configuration"]["config"], config["config"], "{format}");
        assert_eq!(image["configuration"]["rootfs"], config["rootfs"], "{format}");
        assert_eq!(image["layers"][0]["diff_id"], archive["layers"][0]["diff_id"], "{format}");
        assert_eq!(
            image["names"],
            if format == "docker-archive" { json!(["docker.io/library/app:1"]) } else { json!(["app:1"]) }
        );
    }
}

/// What Docker has unpacked and packs again, and what skopeo makes of that.
#[test]
fn an_image_that_docker_saves() {
    let Some(docker) = Docker::start() else { return };
    let files = Tar::new().directory("etc").file("etc/passwd", 0o644, b"app:x:1::/:\n").link("bin/tool", "app");
    let files =
        files.file("bin/app", 0o755, b"#!/lib/run\n").file("bin/su", 0o4755, b"x").file("tmp/.env", 0o644, b"A=b");
    let config = json!({ "Cmd": ["/bin/app"], "User": "ghost", "Env": ["API_TOKEN=hunter22"], "WorkingDir": "/srv" });
    let image = with(config, files).layer(Tar::new().file("tmp/.wh..env", 0o644, b"").finish());
    let project = Project::new().with("image.tar", image.docker(false));
    let path = |name: &str| project.path(name).display().to_string();
    let of = |arguments: &[&str]| {
        let arguments = [arguments, &["--format", "json", "--fail-on", "never"]].concat();
        let answer = run(&project, &arguments).expect(0);
        let json: Json = serde_json::from_str(&answer.stdout).unwrap();
        (findings(&answer), json["image"]["configuration"]["config"]["Cmd"].clone(), layers(&json))
    };
    let right = of(&["image.tar"]);
    assert!(right.0.len() >= 5, "{right:?}");

    docker.run(&["load", "--quiet", "--input", &path("image.tar")]).expect(0);
    docker.run(&["save", "--output", &path("saved.tar"), "app:1"]).expect(0);
    assert_eq!(of(&["saved.tar"]), right);
    if !nix::is_installed("skopeo".as_ref()) {
        return skipped("skopeo is not installed, so what Docker saved is not copied to an OCI layout");
    }
    let mut command = Command::new("skopeo");
    command.args(["copy", "--quiet", "docker-archive:saved.tar", "oci:layout:app:1"]).current_dir(project.root());
    process::run(command, b"", TIME_LIMIT).expect("it ends").expect(0);
    assert_eq!(of(&["layout"]), right);
    // Another image is not taken for it.
    docker.run(&["tag", "app:1", "again:2"]).expect(0);
    docker.run(&["save", "--output", &path("both.tar"), "app:1", "again:2"]).expect(0);
    assert_eq!(of(&["both.tar", "--name", "app:1"]), right);
    run(&project, &["both.tar", "--name", "app:2"]).expect(2).says("no image 'app:2'");
}

/// What the layers are before they are compressed.
fn layers(report: &Json) -> Vec<Json> {
    report["image"]["layers"].as_array().unwrap().iter().map(|layer| layer["diff_id"].clone()).collect()
}
