//! CFG015: the program is told to listen on a port that the image does not expose.

use crate::context::{Context, service_attr};
use crate::deployment::{all_runs, replaces_program, setting as service_setting};
use crate::edit::add_attribute;
use crate::findings::{Findings, Report, SUBJECTS, listed};
use crate::image::{Exposed, command, environment, exposed_ports, report, setting};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Node, Service};
use bt_diag::{Confidence, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CFG015",
    name: "port-env-mismatch",
    severity: Severity::Warning,
    off: false,
    summary: "The program is told to listen on a port that the image does not expose",
    fix: FixKind::Unsafe,
    references: &["https://github.com/opencontainers/image-spec/blob/main/config.md"],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

A port in `PORT`, `HTTP_PORT`, `LISTEN_ADDR` and the like, or in an argument such as `--port` or `--listen`, that is not among
the image's `ExposedPorts`; and `PORT` in the environment of a compose service that runs the image.

It stays quiet about an image that exposes nothing or is built `fromImage`, and about addresses of the container itself
(`127.0.0.1`).

## Why it matters

`ExposedPorts` is what tools and people go by to reach the container. Two numbers that should be one mean that nobody answers
where the image says.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = [ "PORT=8080" ];
    ExposedPorts."9090/tcp" = { };
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.caddy}/bin/caddy" "respond" "--listen" ":8080" ];
    User = "1000:1000";
    ExposedPorts."80/tcp" = { };
  };
}
```

## Good

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = [ "PORT=8080" "DB_PORT=5432" ];
    ExposedPorts."8080/tcp" = { };
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.caddy}/bin/caddy" "respond" "--listen=:8080" ];
    User = "1000:1000";
    ExposedPorts."8080/tcp" = { };
  };
}
```
"#,
    check,
};

/// Variables that tell a program where to listen.
const VARIABLES: &[&str] = &[
    "APP_PORT",
    "BIND",
    "BIND_ADDR",
    "BIND_ADDRESS",
    "HTTP_PORT",
    "LISTEN",
    "LISTEN_ADDR",
    "LISTEN_ADDRESS",
    "LISTEN_PORT",
    "PORT",
    "SERVER_PORT",
];

/// Options that do.
const OPTIONS: &[&str] = &[
    "bind",
    "bind-address",
    "http-port",
    "http.listen-address",
    "listen",
    "listen-addr",
    "listen-address",
    "port",
    "server.http.listen-addr",
    "web.listen-address",
];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let Some(exposed) = exposed_ports(image) else {
            continue;
        };
        let is_set = |name: &str| {
            all_runs(context.facts, image, |service| service.environment.iter().any(|variable| variable.name == name))
        };
        for variable in environment(image).iter().filter(|v| VARIABLES.contains(&v.name) && !is_set(v.name)) {
            let other = port_of(variable.value).filter(|port| !exposes(&exposed, *port));
            if let Some(port) = other {
                let what = format!("`{}` of {SUBJECTS}", variable.name);
                findings.push(mismatch(context, image, "config.Env", &what, port, &exposed, variable.node));
            }
        }
        let replaces =
            |service: &Service| replaces_program(image, service) || service_setting(service, "command").is_some();
        if all_runs(context.facts, image, replaces) {
            continue;
        }
        for (option, value, node) in options(&command(image).unwrap_or_default()) {
            if let Some(port) = port_of(value).filter(|port| !exposes(&exposed, *port)) {
                let what = format!("`{option}` in the command of {SUBJECTS}");
                findings.push(mismatch(context, image, "config.Cmd", &what, port, &exposed, node));
            }
        }
    }
    for (compose, service) in context.services() {
        let Some(exposed) = context.facts.image_of(service).and_then(exposed_ports) else {
            continue;
        };
        for variable in service.environment.iter().filter(|v| VARIABLES.contains(&v.name.as_str())) {
            let port = variable.value.as_deref().and_then(port_of).filter(|port| !exposes(&exposed, *port));
            // What is published is compared by a rule of its own.
            let Some(port) = port.filter(|port| !service.ports.iter().any(|p| p.target.contains(*port))) else {
                continue;
            };
            let message =
                format!("`{}` of {SUBJECTS} is {port}, but the image exposes {}", variable.name, shown(&exposed));
            findings.push(
                Report::new(service_attr(compose, service, "environment"), message)
                    .of("service", &service.name)
                    .at(context.value(&variable.node), "not exposed")
                    .help(HELP)
                    .confidence(Confidence::High),
            );
        }
    }
}

const HELP: &str = "use one number for both, best from one place: `ExposedPorts.\"${toString port}/tcp\" = { };`";

