//! A store of another machine, over a real ssh: a server on loopback whose nix-daemon has a store of its own.

use super::harness::{DAEMONS, Daemon, is_installed, salt, skipped};
use super::{build, files, json, link, project};
use bt_tests::program;
use bt_tests::project::Project;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server that ends with this value.
struct Server {
    directory: TempDir,
    port: u16,
    child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = Command::new("chmod").args(["-R", "u+w"]).arg(self.directory.path()).status();
    }
}

impl Server {
    /// `None`, with a line that says so, where there is none.
    fn start(daemon: &str) -> Option<Server> {
        let sshd = ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|path| Path::new(path).exists());
        let Some(sshd) = sshd.filter(|_| is_installed("ssh") && is_installed("ssh-keygen")) else {
            skipped("sshd and ssh are not installed, so stores of other machines are not tried");
            return None;
        };
        if !is_installed(daemon) {
            skipped(&format!("'{daemon}' is not installed"));
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name).display().to_string();
        for key in ["host", "user"] {
            let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &path(key)]).status();
            assert!(made.unwrap().success());
        }
        std::fs::copy(path("user.pub"), path("authorized")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\n\
             PidFile none\nPasswordAuthentication no\n",
            path("host"),
            path("authorized")
        );
        std::fs::write(path("sshd"), settings).unwrap();
        std::fs::create_dir_all(path("nix")).unwrap();
        std::fs::create_dir_all(path("etc")).unwrap();
        let conf = "build-users-group =\nsandbox = false\nsubstitute = false\nbuilders =\n";
        std::fs::write(directory.path().join("etc/nix.conf"), conf).unwrap();
        for (name, command) in [("daemon", daemon), ("store", "nix-store")] {
            let script = format!(
                "#!/bin/sh\nexport NIX_CONF_DIR='{}' NIX_REMOTE=local PATH=\"$PATH:/usr/local/bin:/usr/sbin\"\n\
                 exec unshare -m sh -c 'mount --bind {} /nix && exec {command} \"$@\"' sh \"$@\"\n",
                path("etc"),
                path("nix")
            );
            std::fs::write(path(name), script).unwrap();
            std::fs::set_permissions(path(name), PermissionsExt::from_mode(0o755)).unwrap();
        }
        // sshd wants its directory for unprivileged children.
        let _ = std::fs::create_dir_all("/run/sshd");
        let log = std::fs::File::create(path("log")).unwrap();
        let mut child = Command::new(sshd)
            .args(["-D", "-e", "-f", &path("sshd")])
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > until || child.try_wait().unwrap().is_some() {
                let log = std::fs::read_to_string(path("log")).unwrap_or_default();
                skipped(&format!("sshd does not start here: {log}"));
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let program = path("daemon");
        let server = Server { directory, port, child };
        let works = server.ssh(&[&program, "--version"]);
        if !works {
            skipped("the server cannot give a daemon a '/nix' of its own");
            return None;
        }
        Some(server)
    }

    fn options(&self) -> String {
        format!(
            "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o IdentitiesOnly=yes -i {}",
            self.directory.path().join("user").display()
        )
    }

    fn user(&self) -> String {
        String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap().trim().to_string()
    }

    fn ssh(&self, command: &[&str]) -> bool {
        let status = Command::new("ssh")
            .args(self.options().split(' '))
            .args(["-p", &self.port.to_string(), &format!("{}@127.0.0.1", self.user())])
            .args(command)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    }

    fn address(&self) -> String {
        format!("ssh-ng://{}@127.0.0.1:{}?remote-program={}", self.user(), self.port, self.path("daemon"))
    }

    #[track_caller]
    fn build(&self, project: &Project, arguments: &[&str]) -> bt_tests::process::Run {
        let address = self.address();
        let variables = [("NIX_SSHOPTS", self.options())];
        let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        program!().run_in(project.root(), &[&["build", "--store", &address], arguments].concat(), &variables)
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    fn real(&self, path: &str) -> PathBuf {
        self.directory.path().join(path.trim_start_matches('/'))
    }
}

#[test]
fn another_machine_builds() {
    for daemon in DAEMONS {
        let Some(server) = Server::start(daemon) else { continue };
        let project = project();
        let run = server.build(&project, &["--json"]).expect(0).says("the store is on another machine");
        let out = json(&run)[0]["outputs"]["out"].as_str().unwrap().to_string();
        let data = std::fs::read_to_string(server.real(&out)).unwrap();
        assert!(data.starts_with("1.0 /nix/store/") && data.ends_with("-data.txt\n"), "{data:?}");
        assert_eq!(files(&project), ["data.txt", "flake.nix"]);
        let run = server.build(&project, &[".#broken"]).expect(2);
        assert!(run.stderr.contains("\n  one\n  two\n"), "{}", run.shown());
    }
}

#[test]
fn remote_builders_of_a_daemon_build() {
    let Some(server) = Server::start("nix-daemon") else { return };
    // Over ssh-ng Nix 2.8 asks the other side for a derivation that it does not have.
    let url = format!("ssh://{}@127.0.0.1?remote-program={}", server.user(), server.path("store"));
    // This machine builds nothing itself.
    let settings = format!("max-jobs = 0\nbuilders = {url} x86_64-linux {} 1 1\n", server.path("user"));
    let options = format!("{} -p {}", server.options(), server.port);
    let Some(daemon) = Daemon::start_in("nix-daemon", &settings, &[("NIX_SSHOPTS", &options)]) else { return };
    let project = project();
    let run = build(&daemon, &project, &["--json"]).expect(0);
    let out = json(&run)[0]["outputs"]["out"].as_str().unwrap().to_string();
    // It was built there, and copied here.
    assert!(server.real(&out).exists(), "{}", run.shown());
    assert_eq!(link(&project, "result"), out);
}

#[test]
fn images_of_another_machine_are_loaded_here() {
    let Some(server) = Server::start("nix-daemon") else { return };
    // Not a multiple of eight bytes, larger than what is read at once, and archives are known by their first bytes only.
    let mut archive = vec![0x1f, 0x8b];
    archive.extend(salt().into_bytes());
    archive.resize(300_001, 7);
    let flake = "{ outputs = { self }: { packages.x86_64-linux.default = derivation { name = \"image.tar.gz\"; \
                 system = \"x86_64-linux\"; builder = \"/bin/sh\"; args = [ \"-c\" \"/bin/cat ${./image} > $out\" ]; }; }; }";
    let project = Project::new().with("flake.nix", flake).with("image", &archive);
    let docker = "#!/bin/sh\n/bin/cat > loaded; echo 'Loaded image: app:1'\n";
    std::fs::create_dir(project.path("bin")).unwrap();
    std::fs::write(project.path("bin/docker"), docker).unwrap();
    std::fs::set_permissions(project.path("bin/docker"), PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", project.path("bin").display(), std::env::var("PATH").unwrap());
    let (address, options) = (server.address(), server.options());
    let arguments = ["build", "--store", &address, "--load=docker"];
    let variables = [("NIX_SSHOPTS", options.as_str()), ("PATH", path.as_str())];
    program!().run_in(project.root(), &arguments, &variables).expect(0).says("loaded app:1");
    assert_eq!(std::fs::read(project.path("loaded")).unwrap(), archive);
}

#[test]
fn a_machine_that_cannot_be_reached() {
    if !is_installed("ssh") {
        return skipped("'ssh' is not installed");
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let project = project();
    let address = format!("ssh-ng://127.0.0.1:{free}");
    let run = program!().run(project.root(), &["build", "--store", &address]).expect(2);
    run.says("nix-daemon ended the connection while connecting").says("Connection refused");
}
