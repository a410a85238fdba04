//! Programs as trees: just enough structure to print them, and to make them smaller piece by piece.

use std::fmt::Write;

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    pieces: Vec<Piece>,
    /// Whether it needs no parentheses anywhere.
    is_closed: bool,
}

/// A part of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text of the language.
    Text(String),
    /// An expression, in parentheses where it needs them.
    Operand(Tree),
    /// An expression that is never put in parentheses, whatever that means for the whole.
    Bare(Tree),
    /// Something that can be left out: an element, an attribute, a formal.
    Optional(Vec<Piece>),
}

impl From<&str> for Piece {
    fn from(text: &str) -> Piece {
        Piece::Text(text.into())
    }
}

impl From<String> for Piece {
    fn from(text: String) -> Piece {
        Piece::Text(text)
    }
}

impl From<Tree> for Piece {
    fn from(tree: Tree) -> Piece {
        Piece::Operand(tree)
    }
}

/// An expression made of texts and expressions: `tree!["if ", a, " then ", b, " else ", c]`.
#[macro_export]
macro_rules! tree {
    ($($piece:expr),* $(,)?) => {
        $crate::random_programs::tree::Tree::new(vec![$($crate::random_programs::tree::Piece::from($piece)),*])
    };
}

/// What every expression can be replaced with, to find out whether it matters.
const SIMPLEST: [&str; 6] = ["0", "null", "\"\"", "[ ]", "{ }", "true"];

impl Tree {
    /// An expression that needs parentheses as a part of others.
    pub fn new(pieces: Vec<Piece>) -> Tree {
        Tree { pieces, is_closed: false }
    }

    /// A name or a literal.
    pub fn atom(text: impl Into<String>) -> Tree {
        Tree { pieces: vec![Piece::Text(text.into())], is_closed: true }
    }

    /// The same, for an expression that has delimiters of its own.
    pub fn closed(mut self) -> Tree {
        self.is_closed = true;
        self
    }

    /// The text of the program.
    pub fn render(&self) -> String {
        let mut text = String::new();
        render(&self.pieces, &mut text);
        text
    }

    /// All programs that are one step smaller, the shortest first.
    pub fn smaller(&self) -> Vec<Tree> {
        let length = self.render().len();
        let mut all: Vec<(usize, String, Tree)> = Vec::new();
        for tree in self.steps() {
            let text = tree.render();
            if text.len() < length {
                all.push((text.len(), text, tree));
            }
        }
        all.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        all.dedup_by(|a, b| a.1 == b.1);
        all.into_iter().map(|(_, _, tree)| tree).collect()
    }

    fn steps(&self) -> Vec<Tree> {
        let mut steps: Vec<Tree> = SIMPLEST.into_iter().map(Tree::atom).collect();
        operands(&self.pieces, &mut steps);
        let rebuilt = changes(&self.pieces).into_iter();
        steps.extend(rebuilt.map(|pieces| Tree { pieces, is_closed: self.is_closed }));
        steps
    }
}

fn render(pieces: &[Piece], text: &mut String) {
    for piece in pieces {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            Piece::Bare(tree) => render(&tree.pieces, text),
            Piece::Operand(tree) if tree.is_closed => render(&tree.pieces, text),
            Piece::Operand(tree) => {
                let _ = write!(text, "({})", tree.render());
            }
            Piece::Optional(pieces) => render(pieces, text),
        }
    }
}

/// The expressions directly in some pieces.
fn operands(pieces: &[Piece], found: &mut Vec<Tree>) {
    for piece in pieces {
        match piece {
            Piece::Text(_) => {}
            Piece::Operand(tree) | Piece::Bare(tree) => found.push(tree.clone()),
            Piece::Optional(pieces) => operands(pieces, found),
        }
    }
}

/// The pieces with one change in one of them.
fn changes(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut all = Vec::new();
    // Many parts at once, so that long rows get short soon.
    let optional: Vec<usize> = (0..pieces.len()).filter(|&index| matches!(pieces[index], Piece::Optional(_))).collect();
    let mut size = optional.len() / 2;
    while size > 1 {
        for left_out in optional.chunks(size) {
            let kept = pieces.iter().enumerate().filter(|(index, _)| !left_out.contains(index));
            all.push(kept.map(|(_, piece)| piece.clone()).collect());
        }
        size /= 2;
    }
    for (index, piece) in pieces.iter().enumerate() {
        let with = |changed: Option<Piece>| {
            let mut pieces = pieces.to_vec();
            pieces.splice(index..=index, changed);
            pieces
        };
        match piece {
            Piece::Text(_) => {}
            Piece::Operand(tree) => all.extend(tree.steps().into_iter().map(|tree| with(Some(Piece::Operand(tree))))),
            Piece::Bare(tree) => all.extend(tree.steps().into_iter().map(|tree| with(Some(Piece::Bare(tree))))),
            Piece::Optional(inner) => {
                all.push(with(None));
                all.extend(changes(inner).into_iter().map(|inner| with(Some(Piece::Optional(inner)))));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Piece, Tree};

    fn example() -> Tree {
        let sum = tree![Tree::atom("1"), " + ", Tree::atom("x")];
        let element = |tree: Tree| Piece::Optional(vec![" ".into(), tree.into()]);
        let list = Tree::new(vec!["[".into(), element(sum), element(Tree::atom("2")), " ]".into()]).closed();
        tree!["f ", list]
    }

    #[test]
    fn parentheses_are_where_they_are_needed() {
        assert_eq!(example().render(), "f [ (1 + x) 2 ]");
        let bare = Tree::new(vec![Piece::Bare(tree!["a", " + b"]), " * c".into()]);
        assert_eq!(bare.render(), "a + b * c");
    }

    #[test]
    fn rows_lose_many_parts_at_once() {
        let row = Tree::new((0..8).map(|n| Piece::Optional(vec![n.to_string().into()])).collect());
        let texts: Vec<String> = row.smaller().iter().map(Tree::render).collect();
        for text in ["4567", "0123", "234567", "012345", "1234567"] {
            assert!(texts.iter().any(|found| found == text), "{text}: {texts:?}");
        }
    }

    #[test]
    fn smaller_programs() {
        let texts: Vec<String> = example().smaller().iter().map(Tree::render).collect();
        for text in ["0", "[ (1 + x) 2 ]", "f [ ]", "f [ 2 ]", "f [ 1 2 ]", "f [ x 2 ]", "f [ (1 + x) ]", "f null"] {
            assert!(texts.iter().any(|found| found == text), "{text}: {texts:?}");
        }
        assert!(texts.iter().all(|text| text.len() < "f [ (1 + x) 2 ]".len()), "{texts:?}");
        assert!(texts.is_sorted_by_key(String::len), "{texts:?}");
    }
}
