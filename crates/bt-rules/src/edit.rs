//! Edits for fixes. Each is made only where the text is as simple as expected; otherwise there is no fix.

use crate::context::Context;
use bt_container::{Image, Node};
use bt_diag::{Edit, Span};

/// Replaces a string literal; a value that comes from somewhere else is left alone.
pub(crate) fn replace_literal(context: &Context<'_>, span: Option<Span>, old: &str, new: &str) -> Option<Edit> {
    let span = span?;
    (context.text(span)? == format!("\"{old}\"")).then(|| Edit { span, text: new.to_string() })
}

/// Removes `name = value;`, with its line when nothing else is on it.
pub(crate) fn remove_binding(context: &Context<'_>, position: u32) -> Option<Edit> {
    let whole = context.places.binding_at(position)?;
    is_binding(&context.text(whole)?).then(|| Edit { span: with_line(context, whole), text: String::new() })
}

/// Adds an attribute before the first one that a set literal holds, on a line of its own where that one has.
pub(crate) fn add_attribute(context: &Context<'_>, set: &Node, attribute: &str) -> Option<Edit> {
    let mut entries: Vec<&(String, Node)> = set.entries().iter().filter(|(_, node)| node.position != 0).collect();
    entries.sort_by_key(|(_, node)| node.position);
    let (name, first) = entries.first()?;
    add_before(context, name, first.position, attribute)
}

/// Adds an attribute to a set literal before one that it holds, whose name stands at a position.
pub(crate) fn add_before(context: &Context<'_>, name: &str, position: u32, attribute: &str) -> Option<Edit> {
    let whole = context.places.binding_at(position)?;
    let text = context.text(whole)?;
    let path = context.text(context.name_at(position)?)?;
    let above = path.strip_suffix(&format!("\"{name}\"")).or_else(|| path.strip_suffix(name))?;
    // Not in an `inherit`. Where the set is written as a path (`config.Cmd = …;`), so is what is added.
    let is_name = above.is_empty() || above.ends_with('.');
    if !is_name || !text.strip_prefix(&path)?.trim_start().starts_with('=') {
        return None;
    }
    let file = context.sources.file_at(whole.start)?;
    let start = file.range(whole).start;
    let line_start = file.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let indent = &file.text[line_start..start];
    let separator = if indent.trim().is_empty() { format!("\n{indent}") } else { " ".to_string() };
    Some(Edit { span: Span::new(whole.start, whole.start), text: format!("{above}{attribute}{separator}") })
}

/// Adds an element at the end of a list literal, on a line of its own where the first has one.
pub(crate) fn add_element(context: &Context<'_>, list: Option<Span>, element: &str) -> Option<Edit> {
    let list = context.own(list)?;
    let text = context.text(list)?;
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let at = list.start + 1 + inner.trim_end().len() as u32;
    let first = inner.len() - inner.trim_start().len();
    let text = match inner[..first].rfind('\n') {
        Some(newline) if first < inner.len() => format!("\n{}{element}", &inner[newline + 1..first]),
        // A comment would swallow it.
        _ if inner.contains(['#', '\n']) => return None,
        _ if inner.trim().is_empty() => {
            return Some(Edit { span: list, text: format!("[ {element} ]") });
        }
        _ => format!(" {element}"),
    };
    Some(Edit { span: Span::new(at, at), text })
}

/// The package set that an image is made with, as it is written (`pkgs` of `pkgs.dockerTools.buildImage { … }`), where
/// that is sure to mean the same in the argument that stands at a position.
pub(crate) fn package_set(context: &Context<'_>, argument: u32) -> Option<String> {
    let function = context.text(context.places.call_around(argument)?)?;
    let (set, builder) = function.split_once(".dockerTools.")?;
    let is_path =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'\'' | b'.'));
    (is_path(set) && is_path(builder) && !set.is_empty()).then(|| set.to_string())
}

