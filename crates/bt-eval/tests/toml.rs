//! TOML: what is refused, and limits.
//!
//! The messages are the first lines of those of Nix 2.26.

mod support;

use bt_eval::{Evaluator, Options, print};
use std::time::{Duration, Instant};

/// The value of a TOML text, or the message of the error and what helps.
fn read(text: &[u8], options: Options) -> Result<String, (String, Option<String>)> {
    let (arena, sources, world) = (bumpalo::Bump::new(), bt_diag::SourceMap::new(), support::MemoryWorld::default());
    let ev = Evaluator::new(&arena, &world, &sources, options, &[]);
    let value = ev.parse_toml(text).and_then(|value| print::print_value(&ev, value, true));
    value.map_err(|error| (error.message().to_string(), error.to_diagnostic().help))
}

#[track_caller]
fn refused(text: &[u8], message: &str) {
    let found = read(text, Options { toml_timestamps: true, ..Options::default() });
    let message = format!("while parsing TOML: {message}");
    assert_eq!(found.map_err(|(found, _)| found), Err(message), "{:?}", String::from_utf8_lossy(text));
}

#[test]
fn what_is_not_toml() {
    let cases = [
        // Newline in a table in braces.
        (
            "a = { b = 1,\n c = 2 }",
            "[error] toml::parse_simple_key: invalid key: key must be \"quoted\", 'quoted-literal', or bare key.",
        ),
        // Comma at its end.
        ("a = { b = 1, }", "[error] toml::parse_inline_table: trailing comma is not allowed in TOML-v1.0.0)"),
        // Escapes of TOML 1.1.
        ("a = \"\\e\"", "[error] toml::parse_basic_string: invalid string format"),
        ("a = \"\\x41\"", "[error] toml::parse_basic_string: invalid string format"),
        // Time without seconds.
        ("a = 07:32", "[error] bad integer: invalid digit after an integer"),
        ("a = 1979-05-27T07:32", "[error] bad time: must be HH:MM:SS.subsec"),
        // Bare keys of other letters.
        (
            "é = 1",
            "[error] toml::parse_simple_key: invalid key: key must be \"quoted\", 'quoted-literal', or bare key.",
        ),
        // Tables are defined once.
        ("[a]\n[a]", "[error] toml::insert_value: failed to insert a table, table already defined"),
        ("[a]\n[[a]]", "[error] toml::insert_value: failed to insert an array of tables, value already exists"),
        ("[[a]]\n[a]", "[error] toml::insert_value: failed to insert a table, table already defined"),
        ("a = []\n[[a]]", "[error] toml::insert_value: failed to insert an array of tables, value already exists"),
        (
            "a = [{}]\n[[a]]",
            "[error] toml::insert_value: failed to insert a table, inline array of tables is immutable",
        ),
        ("a = {}\n[a.b]", "[error] toml::insert_value: failed to insert a value: inline table is immutable"),
        ("a = [{}]\n[a.b]", "[error] toml::insert_value:inline array of tables are immutable"),
        ("a.b = 1\n[a]", "[error] toml::insert_value: failed to insert a table, table already defined"),
        ("[a.b]\n[a]\nb.c = 1", "[error] toml::insert_value: reopening a table using dotted keys"),
        ("[[a.b]]\n[a]\nb.c = 1", "[error] toml::insert_value:dotted key cannot reopen an array-of-tables"),
        ("a = 1\na.b = 2", "[error] toml::insert_value: failed to insert a value, value already exists"),
        ("a = {b = 1, b.c = 2}", "[error] toml::insert_value: failed to insert a value, value already exists"),
        // Numbers.
        ("a = 01", "[error] bad integer: invalid digit after an integer"),
        ("a = 0_1", "[error] bad integer: leading zero is not allowed in decimal int"),
        ("a = 1__0", "[error] bad integer: `_` must be surrounded by digits"),
        ("a = 1_", "[error] bad integer: `_` must be surrounded by digits"),
        ("a = _1", "[error] bad number: `_` must be surrounded by digits"),
        ("a = .5", "[error] bad float: integer part is required before decimal point"),
        ("a = 1.", "[error] bad float: invalid format"),
        ("a = 1.5_", "[error] bad float: `_` must be surrounded by digits"),
        ("a = 0x", "[error] toml::parse_hex_integer: invalid integer: hex_int must be like: 0xC0FFEE, 0xdead_beef"),
        ("a = +0x1", "[error] toml::parse_hex_integer: invalid integer: hex_int must be like: 0xC0FFEE, 0xdead_beef"),
        ("a = 0b2", "[error] toml::parse_bin_integer: invalid integer: bin_int must be like: 0b0101, 0b1111_0000"),
        ("a = 0o8", "[error] toml::parse_oct_integer: invalid integer: oct_int must be like: 0o775, 0o04_44"),
        ("a = 0xffffffffffffffff", "[error] toml::parse_hex_integer: too large integer: current max value = 2^63"),
        (
            "a = 0b1111111111111111111111111111111111111111111111111111111111111111",
            "[error] toml::parse_bin_integer: too large integer: current max value = 2^63",
        ),
        ("a = 1e400", "[error] toml::parse_floating: failed to read floating point value from stream"),
        ("a = 1e", "[error] bad float: invalid format"),
        ("a = Inf", "[error] toml::parse_value: `inf` must be in lowercase. A string must be surrounded by quotes."),
        ("a = nul", "[error] toml::parse_value: `nan` must be in lowercase. A string must be surrounded by quotes."),
        ("a = True", "[error] toml::parse_value: `true` must be in lowercase. A string must be surrounded by quotes."),
        (
            "a = tru",
            "[error] toml::parse_boolean: invalid boolean: boolean must be `true` or `false`, in lowercase. string must be surrounded by `\"`",
        ),
        // Dates and times.
        ("a = 2023-02-29", "[error] toml::parse_local_date: invalid date."),
        ("a = 24:00:00", "[error] toml::parse_local_time: invalid time."),
        (
            "a = 1979-05-27T07:32:00+25:00",
            "[error] toml::parse_offset_datetime: too large offset: |hour| <= 24, |minute| <= 60",
        ),
        ("a = 1979-05-27T07:32:00+7:00", "[error] bad offset: must be [+-]HH:MM or Z"),
        ("a = 1979-05-27T7:32:00", "[error] bad time: must be HH:MM:SS.subsec"),
        ("a = 1979-05-27x", "[error] toml::parse_table: newline (LF / CRLF) or EOF is expected"),
        ("a = 1979-5-27", "[error] bad datetime: invalid format"),
        // Strings.
        ("a = \"b", "[error] toml::parse_basic_string: invalid string format"),
        ("a = \"\\ud800\"", "[error] toml::parse_utf8_codepoint: [0xD800, 0xDFFF] is not a valid UTF-8"),
        ("a = \"\\U00110000\"", "[error] toml::parse_utf8_codepoint: input codepoint is too large."),
        ("a = \"\\/\"", "[error] toml::parse_basic_string: invalid string format"),
        ("a = \"\x7f\"", "[error] toml::parse_basic_string: invalid string format"),
        ("a = '''b", "[error] toml::parse_ml_literal_string: invalid string format"),
        ("a = \"\"\"b", "[error] toml::parse_ml_basic_string: invalid string format"),
        ("a = 'b", "[error] toml::parse_literal_string: invalid string format"),
        // Structure.
        ("a = 1 b = 2", "[error] toml::parse_table: newline (LF / CRLF) or EOF is expected"),
        ("a = 1\rb = 2", "[error] toml::parse_table: newline (LF / CRLF) or EOF is expected"),
        ("a = 1\r", "[error] toml::parse_table: newline (LF / CRLF) or EOF is expected"),
        ("a", "[error] toml::parse_key_value_pair: invalid key value separator `=`"),
        ("a =", "[error] bad format: unknown value appeared"),
        ("= 1", "[error] toml::parse_simple_key: invalid key: key must be \"quoted\", 'quoted-literal', or bare key."),
        (
            "a. = 1",
            "[error] toml::parse_simple_key: invalid key: key must be \"quoted\", 'quoted-literal', or bare key.",
        ),
        ("a = [1, 2", "[error] toml::parse_array: missing closing bracket `]`"),
        ("a = [1 2]", "[error] toml::parse_array: expected value-separator `,` or closing `]`"),
        ("a = [,]", "[error] bad format: unknown value appeared"),
        ("a = {b = 1", "[error] toml::parse_inline_table: expected value-separator `,` or closing `}`"),
        ("a = {b = 1 c = 2}", "[error] toml::parse_inline_table: expected value-separator `,` or closing `}`"),
        ("[a", "[error] toml::parse_file: invalid table key"),
        ("[]", "[error] toml::parse_file: invalid table key"),
        ("[[a]", "[error] toml::parse_file: invalid array-table key"),
        ("[a] b = 1", "[error] toml::parse_file: newline (or EOF) expected"),
        ("a = 1 # \x01", "[error] toml::parse_comment_line: newline (LF / CRLF) or EOF is expected"),
        ("# \x01", "[error] toml::parse_comment_line: newline (LF / CRLF) or EOF is expected"),
    ];
    for (text, message) in cases {
        refused(text.as_bytes(), message);
    }
}

