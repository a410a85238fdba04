//! What an output is: an image, something made of images, a compose file.

use super::{Found, Walk};
use crate::builders::image_builder;
use crate::extract::attr_name;
use bt_eval::{Attrs, Value, share};

impl<'e> Walk<'_, 'e> {
    /// Whether an image builder made a set.
    fn is_image(&self, attrs: &Attrs<'e>) -> bool {
        self.ev.observations.call(attrs.mark()).is_some_and(|call| image_builder(call.function).is_some())
    }

    pub(super) fn derivation(&mut self, attr: &str, attrs: &'e Attrs<'e>) {
        if self.is_image(attrs) {
            self.positions.insert(attr.to_string(), self.position);
            self.image(attr, attrs);
            return;
        }
        let texts: &[&str] = if self.wanted.compose { &["value", "text"] } else { &[] };
        for name in texts {
            if let Some(entry) = self.ev.symbols.find(name).and_then(|symbol| attrs.get(symbol)) {
                self.compose_text(attr, share(&entry.value), true);
            }
        }
        if self.wanted.images {
            self.members(attr, attrs);
        }
    }

    /// Images in what is made of images: `symlinkJoin`, `linkFarm`, `mergeImages`, `exportImage`.
    fn members(&mut self, attr: &str, attrs: &'e Attrs<'e>) {
        for name in ["paths", "entries", "images", "fromImage"] {
            let Some(entry) = self.ev.symbols.find(name).and_then(|symbol| attrs.get(symbol)) else { continue };
            let values: Vec<(String, Value<'e>)> = match self.ev.force_slot(&entry.value) {
                Ok(Value::List(list)) => list
                    .items
                    .iter()
                    .enumerate()
                    .map(|(i, item)| (format!("{attr}.{name}[{i}]"), share(item)))
                    .collect(),
                Ok(Value::Attrs(set)) if self.is_image(set) => vec![(format!("{attr}.{name}"), Value::Attrs(set))],
                Ok(Value::Attrs(set)) => {
                    let entries = self.ev.sorted_entries(set).into_iter();
                    entries.map(|(n, a)| (format!("{attr}.{name}.{}", attr_name(n)), share(&a.value))).collect()
                }
                _ => continue,
            };
            for (path, value) in values {
                if let Ok(Value::Attrs(member)) = self.ev.force(value)
                    && self.is_image(member)
                {
                    self.image(&path, member);
                }
            }
        }
    }

    fn image(&mut self, attr: &str, attrs: &'e Attrs<'e>) {
        self.outputs.insert(attr.to_string(), self.own_position);
        let entry = self.images.entry(attrs.mark()).or_insert_with(|| (attr.to_string(), Vec::new(), attrs));
        if entry.0 != attr {
            // The path that people know is the output itself, and of several the one that is not `default`.
            let rank = |a: &str| {
                (
                    a.contains('[') || a.contains(".entries.") || a.ends_with(".fromImage"),
                    a.ends_with(".default"),
                    a.len(),
                )
            };
            if rank(attr) < rank(&entry.0) {
                let old = std::mem::replace(&mut entry.0, attr.to_string());
                entry.1.push(old);
            } else {
                entry.1.push(attr.to_string());
            }
        }
    }

    /// A text that was made by `toJSON` from a compose attribute set.
    pub(super) fn compose_text(&mut self, attr: &str, value: Value<'e>, in_store: bool) {
        match self.ev.force(value) {
            Ok(Value::String(string)) => {
                if let Some(source) = self.ev.observations.json_source(string)
                    && let Ok(Value::Attrs(source)) = self.ev.force(source)
                {
                    self.compose_value(attr, source, in_store);
                }
            }
            Ok(_) => {}
            // It may have been a compose file: nobody knows.
            Err(error) => self.extractor.fail(attr, &error),
        }
    }

    /// Whether a set is a compose file: `services` is a set of sets that have `image` or `build`.
    pub(super) fn compose_value(&mut self, attr: &str, attrs: &'e Attrs<'e>, in_store: bool) -> bool {
        let Some(services) = self.ev.symbols.find("services").and_then(|name| attrs.get(name)) else { return false };
        let Ok(Value::Attrs(services)) = self.ev.force_slot(&services.value) else { return false };
        let is_service = |value: Value<'e>| match self.ev.force(value) {
            Ok(Value::Attrs(service)) => ["image", "build", "command", "ports", "depends_on", "environment"]
                .iter()
                .any(|key| self.ev.symbols.find(key).is_some_and(|name| service.get(name).is_some())),
            _ => false,
        };
        if !services.entries(self.ev.arena).iter().any(|entry| is_service(share(&entry.value))) {
            return false;
        }
        let identity = std::ptr::from_ref(services) as usize;
        match self.compose.iter_mut().find(|known| known.services == identity) {
            Some(known) => {
                known.in_store |= in_store;
                if known.attr != attr {
                    known.aliases.push(attr.to_string());
                }
            }
            None => {
                self.outputs.insert(attr.to_string(), self.own_position);
                let value = Value::Attrs(attrs);
                self.compose.push(Found {
                    services: identity,
                    attr: attr.to_string(),
                    aliases: Vec::new(),
                    in_store,
                    value,
                });
            }
        }
        true
    }
}