/// Adds a variable to the environment of an image; `variable` makes it from the name of the package set.
pub(crate) fn add_variable(context: &Context<'_>, image: &Image, variable: impl Fn(&str) -> String) -> Option<Edit> {
    let config = image.config.as_ref()?;
    let element = format!("\"{}\"", variable(&package_set(context, config.position)?));
    let whole = context.value(config)?;
    let Some(environment) = config.get("Env") else {
        let is_literal = context.text(whole)?.starts_with('{');
        let attribute = format!("Env = [ {element} ];");
        let edit = is_literal.then(|| add_attribute(context, config, &attribute)).flatten();
        return edit.filter(|edit| whole.start < edit.span.start && edit.span.end < whole.end);
    };
    let list = context.value(environment).filter(|list| whole.start <= list.start && list.end <= whole.end);
    add_element(context, list, &element)
}

/// Removes an element of a list literal, with the space before it, or with its line when nothing else is on it. A comment
/// stays.
pub(crate) fn remove_element(context: &Context<'_>, span: Option<Span>) -> Option<Edit> {
    let span = context.own(span)?;
    let file = context.sources.file_at(span.start)?;
    let range = file.range(span);
    let (before, after) = (&file.text[..range.start], &file.text[range.end..]);
    let is_value = before.trim_end().ends_with(['=', '(', ':']) || after.trim_start().starts_with([';', '.', ')']);
    if is_value || range.is_empty() {
        return None;
    }
    let removed = if starts_line(before) && line_end(after).is_some() {
        with_line(context, span)
    } else if starts_line(before) {
        // What follows moves to where the element began.
        file.span(range.start..range.end + after.len() - after.trim_start_matches(' ').len())
    } else {
        file.span(before.trim_end_matches(' ').len()..range.end)
    };
    Some(Edit { span: removed, text: String::new() })
}

/// Whether nothing but space stands before, on the line.
fn starts_line(before: &str) -> bool {
    before.rsplit('\n').next().unwrap_or_default().trim().is_empty()
}

/// How long the end of the line is, if nothing is before it.
fn line_end(after: &str) -> Option<usize> {
    ["\n", "\r\n"].into_iter().find(|end| after.starts_with(end)).map(str::len)
}

fn is_binding(text: &str) -> bool {
    let name_end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "_-'\"".contains(c))).unwrap_or(text.len());
    name_end > 0 && text[name_end..].trim_start().starts_with('=') && text.ends_with(';')
}

