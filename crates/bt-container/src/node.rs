//! A configuration value as plain data: a tree of nodes that know where they were written.

use bt_diag::Span;

/// A value with its places.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub kind: NodeKind,
    /// Position of the attribute's name, for attributes of sets; 0 when it was defined nowhere (by `listToAttrs` for
    /// instance). [`crate::Places`] turns it into the spans of the name and of the value.
    pub position: u32,
    /// Where the element was written, for elements of lists.
    pub element: Option<Span>,
}

/// The kinds of value.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// `null`
    Null,
    /// A Boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A string, or what becomes one: a derivation or path is its store path.
    String(Text),
    /// A list.
    List(Vec<Node>),
    /// An attribute set that is no derivation, in the order of the names.
    Map(Vec<(String, Node)>),
    /// A derivation as an argument of a builder, by its name: nothing else of it was evaluated.
    Derivation(String),
    /// A function; no configuration has one.
    Function,
    /// A value that is not known: it could not be evaluated, and the reason is in [`crate::Facts::incomplete`]; or it is
    /// in an image that someone else made.
    Failed,
}

/// A string with what it refers to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Its context: absolute store paths of sources, and of derivations whose outputs it names.
    pub references: Vec<String>,
    /// Whether the value was a derivation or path rather than a string.
    pub coerced: bool,
}

impl Node {
    /// A node without places.
    pub fn new(kind: NodeKind) -> Node {
        Node { kind, position: 0, element: None }
    }

    /// The attribute of a set.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entries().iter().find(|(n, _)| n == name).map(|(_, node)| node)
    }

    /// The node at a path of attributes.
    pub fn path(&self, names: &[&str]) -> Option<&Node> {
        names.iter().try_fold(self, |node, name| node.get(name))
    }

    /// The attributes of a set; none for anything else.
    pub fn entries(&self) -> &[(String, Node)] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::String(text) => Some(&text.text),
            _ => None,
        }
    }

    /// The text with its references.
    pub fn string(&self) -> Option<&Text> {
        match &self.kind {
            NodeKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a string or number, as JSON and YAML readers of compose files see it.
    pub fn scalar(&self) -> Option<String> {
        match &self.kind {
            NodeKind::String(text) => Some(text.text.clone()),
            NodeKind::Int(i) => Some(i.to_string()),
            NodeKind::Float(f) => Some(f.to_string()),
            NodeKind::Bool(b) => Some(b.to_string()),
            _ => None,
        }
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        self.kind == NodeKind::Null
    }

    /// Whether the value, or a part of it, could not be evaluated.
    pub fn has_failed(&self) -> bool {
        match &self.kind {
            NodeKind::Failed => true,
            NodeKind::List(items) => items.iter().any(Node::has_failed),
            NodeKind::Map(entries) => entries.iter().any(|(_, node)| node.has_failed()),
            _ => false,
        }
    }

    /// What the value is, with an article, for messages.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            NodeKind::Null => "null",
            NodeKind::Bool(_) => "a Boolean",
            NodeKind::Int(_) => "an integer",
            NodeKind::Float(_) => "a floating-point number",
            NodeKind::String(text) if text.coerced => "a store path",
            NodeKind::String(_) => "a string",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "an attribute set",
            NodeKind::Derivation(_) => "a derivation",
            NodeKind::Function => "a function",
            NodeKind::Failed => "a value that could not be evaluated",
        }
    }
}
