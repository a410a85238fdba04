use crate::fixtures::{World, image, map, text};
use crate::ignores::{Ignores, Ignoring};
use crate::rules::ROOT_USER;
use bt_container::{Facts, Image};
use bt_diag::SourceMap;

/// What is wrong with the remarks in a text, each with its place.
fn problems(source: &str) -> Vec<String> {
    let sources = SourceMap::new();
    sources.add("/f/flake.nix", source.into()).unwrap();
    let ignores = Ignores::read(&sources.files(), "/f", Ignoring::Whole);
    let problem = |(file, problem): &(std::rc::Rc<bt_diag::SourceFile>, super::Problem)| {
        format!("{}: {}", &file.text[problem.range.clone()], problem.message)
    };
    ignores.problems().iter().map(problem).collect()
}

/// The text after the fixes of what is wrong with its remarks.
fn mended(source: &str) -> String {
    let sources = SourceMap::new();
    sources.add("/f/flake.nix", source.into()).unwrap();
    let ignores = Ignores::read(&sources.files(), "/f", Ignoring::Whole);
    let mut text = source.to_string();
    for (_, range, new) in ignores.problems().iter().rev().filter_map(|(_, problem)| problem.fix.as_ref()) {
        text.replace_range(range.clone(), new);
    }
    text
}

#[test]
fn what_is_not_understood() {
    for (source, expected) in [
        ("1 # bt-lint: ignore[rootuser]", "rootuser: there is no rule `rootuser`"),
        ("1 # bt-lint: ignore[CFG]", "CFG: there is no rule `CFG`"),
        ("1 # bt-lint: ignore[BTL001]", "BTL001: `BTL001` cannot be ignored by a remark"),
        ("1 # bt-lint: ignore[root-user", "bt-lint: ignore[root-user: `ignore` has a bracket that nothing closes"),
        ("1 # bt-lint: ignore root-user", "bt-lint: ignore root-user: `ignore` has no rules in brackets"),
        ("1 # bt-lint: ignore", "bt-lint: ignore: `ignore` has no rules in brackets"),
        ("1 # bt-lint: ignore[ , ]", "bt-lint: ignore[ , ]: `ignore` names no rule"),
        ("1 # bt-lint: disable[root-user]", "disable: bt-lint does not know `disable` in a remark"),
        ("1 # bt-lint:", "bt-lint:: a remark to bt-lint says nothing"),
        ("1 # bt-lint: ö", "bt-lint: ö: a remark to bt-lint says nothing"),
        ("1 # bt-lint: ignore-start[CFG001]", "CFG001: nothing ends what begins here for `root-user`"),
        ("1 # bt-lint: ignore-end[CFG001]", "CFG001: nothing has begun for `root-user` that could end here"),
        (
            "{\n# bt-lint: ignore[CFG001]\n}",
            "bt-lint: ignore[CFG001]: no binding, list element or expression follows that could be meant",
        ),
    ] {
        assert_eq!(problems(source), [expected], "{source}");
    }
    let long = problems(&format!("1 # bt-lint: ignore[{}]", "ö".repeat(1000)));
    assert!(long[0].ends_with(&format!("`{}…`", "ö".repeat(60))), "{}", long[0]);
}

#[test]
fn what_is_understood() {
    for source in [
        "1 # bt-lint: ignore[root-user, CFG004,]",
        "1 # bt-lint:ignore [cfg001 no-command]why",
        "1 # why # bt-lint: ignore[CFG001]",
        "1 /* bt-lint: ignore[CFG001] */",
        "/*\r\n * bt-lint: file-ignore[CFG001]: why\r\n */ 1",
        "1 # bt-lint: ignore-start[CFG001]\n# bt-lint: ignore-start[CFG004]\n# bt-lint: ignore-end[CFG001, CFG004]",
        "1 # see bt-lint: it says why",
        "1 # bt-lint",
        "\"# bt-lint: ignore[x]\"",
        "''\n# bt-lint: ignore[x]\n''",
    ] {
        assert_eq!(problems(source), [""; 0], "{source}");
    }
}

#[test]
fn what_can_be_mended_is() {
    for (source, expected) in [
        ("1 # bt-lint: ignore[rot-user, CFG04] x", "1 # bt-lint: ignore[root-user, CFG004] x"),
        ("1 # bt-lint: ignore root-user, CFG004 why", "1 # bt-lint: ignore[root-user, CFG004] why"),
        ("1 # bt-lint: file-ignore[root-user why", "1 # bt-lint: file-ignore[root-user] why"),
        ("1 # bt-lint: ignores[root-user]", "1 # bt-lint: ignore[root-user]"),
        ("1 # bt-lint: allow[root-user]", "1 # bt-lint: allow[root-user]"),
        ("1 # bt-lint: ignore[CFG]", "1 # bt-lint: ignore[CFG]"),
    ] {
        assert_eq!(mended(source), expected);
    }
}

