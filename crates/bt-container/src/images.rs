//! From the call that made an image to facts.

use crate::builders::{Made, image_builder, made_by};
use crate::discover::Walk;
use crate::facts::{Base, Builder, Content, Image};
use crate::node::{Node, NodeKind, Text};
use crate::{Package, PackageFiles};
use bt_diag::Span;
use bt_eval::observe::ObservedCall;
use bt_eval::{Attrs, Result, Value, share, sym};
use std::rc::Rc;

/// What is looked at of a base image's arguments.
const BASE_ARGUMENTS: &[&str] =
    &["finalImageTag", "hash", "imageDigest", "imageName", "maxLayers", "name", "outputHash", "sha256", "tag"];

impl<'e> Walk<'_, 'e> {
    /// The facts of an image that a call made; `attrs` is the image itself. A tag that is the image's hash costs the
    /// evaluation of all that the image is made of: it is found out only when `wants_hash`.
    pub fn image_facts(
        &mut self,
        builder: Builder,
        attr: String,
        attrs: &'e Attrs<'e>,
        call: ObservedCall<'e>,
        wants_hash: bool,
    ) -> Image {
        let mut image = Image {
            builder,
            aliases: Vec::new(),
            name: self.text_of(attrs, "imageName"),
            tag: None,
            arguments: Node::new(NodeKind::Failed),
            config: None,
            contents: Some(Vec::new()),
            contents_arguments: Vec::new(),
            base: None,
            call: call.span.filter(|span| self.is_users(span.start)),
            attr,
        };
        let Value::Attrs(arguments) = call.argument else {
            return Image { contents: None, config: Some(Node::new(NodeKind::Failed)), ..image };
        };
        let mut given = Vec::new();
        for (name, entry) in self.ev.sorted_entries(arguments) {
            let path = format!("{}.{name}", image.attr);
            let value = share(&entry.value);
            match name {
                "config" => {
                    let mut node = self.extractor.node(value, &path);
                    node.position = entry.position();
                    image.config = Some(node).filter(|node| !node.is_null());
                }
                "contents" | "copyToRoot" => {
                    let found = self.contents(value, &path, None);
                    let name = if name == "contents" { "contents" } else { "copyToRoot" };
                    image.contents_arguments.push((name, entry.position()));
                    image.contents = image.contents.zip(found).map(|(all, found)| [all, found].concat());
                }
                "layers" => {
                    let found = self.layers(value, &path);
                    image.contents = image.contents.zip(found).map(|(all, found)| [all, found].concat());
                }
                "passthru" | "meta" => {}
                _ => {
                    let mut node = self.extractor.argument(value, &path);
                    node.position = entry.position();
                    if name == "fromImage" {
                        image.base = self.base(value, &path);
                    }
                    given.push((name.to_string(), node));
                }
            }
        }
        image.arguments = Node::new(NodeKind::Map(given));
        match builder {
            Builder::PullImage => pulled(&mut image),
            Builder::StreamNixShellImage | Builder::BuildNixShellImage => shell(&mut image),
            _ => {}
        }
        let has_tag = image.argument("tag").is_some_and(|tag| !tag.is_null());
        if has_tag || wants_hash || builder == Builder::PullImage {
            image.tag = self.text_of(attrs, "imageTag").or(image.tag);
        }
        image
    }

    /// What is known of a base image; those that it is built on itself are not looked at.
    fn base(&mut self, value: Value<'e>, attr: &str) -> Option<Base> {
        let Ok(Value::Attrs(attrs)) = self.ev.force(value) else { return None };
        let call = self.ev.observations.call(attrs.mark())?;
        let (builder, Value::Attrs(arguments)) = (image_builder(call.function)?, call.argument) else { return None };
        let mut given = Vec::new();
        for (name, entry) in self.ev.sorted_entries(arguments) {
            if BASE_ARGUMENTS.contains(&name) {
                let mut node = self.extractor.argument(share(&entry.value), &format!("{attr}.{name}"));
                node.position = entry.position();
                given.push((name.to_string(), node));
            }
        }
        Some(Base { builder, arguments: Node::new(NodeKind::Map(given)) })
    }

    fn text_of(&self, attrs: &'e Attrs<'e>, name: &str) -> Option<String> {
        let entry = self.ev.symbols.find(name).and_then(|symbol| attrs.get(symbol))?;
        match self.ev.force_slot(&entry.value) {
            Ok(Value::String(string)) => Some(string.to_text().into_owned()),
            _ => None,
        }
    }

    /// The packages in `contents`; `None` when the list itself cannot be evaluated.
    fn contents(&mut self, value: Value<'e>, attr: &str, span: Option<Span>) -> Option<Vec<Content>> {
        match self.ev.force(value) {
            Ok(Value::Null) => Some(Vec::new()),
            Ok(Value::List(list)) => {
                let mut contents = Vec::with_capacity(list.items.len());
                for (i, item) in list.items.iter().enumerate() {
                    let own = list.element_span(i).and_then(Span::known).filter(|s| self.is_users(s.start));
                    // A list in the list counts as its elements.
                    contents.extend(self.contents(share(item), &format!("{attr}[{i}]"), own.or(span))?);
                }
                Some(contents)
            }
            Ok(single) => {
                let package = self.package(single, attr);
                Some(
                    self.joined(single, package.as_ref(), attr, span)
                        .unwrap_or_else(|| vec![Content { package, span }]),
                )
            }
            Err(error) => {
                self.extractor.fail(attr, &error);
                None
            }
        }
    }

    /// What the layers of an image put into its root; `None` when a layer is not known.
    fn layers(&mut self, value: Value<'e>, attr: &str) -> Option<Vec<Content>> {
        let Ok(Value::List(layers)) = self.ev.force(value) else { return None };
        let mut contents = Vec::new();
        for (i, layer) in layers.items.iter().enumerate() {
            let attr = format!("{attr}[{i}]");
            let layer = match self.ev.force_slot(layer) {
                Ok(Value::Attrs(layer)) => layer,
                Ok(_) => return None,
                Err(error) => {
                    self.extractor.fail(&attr, &error);
                    return None;
                }
            };
            let call = self.ev.observations.call(layer.mark())?;
            let (Some(Made::Layer), Value::Attrs(arguments)) = (made_by(call.function), call.argument) else {
                return None;
            };
            for (name, entry) in self.ev.sorted_entries(arguments) {
                if matches!(name, "contents" | "copyToRoot") {
                    contents.extend(self.contents(share(&entry.value), &format!("{attr}.{name}"), None)?);
                }
            }
        }
        Some(contents)
    }

    /// What `symlinkJoin` and `buildEnv` join, one by one, so that each is known by its own place.
    fn joined(
        &mut self,
        value: Value<'e>,
        package: Option<&Rc<Package>>,
        attr: &str,
        span: Option<Span>,
    ) -> Option<Vec<Content>> {
        let package = package?;
        let (PackageFiles::Union(parts), None) = (&package.files, &package.script) else { return None };
        let Value::Attrs(attrs) = value else { return None };
        let name = self.ev.symbols.find("paths")?;
        let call = self.ev.observations.call(attrs.mark());
        let argument = match call.filter(|call| made_by(call.function) == Some(Made::Union)).map(|call| call.argument) {
            Some(Value::Attrs(arguments)) => arguments.get(name),
            _ => None,
        };
        // buildEnv installs several outputs of one package; otherwise each path is a part.
        let is_argument = argument.is_some();
        let paths = argument.or_else(|| attrs.get(name))?;
        let Ok(Value::List(list)) = self.ev.force_slot(&paths.value) else { return None };
        let is_known = is_argument || list.items.len() == parts.len();
        is_known.then(|| self.contents(Value::List(list), &format!("{attr}.paths"), span))?
    }

    fn package(&mut self, value: Value<'e>, attr: &str) -> Option<Rc<Package>> {
        match self.try_package(value) {
            Ok(package) => package,
            Err(error) => {
                self.extractor.fail(attr, &error);
                None
            }
        }
    }

    fn try_package(&mut self, value: Value<'e>) -> Result<Option<Rc<Package>>> {
        let Value::Attrs(attrs) = self.ev.force(value)? else { return Ok(None) };
        let Some(drv_path) = attrs.get(sym::DRV_PATH) else { return Ok(None) };
        let derivation = self.ev.force_string(share(&drv_path.value))?.to_text().into_owned();
        let output = match attrs.get(sym::OUTPUT_NAME) {
            Some(name) => self.ev.force_string(share(&name.value))?.to_text().into_owned(),
            None => "out".into(),
        };
        if self.wanted.meta {
            self.held.push((derivation.clone(), attrs));
        }
        Ok(self.packages.of_output(&derivation, &output))
    }
}

