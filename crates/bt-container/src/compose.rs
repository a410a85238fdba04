//! A compose file as typed facts (Compose Specification, "The Compose application model").

use crate::node::Node;
use bt_diag::Span;

/// A compose file.
#[derive(Debug)]
pub struct Compose {
    /// Its attribute path, such as `packages.x86_64-linux.docker-compose`.
    pub attr: String,
    /// Other attribute paths of the same file.
    pub aliases: Vec<String>,
    /// Whether a derivation writes it, so that it is read from the Nix store.
    pub in_store: bool,
    /// The whole attribute set.
    pub root: Node,
    /// The services, by name.
    pub services: Vec<Service>,
}

/// A service.
#[derive(Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its attribute set.
    pub node: Node,
    /// `image`
    pub image: Option<(String, Node)>,
    /// `ports`, short and long syntax; ports that could not be understood are left out.
    pub ports: Vec<Port>,
    /// `depends_on`, list and map syntax.
    pub depends_on: Vec<Reference>,
    /// `environment`, list and map syntax.
    pub environment: Vec<EnvironmentVariable>,
    /// Networks that it is on; empty for the default network.
    pub networks: Vec<Reference>,
    /// Names under which it can be reached beside its own: aliases, `container_name`, `hostname`.
    pub aliases: Vec<String>,
}

/// A reference to something by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The name.
    pub name: String,
    /// Position of the name, when it is an attribute's.
    pub position: u32,
    /// Where it was written, when it is a list element.
    pub element: Option<Span>,
    /// `condition` of a long-syntax dependency.
    pub condition: Option<String>,
}

/// An environment variable.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentVariable {
    /// The name.
    pub name: String,
    /// The value; `None` when it is taken from the surroundings.
    pub value: Option<String>,
    /// Where it comes from.
    pub node: Node,
}

/// A range of ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
}

impl PortRange {
    /// Whether a port is in the range.
    pub fn contains(self, port: u32) -> bool {
        (self.first..=self.last).contains(&port)
    }

    /// Whether two ranges have a port in common.
    pub fn overlaps(self, other: PortRange) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

impl std::fmt::Display for PortRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.first == self.last { write!(f, "{}", self.first) } else { write!(f, "{}-{}", self.first, self.last) }
    }
}

/// A published port.
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    /// Address on the host; `None` for all.
    pub host_ip: Option<String>,
    /// Ports on the host; `None` for any free one.
    pub published: Option<PortRange>,
    /// Ports in the container.
    pub target: PortRange,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// Where it comes from.
    pub node: Node,
}

impl Compose {
    /// Reads the services of a compose attribute set that a derivation writes.
    pub fn new(attr: String, root: Node) -> Compose {
        let services = root.get("services").map_or(&[][..], Node::entries);
        let services = services.iter().map(|(name, node)| Service::new(name, node)).collect();
        Compose { attr, aliases: Vec::new(), in_store: true, root, services }
    }

    /// A service by name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.name == name)
    }
}

impl Service {
    fn new(name: &str, node: &Node) -> Service {
        let references = |key: &str| node.get(key).map_or(Vec::new(), references);
        let mut aliases = Vec::new();
        for key in ["container_name", "hostname"] {
            aliases.extend(node.get(key).and_then(Node::text).map(str::to_string));
        }
        for (_, network) in node.get("networks").map_or(&[][..], Node::entries) {
            let names = network.get("aliases").map_or(&[][..], Node::items);
            aliases.extend(names.iter().filter_map(Node::text).map(str::to_string));
        }
        Service {
            name: name.to_string(),
            image: node.get("image").and_then(|n| Some((n.text()?.to_string(), n.clone()))),
            ports: node.get("ports").map_or(&[][..], Node::items).iter().filter_map(parse_port).collect(),
            depends_on: references("depends_on"),
            environment: node.get("environment").map_or(Vec::new(), environment),
            networks: references("networks"),
            aliases,
            node: node.clone(),
        }
    }
}

/// The names of a list or of a map's keys.
fn references(node: &Node) -> Vec<Reference> {
    let listed = node.items().iter().filter_map(|item| {
        Some(Reference { name: item.text()?.to_string(), position: 0, element: item.element, condition: None })
    });
    let mapped = node.entries().iter().map(|(name, value)| Reference {
        name: name.clone(),
        position: value.position,
        element: None,
        condition: value.get("condition").and_then(Node::text).map(str::to_string),
    });
    listed.chain(mapped).collect()
}

fn environment(node: &Node) -> Vec<EnvironmentVariable> {
    let listed = node.items().iter().filter_map(|item| {
        let text = item.text()?;
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_string())),
            None => (text, None),
        };
        Some(EnvironmentVariable { name: name.to_string(), value, node: item.clone() })
    });
    let mapped = node.entries().iter().map(|(name, value)| EnvironmentVariable {
        name: name.clone(),
        value: value.scalar(),
        node: value.clone(),
    });
    listed.chain(mapped).collect()
}

fn parse_range(text: &str) -> Option<PortRange> {
    let number = |t: &str| t.bytes().all(|b| b.is_ascii_digit()).then(|| t.parse().ok()).flatten();
    match text.split_once('-') {
        Some((first, last)) => Some(PortRange { first: number(first)?, last: number(last)? }),
        None => number(text).map(|p| PortRange { first: p, last: p }),
    }
}

/// A port in short (`[HOST:]CONTAINER[/PROTOCOL]`) or long syntax.
fn parse_port(node: &Node) -> Option<Port> {
    if !node.entries().is_empty() {
        let field = |key: &str| node.get(key).and_then(Node::scalar);
        return Some(Port {
            host_ip: field("host_ip"),
            published: field("published").and_then(|p| parse_range(&p)),
            target: parse_range(&field("target")?)?,
            protocol: field("protocol").unwrap_or_else(|| "tcp".into()),
            node: node.clone(),
        });
    }
    let text = node.scalar()?;
    let (ports, protocol) = text.split_once('/').unwrap_or((&text, "tcp"));
    let (host, target) = match ports.rsplit_once(':') {
        Some((host, target)) => (Some(host), target),
        None => (None, ports),
    };
    // [::1]:80 and 127.0.0.1:80; the host port may be empty.
    let (host_ip, published) = match host.map(|h| (h, h.rsplit_once(':'))) {
        None => (None, None),
        Some((_, Some((ip, published)))) => (Some(ip.trim_matches(['[', ']']).to_string()), Some(published)),
        Some((published, None)) => (None, Some(published)),
    };
    let published = match published {
        Some(text) if !text.is_empty() => Some(parse_range(text)?),
        _ => None,
    };
    Some(Port { host_ip, published, target: parse_range(target)?, protocol: protocol.to_string(), node: node.clone() })
}