/// Nix's library never comes back from this one.
#[test]
fn bad_comments_one_after_the_other() {
    refused(b"# \x01\n# b\n", "[error] toml::parse_comment_line: newline (LF / CRLF) or EOF is expected");
}

#[test]
fn errors_say_where() {
    let help = |text: &str| read(text.as_bytes(), Options::default()).unwrap_err().1;
    assert_eq!(help("a = 1\n\u{e9}\u{e9}").as_deref(), Some("at line 2, column 1 of the TOML text"));
    assert_eq!(help("a = [\"\u{e9}\", x").as_deref(), Some("at line 1, column 11 of the TOML text"));
    // The text is TOML, so there is no place.
    assert_eq!(help("a = \"\\u0000\""), None);
}

#[test]
fn bytes_that_are_not_utf8() {
    for text in
        [&b"a = \"\xff\""[..], b"\xff = 1", b"a = 1 # \xc3", b"a = '''\xe2\x82'''", b"\xef\xbb", b"a = 1\n\xf0\x9f"]
    {
        assert!(read(text, Options::default()).is_err(), "{}", text.escape_ascii());
    }
    assert_eq!(read(b"\xef\xbb\xbfa = 1 # \xc3\xa9", Options::default()).as_deref(), Ok("{ a = 1; }"));
}

