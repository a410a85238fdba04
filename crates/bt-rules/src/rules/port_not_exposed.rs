//! CMP007: a service publishes a port that its image does not expose.

use crate::context::{Context, attr_name, service_attr};
use crate::edit::add_attribute;
use crate::findings::{Findings, Report, SUBJECTS, verb};
use crate::image::{exposed_ports, setting};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP007",
    name: "port-not-exposed",
    severity: Severity::Warning,
    off: false,
    summary: "A service publishes a port that its image does not expose",
    fix: FixKind::Unsafe,
    references: &["https://github.com/compose-spec/compose-spec/blob/main/05-services.md#ports"],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

A port of the container in `ports` of a compose service that is not in the `ExposedPorts` of the image, when the flake
builds that image and the image exposes ports at all. An image that is built `fromImage` may take more from there.

## Why it matters

The image says on which ports its program listens. Where the compose file says otherwise, one of them is wrong, and the
published port leads nowhere: connections are accepted and closed.

## Bad

```nix
rec {
  app = pkgs.dockerTools.buildLayeredImage {
    name = "app";
    tag = "1.0";
    config = {
      Cmd = [ "${pkgs.hello}/bin/hello" ];
      User = "1000:1000";
      ExposedPorts."8080/tcp" = { };
    };
  };
  compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services.app = {
      image = "${app.imageName}:${app.imageTag}";
      ports = [ "127.0.0.1:8080:80" ];
    };
  };
}
```

## Good

```nix
let
  port = toString 8080;
in
rec {
  app = pkgs.dockerTools.buildLayeredImage {
    name = "app";
    tag = "1.0";
    config = {
      Cmd = [ "${pkgs.hello}/bin/hello" ];
      User = "1000:1000";
      ExposedPorts."${port}/tcp" = { };
    };
  };
  compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services.app = {
      image = "${app.imageName}:${app.imageTag}";
      ports = [ "127.0.0.1:80:${port}" ];
    };
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (compose, service) in context.services() {
        let Some(image) = context.facts.image_of(service) else {
            continue;
        };
        let Some(exposed) = exposed_ports(image) else {
            continue;
        };
        for port in &service.ports {
            let range = port.target;
            let is_exposed = |number| exposed.iter().any(|e| e.protocol == port.protocol && e.range.contains(number));
            // Another rule's.
            let is_port = (1..=65535).contains(&range.first) && (range.first..=65535).contains(&range.last);
            let Some(missing) =
                is_port.then(|| (range.first..=range.last).find(|number| !is_exposed(*number))).flatten()
            else {
                continue;
            };
            let message = format!(
                "{SUBJECTS} {} port {missing}/{}, which {} not expose",
                verb("publishes", "publish"),
                port.protocol,
                verb("its image does", "their images do")
            );
            let known: Vec<String> = exposed.iter().map(|e| format!("{}/{}", e.range, e.protocol)).collect();
            let place =
                context.value(&port.node).or_else(|| service.node.get("ports").and_then(|node| context.value(node)));
            let ports = setting(image, "ExposedPorts").and_then(|node| context.value(node));
            let expose = format!("{} = {{ }};", attr_name(&format!("{missing}/{}", port.protocol)));
            let edit = setting(image, "ExposedPorts").and_then(|node| add_attribute(context, node, &expose));
            findings.push(
                Report::new(service_attr(compose, service, "ports"), message)
                    .of("service", &service.name)
                    .at(place, format!("{missing}/{} is not exposed", port.protocol))
                    .and_at(
                        ports.or_else(|| context.call(image)),
                        format!("image `{}` exposes {}", image.display_name(), known.join(", ")),
                    )
                    .help(format!("use one `ports` set for both, or expose it: `ExposedPorts.{expose}`"))
                    .fix("Expose it", edit.filter(|_| range.first == range.last)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{ImageFixture, compose, image, list, map, messages, text};
    use bt_container::Facts;

    fn publish(image: ImageFixture, port: &str) -> Vec<String> {
        let services = map([("s", map([("image", text("a:0")), ("ports", list([text(port)]))]))]);
        messages(
            &RULE,
            Facts { images: vec![image.done()], compose: vec![compose([("services", services)])], ..Facts::default() },
        )
    }

    #[test]
    fn ports_are_compared() {
        let app = || image("a").config([("ExposedPorts", map([("80/tcp", map([])), ("90-92/udp", map([]))]))]);
        assert_eq!(publish(app(), "80:81"), ["service `s` publishes port 81/tcp, which its image does not expose"]);
        assert_eq!(publish(app(), "80:80/udp").len(), 1);
        assert!(publish(app(), "80:80").is_empty() && publish(app(), "1-3:90-92/udp").is_empty());
    }

    #[test]
    fn images_that_say_nothing_are_quiet() {
        assert!(publish(image("a"), "80:81").is_empty());
        let based = image("a")
            .config([("ExposedPorts", map([("80/tcp", map([]))]))])
            .argument("fromImage", text("/nix/store/x"));
        assert!(publish(based, "80:81").is_empty());
    }
}