fn argument_text(image: &Image, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| image.argument(name)?.text()).map(str::to_string)
}

/// What is in an image that someone else made is not known.
fn pulled(image: &mut Image) {
    image.name = image.name.take().or_else(|| argument_text(image, &["finalImageName", "imageName"]));
    image.tag = argument_text(image, &["finalImageTag", "imageTag"]).or_else(|| Some("latest".into()));
    image.config = Some(Node::new(NodeKind::Failed));
    image.contents = None;
}

/// An image of a derivation's environment runs a shell as the user that its arguments name; nixpkgs' manual,
/// `streamNixShellImage`.
fn shell(image: &mut Image) {
    let number = |name: &str| match image.argument(name) {
        None => Some((1000, 0)),
        Some(node) => match node.kind {
            NodeKind::Int(number) => Some((number, node.position)),
            _ => None,
        },
    };
    let user = match (number("uid"), number("gid")) {
        (Some((uid, position)), Some((gid, _))) => {
            let text = Text { text: format!("{uid}:{gid}"), ..Text::default() };
            Node { kind: NodeKind::String(text), position, element: None }
        }
        _ => Node::new(NodeKind::Failed),
    };
    let settings = vec![("Cmd".to_string(), Node::new(NodeKind::Failed)), ("User".to_string(), user)];
    image.config = Some(Node::new(NodeKind::Map(settings)));
    image.contents = None;
}