/// Deep or large: it works, and time grows with the size only.
#[test]
fn large_texts() {
    const MANY: usize = 100_000;
    let start = Instant::now();
    let keys = |line: &str| (0..MANY).map(|i| line.replace('#', &i.to_string())).collect::<String>();
    let options = || Options { max_call_depth: 500_000, ..Options::default() };
    let works = [
        format!("a = {}{}", "[".repeat(MANY), "]".repeat(MANY)),
        format!("a = {}1{}", "{a=".repeat(MANY), "}".repeat(MANY)),
        format!("a = {}1{}", "[{a=".repeat(MANY), "}]".repeat(MANY)),
        format!("a{} = 1", ".a".repeat(MANY)),
        format!("[a{}]", ".a".repeat(MANY)),
        keys("a# = 1\n"),
        keys("a.b# = 1\n"),
        keys("[a#]\n"),
        keys("[[a]]\nb = #\n"),
        keys("[a.b#.c]\n"),
        format!("a = {{ {} z = 1 }}", keys("a# = 1,")),
        format!("a = [ {} ]", keys("#,")),
        format!("a = \"{}\"", "\\n".repeat(MANY)),
        format!("a = \"\"\"{}\"\"\"", "\\\n ".repeat(MANY)),
        "# comment\n".repeat(MANY),
    ];
    for text in works {
        let found = read(text.as_bytes(), options());
        assert!(found.is_ok(), "{}…: {:?}", &text[..20], found.err());
    }
    for text in ["[", "{a=", "[[a", "a.", "\"", "a=[", "[{a=", "a={b=["] {
        for before in ["", "a = "] {
            let text = format!("{before}{}", text.repeat(MANY));
            assert!(read(text.as_bytes(), options()).is_err(), "{}…", &text[..20]);
        }
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}