fn mismatch(
    context: &Context<'_>,
    image: &Image,
    part: &str,
    what: &str,
    port: u32,
    exposed: &[Exposed],
    node: &Node,
) -> Report {
    let message = format!("{what} is {port}, but the image exposes {}", shown(exposed));
    let set = setting(image, "ExposedPorts");
    let ports = set.and_then(|node| context.value(node));
    let edit = set.and_then(|set| add_attribute(context, set, &format!("\"{port}/tcp\" = {{ }};")));
    report(context, image, part, message, context.setting(image, node), "not exposed")
        .and_at(ports, "exposed here")
        .help(HELP)
        .fix(format!("Expose {port} as well"), edit)
        // What a name means to the program is a convention.
        .confidence(Confidence::High)
}

fn exposes(exposed: &[Exposed], port: u32) -> bool {
    exposed.iter().any(|exposed| exposed.range.contains(port))
}

fn shown(exposed: &[Exposed]) -> String {
    let ports: Vec<String> = exposed.iter().map(|exposed| exposed.range.to_string()).collect();
    listed(&ports, 6)
}

/// The options of a command that say where to listen: name, value, and the word that holds the value.
fn options<'n>(words: &[&'n Node]) -> Vec<(&'n str, &'n str, &'n Node)> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate().skip(1) {
        let Some((text, name)) = word.text().and_then(|text| Some((text, text.strip_prefix('-')?))) else {
            continue;
        };
        let name = name.strip_prefix('-').unwrap_or(name);
        match name.split_once('=') {
            Some((name, value)) if OPTIONS.contains(&name) => {
                found.push((text.split('=').next().unwrap_or(text), value, *word));
            }
            None if OPTIONS.contains(&name) => {
                let next = words.get(at + 1).and_then(|next| Some((text, next.text()?, *next)));
                found.extend(next);
            }
            _ => {}
        }
    }
    found
}

/// The port of `8080`, `:8080` or `0.0.0.0:8080`; none for an address of the container itself.
fn port_of(address: &str) -> Option<u32> {
    let address = address.split_once("://").map_or(address, |(_, rest)| rest).trim_end_matches('/');
    let (host, port) = address.rsplit_once(':').unwrap_or(("", address));
    let is_local = host == "localhost" || host.starts_with("127.") || host == "[::1]";
    let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    if is_local || !is_port { None } else { port.parse().ok().filter(|port| *port > 0) }
}

#[cfg(test)]
mod tests {
    use super::{OPTIONS, RULE, VARIABLES, port_of};
    use crate::fixtures::{compose, image, list, map, messages, of_image, text};
    use bt_container::{Facts, Node};

    fn exposes(port: &str) -> Node {
        map([(port, map([]))])
    }

    #[test]
    fn variables_are_compared() {
        let env = |variable: &str| {
            of_image(&RULE, image("a").config([("Env", list([text(variable)])), ("ExposedPorts", exposes("9090/tcp"))]))
        };
        assert_eq!(env("PORT=8080"), ["`PORT` of image `a` is 8080, but the image exposes `9090`"]);
        assert_eq!(env("LISTEN_ADDR=0.0.0.0:8080").len(), 1);
        for fine in ["PORT=9090", "LISTEN_ADDR=:9090", "DB_PORT=5432", "PORT=$X", "BIND=127.0.0.1:8080", "BIND=0.0.0.0"]
        {
            assert!(env(fine).is_empty(), "{fine}");
        }
        assert!(of_image(&RULE, image("a").config([("Env", list([text("PORT=1")]))])).is_empty());
    }

    #[test]
    fn options_are_compared() {
        let cmd = |words: [&str; 3]| {
            let cmd = ("Cmd", list(words.map(text)));
            of_image(&RULE, image("a").config([cmd, ("ExposedPorts", exposes("80/tcp"))]))
        };
        assert_eq!(
            cmd(["/bin/x", "--port", "8080"]),
            ["`--port` in the command of image `a` is 8080, but the image exposes `80`"]
        );
        assert_eq!(cmd(["/bin/x", "-listen=:8080", "y"]).len(), 1);
        assert!(
            cmd(["/bin/x", "--port=80", "--metrics-port=9"]).is_empty() && cmd(["/bin/x", "x", "--port"]).is_empty()
        );
    }

    #[test]
    fn services_may_say_otherwise() {
        let image = || {
            let env = ("Env", list([text("PORT=8080")]));
            image("a").tag("1").config([env, ("ExposedPorts", exposes("9090/tcp"))]).done()
        };
        let with = |port: &str| {
            let service = map([("image", text("a:1")), ("environment", map([("PORT", text(port))]))]);
            let compose = vec![compose([("services", map([("s", service)]))])];
            messages(&RULE, Facts { images: vec![image()], compose, ..Facts::default() })
        };
        assert!(with("9090").is_empty());
        assert_eq!(with("7070"), ["`PORT` of service `s` is 7070, but the image exposes `9090`"]);
    }

    #[test]
    fn addresses() {
        assert_eq!(port_of("tcp://0.0.0.0:80/"), Some(80));
        assert_eq!(port_of("[::]:80"), Some(80));
        assert_eq!((port_of("localhost:80"), port_of(""), port_of("x:y"), port_of("0")), (None, None, None, None));
        assert!(VARIABLES.is_sorted() && OPTIONS.is_sorted());
    }
}
