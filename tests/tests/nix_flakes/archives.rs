//! Inputs that are archives and files, of this machine and of a server.

use bt_tests::compare::{Case, Made, flake};
use bt_tests::loopback::{Server, ok};
use bt_tests::project::{Project, repository};

fn archive(name: &str) -> std::path::PathBuf {
    repository().join("tests/data/archives").join(name)
}

fn file_url() -> String {
    format!("file://{}", archive("flake.tar.gz").display())
}

fn server() -> Server {
    let bytes = std::fs::read(archive("flake.tar.gz")).unwrap();
    Server::start(move |_, _| ok(&bytes))
}

fn local_flake() -> Made {
    Made::path(Project::flake(flake(&format!("dep.url = \"{}\";", file_url()))))
}

fn local_source() -> Made {
    Made::path(Project::flake(flake(&format!("dep = {{ url = \"{}\"; flake = false; }};", file_url()))))
}

fn served_flake() -> Made {
    let server = server();
    Made::path(Project::flake(flake(&format!("dep.url = \"{}\";", server.url("/dep.tar.gz"))))).served_by(server)
}

fn served_source() -> Made {
    let server = server();
    let input = format!("dep = {{ url = \"{}\"; flake = false; }};", server.url("/dep.tar.gz"));
    Made::path(Project::flake(flake(&input))).served_by(server)
}

fn pinned() -> Made {
    let input = format!(
        "dep = {{ type = \"tarball\"; url = \"{}\"; narHash = \"sha256-+t51K3Y0DqeQr6RKOMgB2P3EHXC3EcRfu9zZMj5zfjU=\"; }};",
        file_url()
    );
    Made::path(Project::flake(flake(&input)))
}

fn done(_: &Made) {}

pub const CASES: &[Case] = &[
    Case::new("archive at `file://`, a flake", local_flake).locked(done),
    Case::new("archive at `file://`, `flake = false`", local_source).locked(done),
    Case::new("archive of a server, a flake", served_flake).locked(done),
    Case::new("archive of a server, `flake = false`", served_source).locked(done),
    Case::new("archive with its hash in flake.nix", pinned).locked(done),
];

#[test]
fn archives() {
    super::all_equal(CASES);
}