/// The span, with the line that it fills.
fn with_line(context: &Context<'_>, span: Span) -> Span {
    let Some(file) = context.sources.file_at(span.start) else {
        return span;
    };
    let range = file.range(span);
    let (before, after) = (&file.text[..range.start], &file.text[range.end..]);
    if let Some(end) = line_end(after).filter(|_| starts_line(before)) {
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        return file.span(line_start..range.end + end);
    }
    let space = after.len() - after.trim_start_matches(' ').len();
    file.span(range.start..range.end + space)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{World, text};
    use bt_container::{Facts, NodeKind};

    fn apply(source: &str, edit: impl Fn(&Context<'_>, &dyn Fn(&str) -> u32) -> Option<Edit>) -> Option<String> {
        let world = World::with_source(Facts::default(), source);
        let base = world.base();
        let at = |needle: &str| base + source.find(needle).unwrap() as u32;
        let edit = world.look(|context| edit(context, &at))?;
        let range = (edit.span.start - base) as usize..(edit.span.end - base) as usize;
        let mut text = source.to_string();
        text.replace_range(range, &edit.text);
        Some(text)
    }

    #[test]
    fn removes_bindings_with_their_line() {
        let gone = apply("{\n  a = 1;\n  b = 2;\n}", |context, at| remove_binding(context, at("a =")));
        assert_eq!(gone.as_deref(), Some("{\n  b = 2;\n}"));
        let gone = apply("{\r\n  a = 1;\r\n  b = 2;\r\n}", |context, at| remove_binding(context, at("a =")));
        assert_eq!(gone.as_deref(), Some("{\r\n  b = 2;\r\n}"));
        let gone = apply("{ a = 1; b = 2; }", |context, at| remove_binding(context, at("a =")));
        assert_eq!(gone.as_deref(), Some("{ b = 2; }"));
        assert_eq!(apply("{ inherit (x) a; }", |context, at| remove_binding(context, at("a;"))), None);
    }

    #[test]
    fn adds_attributes_where_the_others_are() {
        let add = |source: &str| {
            apply(source, |context, at| {
                let set = Node::new(NodeKind::Map(vec![("Cmd".into(), Node { position: at("Cmd"), ..text("x") })]));
                add_attribute(context, &set, "User = \"1\";")
            })
        };
        assert_eq!(add("{\n  Cmd = 1;\n}").as_deref(), Some("{\n  User = \"1\";\n  Cmd = 1;\n}"));
        assert_eq!(add("{ Cmd = 1; }").as_deref(), Some("{ User = \"1\"; Cmd = 1; }"));
        assert_eq!(add("{ \"Cmd\" = 1; }").as_deref(), Some("{ User = \"1\"; \"Cmd\" = 1; }"));
        assert_eq!(add("{ config.Cmd = 1; }").as_deref(), Some("{ config.User = \"1\"; config.Cmd = 1; }"));
        assert_eq!(add("{ Cmd.x = 1; }"), None);
        assert_eq!(add("{ xCmd = 1; }"), None);
        assert_eq!(add("{ inherit Cmd; }"), None);
    }

    #[test]
    fn adds_elements_to_lists() {
        let add = |source: &str| {
            apply(source, |context, at| {
                let list = Span::new(at("["), at("]") + 1);
                add_element(context, Some(list), "x")
            })
        };
        assert_eq!(add("{ a = [ b c ]; }").as_deref(), Some("{ a = [ b c x ]; }"));
        assert_eq!(add("{ a = [b]; }").as_deref(), Some("{ a = [b x]; }"));
        assert_eq!(add("{ a = [ ]; }").as_deref(), Some("{ a = [ x ]; }"));
        assert_eq!(add("[\n  b # c\n  d # e\n]").as_deref(), Some("[\n  b # c\n  d # e\n  x\n]"));
        assert_eq!(add("[ b # c\n]"), None);
        assert_eq!(add("[ b ] ++ f"), Some("[ b x ] ++ f".into()));
    }

    #[test]
    fn removes_elements_of_lists() {
        let remove = |source: &str| {
            apply(source, |context, at| {
                let start = at("bash");
                remove_element(context, Some(Span::new(start, start + 4)))
            })
        };
        assert_eq!(remove("[ a bash b ]").as_deref(), Some("[ a b ]"));
        assert_eq!(remove("[\n  a\n  bash\n]").as_deref(), Some("[\n  a\n]"));
        assert_eq!(remove("[\r\n  a\r\n  bash\r\n]").as_deref(), Some("[\r\n  a\r\n]"));
        assert_eq!(remove("[\n  bash  # x\n  a\n]").as_deref(), Some("[\n  # x\n  a\n]"));
        assert_eq!(remove("[\n  bash a\n]").as_deref(), Some("[\n  a\n]"));
        assert_eq!(remove("{ x = bash; }"), None);
        assert_eq!(remove("f (bash) x"), None);
    }

    #[test]
    fn replaces_only_the_literal_itself() {
        let replace = |source: &str, needle: &str| {
            apply(source, |context, at| {
                let start = at(needle);
                replace_literal(context, Some(Span::new(start, start + needle.len() as u32)), "latest", "null")
            })
        };
        assert_eq!(replace("{ tag = \"latest\"; }", "\"latest\"").as_deref(), Some("{ tag = null; }"));
        assert_eq!(replace("{ tag = latest; }", "latest"), None);
    }
}