/// Images `a` and `b` without a user, whose configuration is in the text `{ Cmd = 1; }` and whose outputs are `a = …`.
fn found(source: &str) -> Vec<String> {
    let base = World::with_source(Facts::default(), source).base();
    let at = |part: &str| source.find(part).map_or(0, |at| base + at as u32);
    let an_image = |name: &str| {
        let image = image(name).config([("Cmd", bt_container::Node { position: at("Cmd"), ..text("x") })]).done();
        Image { call: None, ..image }
    };
    let images = vec![an_image("a"), an_image("b")];
    let definitions = images.iter().map(|i| (i.attr.clone(), vec![at(&format!("{} =", i.display_name()))])).collect();
    let facts = Facts { images, definitions, ..Facts::default() };
    World::with_source(facts, source).check(&ROOT_USER).into_iter().map(|f| f.message).collect()
}

fn subjects(source: &str) -> &'static str {
    let messages = found(source);
    match messages.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => "none",
        [one] if one.contains("images `a` and `b`") => "a b",
        [one] if one.contains("image `a`") => "a",
        [one] if one.contains("image `b`") => "b",
        other => panic!("{other:?}"),
    }
}

#[test]
fn remarks_work_where_a_finding_points_and_where_it_comes_from() {
    for (source, expected) in [
        ("{\n  f = { Cmd = 1; };\n  a = f 1;\n  b = f 2;\n}", "a b"),
        ("{\n  f = { Cmd = 1; }; # bt-lint: ignore[root-user]\n  a = f 1;\n  b = f 2;\n}", "none"),
        ("{\n  # bt-lint: ignore[CFG001]\n  f = { Cmd = 1; };\n  a = f 1;\n  b = f 2;\n}", "none"),
        ("{\n  f = { Cmd = 1; };\n  a = f 1; # bt-lint: ignore[root-user]\n  b = f 2;\n}", "b"),
        ("{\n  f = { Cmd = 1; };\n  a = f 1;\n  # bt-lint: ignore[root-user]\n\n  b = f 2;\n}", "a"),
        ("{\n  f = { Cmd = 1; };\n  a = f {\n  }; # bt-lint: ignore[root-user]\n  b = f 2;\n}", "b"),
        ("{\n  f = { Cmd = 1; };\n  a = f {\n  y = 1; # bt-lint: ignore[root-user]\n };\n  b = f 2;\n}", "a b"),
        ("{\n  f = { Cmd = 1; }; # bt-lint: ignore[no-command]\n  a = f 1;\n  b = f 2;\n}", "a b"),
        ("{\n  f = { Cmd = 1; };\n  a = f 1;\n  b = f 2;\n}\n# bt-lint: file-ignore[root-user]", "none"),
        (
            "{\n  f = { Cmd = 1; };\n# bt-lint: ignore-start[CFG001]\n  a = 1;\n# bt-lint: ignore-end[root-user]\n b = 2;\n}",
            "b",
        ),
        ("{\n  f = { Cmd = 1; };\n  a = f 1; # bt-lint: ignore-start[CFG001]\n b = 2;\n}", "a b"),
        ("{ x = ''\n# bt-lint: file-ignore[CFG001]\n''; f = { Cmd = 1; };\n  a = f 1;\n b = 2;\n}", "a b"),
        (
            "{\r\n  f = { Cmd = 1; }; # ö bt-lint # bt-lint: ignore[CFG004] x # bt-lint: ignore[CFG001]\r\n a = 1; b = 1;\r\n}",
            "none",
        ),
    ] {
        assert_eq!(subjects(source), expected, "{source}");
    }
}

/// Whoever adds a user for all changes the one that has none on purpose.
#[test]
fn what_shares_its_cause_with_something_ignored_has_no_fix() {
    let has_fix = |source: &str| {
        let base = World::with_source(Facts::default(), source).base();
        let at = |part: &str| base + source.find(part).unwrap() as u32;
        let config = || [("Cmd", bt_container::Node { position: at("Cmd"), ..text("x") })];
        let images = vec![image("a").config(config()).done(), image("b").config(config()).done()];
        let definitions = [(images[0].attr.clone(), vec![at("a =")])].into();
        let found = World::with_source(Facts { images, definitions, ..Facts::default() }, source).check(&ROOT_USER);
        found[0].fix.is_some()
    };
    assert!(has_fix("{\n  f = { Cmd = 1; };\n  a = f 1;\n}"));
    assert!(!has_fix("{\n  f = { Cmd = 1; };\n  a = f 1; # bt-lint: ignore[root-user]\n}"));
}

