//! No quadratic behaviour: programs whose work must grow no faster than their input, at a size at which quadratic work
//! would take minutes, each in a process that is killed after [`bt_tests::process::TIME_LIMIT`].
//!
//! What is quadratic for Nix too is not here: `++` in front of a list that grows, for instance, copies it each time.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::program;
use bt_tests::project::Project;

/// How many entries, calls or repetitions.
const N: usize = 200_000;

/// Programs after these definitions, with what they evaluate to.
#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let definitions = format!(
        "let
          n = {N};
          list = builtins.genList (i: i) n;
          names = builtins.genList (i: \"k${{toString i}}\") n;
          pairs = builtins.genList (i: {{ name = \"k${{toString i}}\"; value = i; }}) n;
          set = builtins.listToAttrs pairs;
          text = builtins.concatStringsSep \",\" names;
          repeat = text: count: builtins.concatStringsSep \"\" (builtins.genList (_: text) count);
          size = set: builtins.length (builtins.attrNames set);
          loop = builtins.foldl';
          nested = loop (inner: i: {{ a = inner; b = i; }}) 1 list;
        in "
    );
    let texts: Vec<(String, &str)> =
        cases.iter().map(|(text, value)| (format!("{definitions}{text}"), *value)).collect();
    check_texts(&texts);
}

/// Whole texts, with what they evaluate to.
#[track_caller]
fn check_texts(cases: &[(String, &str)]) {
    let project = Project::new();
    let arguments = ["eval", "--impure", "--strict", "--max-call-depth", "100000000", "--file", "-"];
    let mut wrong = Vec::new();
    for (text, value) in cases {
        let run = program!().run_with(project.root(), &arguments, text.as_bytes());
        if run.code != Some(0) || run.stdout.trim_end() != *value {
            let end: String = text.chars().skip(text.chars().count().saturating_sub(150)).collect();
            wrong.push(format!("…{end}\nexpected {value}: {}", run.shown()));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn lists() {
    check(&[
        ("builtins.elemAt (builtins.sort (a: b: a > b) list) 5", "199994"),
        ("builtins.elemAt (builtins.sort builtins.lessThan names) 1", "\"k1\""),
        // No order at all.
        ("builtins.length (builtins.sort (a: b: true) list)", "200000"),
        ("loop (sum: i: sum + builtins.elemAt list i) 0 list", "19999900000"),
        (
            "let f = l: sum: if l == [ ] then sum else f (builtins.tail l) (sum + builtins.head l); in f list 0",
            "19999900000",
        ),
        ("builtins.length (loop (l: i: l ++ [ i ]) [ ] list)", "200000"),
        ("builtins.length (builtins.concatMap (i: [ i i ]) list)", "400000"),
        ("builtins.length (builtins.concatLists (map (i: [ i ]) list))", "200000"),
        ("(loop (sum: i: { v = sum.v + i; }) { v = 0; } list).v", "19999900000"),
        ("builtins.elem (0 - 1) list", "false"),
        ("builtins.length (builtins.partition (i: i > 5) list).right", "199994"),
        ("builtins.length (builtins.groupBy (i: \"a\") list).a", "200000"),
        ("size (builtins.groupBy toString list)", "200000"),
        ("builtins.length (builtins.catAttrs \"value\" pairs)", "200000"),
        ("builtins.deepSeq list 1", "1"),
    ]);
}

#[test]
fn where_elements_were_written() {
    check(&[
        ("builtins.length (builtins.filter (i: i > 5) (loop (l: i: l ++ [ i ]) [ ] list))", "199994"),
        ("builtins.length (builtins.filter (i: i > 5) (map (i: i) (loop (l: i: l ++ [ i ]) [ ] list)))", "199994"),
        ("builtins.length (builtins.filter (i: i > 5) (builtins.concatMap (i: [ i i ]) list))", "399988"),
    ]);
    let lines = |between: &str| {
        let attributes: String = (0..N).map(|i| format!("x{i} = {i};{between}")).collect();
        let text = format!(
            "let s = {{ {attributes} }}; in builtins.length (map (k: builtins.unsafeGetAttrPos k s) (builtins.attrNames s))"
        );
        (text, "200000")
    };
    check_texts(&[lines("\n"), lines(" "), lines(" /* ö */ ")]);
}

#[test]
fn sets() {
    check(&[
        ("size set", "200000"),
        ("builtins.listToAttrs (map (i: { name = \"a\"; value = i; }) list)", "{ a = 0; }"),
        ("size (loop (s: i: s // { \"k${toString i}\" = i; }) { } list)", "200000"),
        ("size (loop (s: i: { \"k${toString i}\" = i; } // s) { } list)", "200000"),
        ("(loop (s: i: s // { \"k${toString i}\" = i; sum = s.sum + i; }) { sum = 0; } list).sum", "19999900000"),
        ("loop (sum: name: if set ? ${name} then sum + 1 else sum) 0 names", "200000"),
        ("loop (sum: value: sum + value) 0 (builtins.attrValues (builtins.mapAttrs (k: v: v + 1) set))", "20000100000"),
        (
            "(builtins.zipAttrsWith (k: v: builtins.length v) (map (i: { \"k${toString i}\" = i; x = i; }) list)).x",
            "200000",
        ),
        ("(builtins.zipAttrsWith (k: v: v) [ set set ]).k7", "[ 7 7 ]"),
        ("builtins.removeAttrs set names", "{ }"),
        ("size (builtins.intersectAttrs set set)", "200000"),
        ("loop (sum: i: sum + size (builtins.intersectAttrs { k5 = 1; } set)) 0 list", "200000"),
        ("loop (sum: i: sum + size (builtins.intersectAttrs set { k5 = 1; })) 0 list", "200000"),
        ("let f = { k5, ... }@all: k5; in loop (sum: i: sum + f set) 0 list", "1000000"),
        (
            "builtins.length (builtins.genericClosure {
            startSet = [ { key = 0; } ];
            operator = x: if x.key < n then [ { key = x.key + 1; } ] else [ ];
          })",
            "200001",
        ),
        (
            "builtins.length (builtins.genericClosure { startSet = map (i: { key = [ i ]; }) list; operator = x: [ ]; })",
            "200000",
        ),
    ]);
}

#[test]
fn deep_and_shared_values() {
    check(&[
        ("nested == loop (inner: i: { a = inner; b = i; }) 1 list", "true"),
        ("list == builtins.genList (i: i) n && set == builtins.listToAttrs pairs", "true"),
        ("list < builtins.genList (i: i) n", "false"),
        // Two to the power of n elements, were they not shared.
        ("let shared = loop (x: i: [ x x ]) 1 list; in shared == shared", "true"),
        ("builtins.deepSeq (loop (x: i: [ x x ]) 1 list) 1", "1"),
        ("builtins.stringLength (builtins.toJSON nested)", "3288891"),
        ("builtins.stringLength (toString (loop (x: i: [ x i ]) 1 list))", "1288891"),
        ("(loop (f: i: { __functor = self: f; }) (x: x) list) 1", "1"),
        ("let f = i: if i == 0 then throw \"x\" else (builtins.tryEval (f (i - 1))).success; in f n", "true"),
    ]);
}

#[test]
fn strings() {
    check(&[
        ("builtins.stringLength text", "1488889"),
        ("builtins.stringLength (builtins.replaceStrings [ \"k\" \"1\" ] [ \"xx\" \"\" ] text)", "1488889"),
        ("builtins.stringLength (builtins.replaceStrings names names text)", "1488889"),
        ("builtins.stringLength (builtins.replaceStrings [ \"\" ] [ \"-\" ] text)", "2977779"),
        ("loop (sum: i: sum + builtins.stringLength (builtins.substring i 1 text)) 0 list", "200000"),
        ("loop (sum: i: sum + builtins.stringLength text) 0 list", "297777800000"),
        ("builtins.length (builtins.split \",\" text)", "399999"),
        ("builtins.length (builtins.split \"(k)([0-9]+)\" text)", "400001"),
        ("builtins.length (builtins.split \"k+x\" (repeat \"k\" n))", "1"),
        ("builtins.match \"(a*)*b\" (repeat \"a\" n)", "null"),
        ("builtins.match \"(a|a)*b\" (repeat \"a\" n)", "null"),
        ("builtins.length (builtins.match \"([a-z]*)([0-9a-z,]*)\" text)", "2"),
        ("builtins.compareVersions text text", "0"),
        ("builtins.length (builtins.splitVersion (builtins.concatStringsSep \".\" names))", "400000"),
        (
            "size (builtins.getContext (builtins.concatStringsSep \"\" (map (i: builtins.toFile \"k${toString i}\" \"\") list)))",
            "200000",
        ),
    ]);
}

#[test]
fn formats() {
    check(&[
        ("builtins.stringLength (builtins.toJSON set)", "3177781"),
        ("builtins.fromJSON (builtins.toJSON set) == set", "true"),
        ("builtins.length (builtins.fromJSON (builtins.toJSON list))", "200000"),
        ("builtins.length (builtins.fromJSON (repeat \"[\" n + repeat \"]\" n))", "1"),
        ("builtins.stringLength (builtins.fromJSON (\"\\\"\" + repeat \"\\\\n\" n + \"\\\"\"))", "200000"),
        ("builtins.fromJSON (\"{\" + repeat \"\\\"a\\\":1,\" n + \"\\\"a\\\":1}\")", "{ a = 1; }"),
        ("size (builtins.fromTOML (builtins.concatStringsSep \"\\n\" (map (k: \"${k} = 1\") names)))", "200000"),
        ("size (builtins.fromTOML (builtins.concatStringsSep \"\\n\" (map (k: \"[${k}]\") names)))", "200000"),
        (
            "size (builtins.fromTOML (builtins.concatStringsSep \"\\n\" (map (k: \"a.b.${k} = 1\") names))).a.b",
            "200000",
        ),
        ("builtins.length (builtins.fromTOML (repeat \"[[a]]\\n\" n)).a", "200000"),
        ("builtins.length (builtins.fromTOML \"a = [${repeat \"1,\" n}]\").a", "200000"),
        (
            "size (builtins.fromTOML \"a = { ${builtins.concatStringsSep \",\" (map (k: \"${k} = 1\") names)} }\").a",
            "200000",
        ),
        ("builtins.stringLength (builtins.toXML set)", "13177855"),
        // One function many times; many functions in one line are among the texts.
        ("builtins.stringLength (builtins.toXML (map (i: x: x) list))", "11400073"),
    ]);
}

fn repeated(open: &str, middle: &str, close: &str) -> String {
    format!("{}{middle}{}", open.repeat(N), close.repeat(N))
}

/// Pieces that are numbered, one after the other.
fn numbered(piece: impl Fn(usize) -> String) -> String {
    (0..N).map(piece).collect()
}

#[test]
fn scopes() {
    check_texts(&[
        (repeated("with { a = 1; }; ", "a", ""), "1"),
        (format!("with {{ b = 2; }}; {}", repeated("with { a = 1; }; ", "b", "")), "2"),
        (format!("{}x5", numbered(|i| format!("let x{i} = {i}; in "))), "5"),
        (format!("let x0 = 0; {} in x{N}", numbered(|i| format!("x{} = x{i}; ", i + 1))), "0"),
        (format!("rec {{ x0 = 0; {} }}.x5", numbered(|i| format!("x{} = x{i}; ", i + 1))), "0"),
        (format!("({{ {} }}: x5) {{ }}", numbered(|i| format!("x{i} ? {i}, "))).replace(",  }", " }"), "5"),
        (format!("({}x5) {}", numbered(|i| format!("x{i}: ")), "1 ".repeat(N)), "1"),
    ]);
}

#[test]
fn texts_of_sets() {
    check_texts(&[
        (format!("{{ {} }}.x5", numbered(|i| format!("x{i} = {i}; "))), "5"),
        (format!("{{ {} }}.x5", numbered(|i| format!("${{\"x{i}\"}} = {i}; "))), "5"),
        (format!("let f = x: x; in {{ {} }}.x5", numbered(|i| format!("${{f \"x{i}\"}} = {i}; "))), "5"),
        (
            format!(
                "let {} in {{ inherit {}; }}.x5",
                numbered(|i| format!("x{i} = {i}; ")),
                numbered(|i| format!("x{i} "))
            ),
            "5",
        ),
        (format!("let s . a{} = 1; in s . a{}", " . a".repeat(N), " . a".repeat(N)), "1"),
        (format!("{{ }} ? a{}", " . a".repeat(N)), "false"),
    ]);
}

#[test]
fn texts_of_operators() {
    check_texts(&[
        (format!("1{}", " + 1".repeat(N)), "200001"),
        (format!("builtins.length ([ ]{})", " ++ [ 1 ]".repeat(N)), "200000"),
        (format!("({{ }}{}).x5", numbered(|i| format!(" // {{ x{i} = {i}; }}"))), "5"),
        (format!("true{}", " && true".repeat(N)), "true"),
        (format!("false{}", " -> false".repeat(N)), "true"),
        (format!("(let f = x: f; in f{}) == 1", " 1".repeat(N)), "false"),
        (repeated("if false then 1 else ", "2", ""), "2"),
        (repeated("! ", "true", ""), "true"),
        (repeated("(", "1", ")"), "1"),
        (format!("builtins.length {}", repeated("[ ", "", "]")), "1"),
        (format!("builtins.length [ {} ]", "(x: x) ".repeat(N)), "200000"),
        (format!("builtins.stringLength (builtins.toXML [ {} ])", "(x: x) ".repeat(N)), "11400073"),
        (format!("builtins.stringLength \"{}\"", "${\"a\"}b".repeat(N)), "400000"),
        (repeated("\"${", "\"a\"", "}\""), "\"a\""),
        (format!("builtins.stringLength ''\n{}''", "    a ${\"b\"}\n".repeat(N)), "800000"),
        (format!("builtins.baseNameOf {}", "/a".repeat(N)), "\"a\""),
    ]);
}

#[test]
fn strings_that_grow() {
    check(&[
        ("builtins.stringLength (loop (text: name: text + name) \"\" names)", "1288890"),
        ("builtins.stringLength (loop (text: name: name + text) \"\" names)", "1288890"),
        ("builtins.stringLength (loop (text: name: \"${text}${name}\") \"\" names)", "1288890"),
    ]);
    check_texts(&[(format!("builtins.stringLength (\"a\"{})", " + \"a\"".repeat(N)), "200001")]);
}

/// Nix copies them too.
#[test]
#[ignore = "a string that grows by store paths copies its context each time"]
fn contexts_that_grow() {
    check(&[(
        "builtins.stringLength (loop (text: i: text + builtins.toFile \"k${toString i}\" \"\") \"\" list)",
        "10088890",
    )]);
}

#[test]
fn long_attribute_paths() {
    check_texts(&[
        (format!("{{ {} }}.a.b.x5", numbered(|i| format!("a.b.x{i} = {i}; "))), "5"),
        (format!("{{ {} }}.a.x5", numbered(|i| format!("a = {{ x{i} = {i}; }}; "))), "5"),
        (format!("let s.a{} = 1; in s.a{}", ".a".repeat(N), ".a".repeat(N)), "1"),
        (format!("{{ a{0}.b = 1; a{0}.c = 2; }} ? a", ".a".repeat(N)), "true"),
    ]);
}
