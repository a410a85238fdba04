//! CMP013: a container that may do all that the host may.

use crate::context::{Context, service_attr};
use crate::deployment::setting;
use crate::edit::remove_binding;
use crate::findings::{Findings, Report, SUBJECTS, verb};
use crate::rule::{FixKind, Need, Rule};
use crate::services::is_true;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP013",
    name: "privileged-service",
    severity: Severity::Error,
    off: false,
    summary: "A service is privileged: what runs in it has the host in its hands",
    fix: FixKind::Unsafe,
    references: &["CIS Docker Benchmark 5.5", "NIST SP 800-190 3.4.3", "CIS-DI 5.4"],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

`privileged = true` in a service.

## Why it matters

A privileged container has all capabilities and all devices, and no security profile. Whoever breaks into the program is
root on the host.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.vpn = {
    image = "example.org/vpn:1.0";
    privileged = true;
  };
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.vpn = {
    image = "example.org/vpn:1.0";
    cap_drop = [ "ALL" ];
    cap_add = [ "NET_BIND_SERVICE" ];
    devices = [ "/dev/net/tun" ];
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (compose, service) in context.services() {
        let Some(node) = setting(service, "privileged").filter(|node| is_true(node)) else { continue };
        findings.push(
            Report::new(
                service_attr(compose, service, "privileged"),
                format!("{SUBJECTS} {} privileged", verb("is", "are")),
            )
            .of("service", &service.name)
            .at(context.name(node).or_else(|| context.set(&service.node)), "all capabilities and devices")
            .help("remove it, and give what the program needs by `cap_add` and `devices`")
            .fix("Remove `privileged`", remove_binding(context, node.position)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{map, of_compose, text};
    use bt_container::{Node, NodeKind};

    #[test]
    fn only_what_is_switched_on_counts() {
        let with = |node: Node| of_compose(&RULE, [("services", map([("s", map([("privileged", node)]))]))]);
        assert_eq!(with(Node::new(NodeKind::Bool(true))), ["service `s` is privileged"]);
        assert_eq!(with(text("true")).len(), 1);
        assert!(with(Node::new(NodeKind::Bool(false))).is_empty() && with(text("${P}")).is_empty());
    }
}