#[test]
fn what_has_no_place_is_ignored_where_the_flake_is() {
    let images = || vec![Image { call: None, ..image("a").config([("User", text("root"))]).done() }];
    let count = |source: &str| {
        World::with_source(Facts { images: images(), ..Facts::default() }, source).check(&ROOT_USER).len()
    };
    assert_eq!(count("1 # bt-lint: file-ignore[root-user]"), 0);
    assert_eq!(count("1 # bt-lint: ignore[root-user]"), 1);
}

#[test]
fn services_are_ignored_where_they_are_written() {
    let rule = crate::find("writable-root-filesystem").unwrap();
    let messages = |source: &str| {
        let base = World::with_source(Facts::default(), source).base();
        let service = |name: &str| bt_container::Node {
            position: base + source.find(&format!("{name} =")).unwrap() as u32,
            ..map([("image", text("x"))])
        };
        let services = map([("a", service("a")), ("b", service("b")), ("c", service("c"))]);
        let compose = vec![crate::fixtures::compose([("services", services)])];
        let found = World::with_source(Facts { compose, ..Facts::default() }, source).check(rule);
        found.into_iter().map(|f| f.message.rsplit("in ").next().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(messages("{\na = 1;\nb = 2;\nc = 3;\n}"), ["services `a`, `b` and `c`"]);
    let remark = "# bt-lint: ignore[writable-root-filesystem] why";
    assert_eq!(messages(&format!("{{\na = 1;\nb = 2; {remark}\nc = 3;\n}}")), ["services `a` and `c`"]);
    assert_eq!(messages(&format!("{{\n{remark}\na = 1;\nb = 2; {remark}\nc = 3;\n}}")), ["service `c`"]);
    assert!(messages("{\na = 1;\nb = 2;\nc = 3;\n} # bt-lint: file-ignore[CMP022]").is_empty());
}

#[test]
fn remarks_that_are_off_ignore_nothing_and_are_not_unused() {
    let sources = SourceMap::new();
    let file = sources.add("/f/flake.nix", "1 # bt-lint: ignore[CFG001, x]".into()).unwrap();
    let read = |directory: &str, ignoring| Ignores::read(&sources.files(), directory, ignoring);
    let unused = |ignores: &Ignores| ignores.remarks().iter().map(|remark| ignores.unused(remark).len()).sum::<usize>();
    let covers = |ignores: &Ignores| ignores.covers(&ROOT_USER, file.span(0..1));
    for (directory, ignoring, expected) in [
        ("/f", Ignoring::Whole, (1, true)),
        ("/f", Ignoring::Part, (0, true)),
        ("/f", Ignoring::Off, (0, false)),
        // Of another flake in the same repository.
        ("/f/g", Ignoring::Whole, (0, true)),
    ] {
        let ignores = read(directory, ignoring);
        assert_eq!((unused(&ignores), covers(&ignores)), expected, "{directory} {ignoring:?}");
        assert_eq!(ignores.problems().len(), 1);
    }
    let ignores = read("/f", Ignoring::Whole);
    assert!(covers(&ignores) && unused(&ignores) == 0);
}

#[test]
fn many_remarks_take_linear_time() {
    let line = "a.b = 1; # bt-lint: ignore[root-user, CFG004] why\n";
    let text = format!("{{\n{}}}", line.repeat(50_000));
    let one_line = format!("{{ {} }}", "/* bt-lint: ignore[CFG001] */ ".repeat(50_000));
    let in_one = format!("1 {}", "# bt-lint: ignore[CFG001] ".repeat(50_000));
    let ranges = format!(
        "{{ }}\n{}{}",
        "# bt-lint: ignore-start[CFG001]\n".repeat(50_000),
        "# bt-lint: ignore-end[CFG001]\n".repeat(50_000)
    );
    for (text, count) in [(text, 50_000), (one_line, 50_000), (in_one, 50_000), (ranges, 100_000)] {
        let sources = SourceMap::new();
        let file = sources.add("/f/flake.nix", text).unwrap();
        let ignores = Ignores::read(&sources.files(), "/f", Ignoring::Whole);
        assert_eq!((ignores.remarks().len(), ignores.problems().len()), (count, 0));
        ignores.covers(&ROOT_USER, file.span(0..1));
    }
}
