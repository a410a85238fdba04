//! Which of many patterns a text has at a place, for `replaceStrings`.

use rustc_hash::FxHashMap;

/// No pattern, no node.
const NONE: u32 = u32::MAX;

/// Patterns, of which the first in the list counts where several match.
pub(super) struct Patterns<'e> {
    patterns: Vec<&'e [u8]>,
    /// For each byte, the first pattern that starts with it, and for each pattern the next one that starts alike.
    by_byte: [u32; 256],
    next: Vec<u32>,
    /// The first empty pattern, which matches everywhere. What comes after it never does.
    empty: Option<usize>,
}

impl<'e> Patterns<'e> {
    pub(super) fn new(patterns: Vec<&'e [u8]>) -> Self {
        let empty = patterns.iter().position(|pattern| pattern.is_empty());
        let mut by_byte = [NONE; 256];
        let mut next = vec![NONE; patterns.len()];
        for (i, pattern) in patterns[..empty.unwrap_or(patterns.len())].iter().enumerate().rev() {
            let head = &mut by_byte[usize::from(pattern[0])];
            next[i] = std::mem::replace(head, i as u32);
        }
        Patterns { patterns, by_byte, next, empty }
    }

    /// How long a pattern is.
    pub(super) fn length(&self, i: usize) -> usize {
        self.patterns[i].len()
    }

    /// Prepares to look through a text.
    pub(super) fn search<'p>(&'p self, text: &'p [u8]) -> Search<'p, 'e> {
        Search { patterns: self, text, patience: 16 * text.len() + 1024, known: None }
    }
}

/// Looks for patterns in a text: one by one, until that turns out to take long; then it finds out about all places at
/// once, in a time proportional to the lengths of the text and of all patterns.
pub(super) struct Search<'p, 'e> {
    patterns: &'p Patterns<'e>,
    text: &'p [u8],
    patience: usize,
    /// By place, the pattern there.
    known: Option<Vec<u32>>,
}

impl Search<'_, '_> {
    /// The first pattern in list order that the text has at `at`.
    pub(super) fn find(&mut self, at: usize) -> Option<usize> {
        let found = match self.text.get(at) {
            Some(byte) => self.find_at(*byte, at),
            None => NONE,
        };
        if found == NONE { self.patterns.empty } else { Some(found as usize) }
    }

    fn find_at(&mut self, byte: u8, at: usize) -> u32 {
        if let Some(known) = &self.known {
            return known[at];
        }
        let mut i = self.patterns.by_byte[usize::from(byte)];
        while i != NONE {
            let pattern = self.patterns.patterns[i as usize];
            if self.text[at..].starts_with(pattern) {
                break;
            }
            let cost = 1 + pattern.len() / 16;
            if self.patience < cost {
                let known = self.known.insert(find_everywhere(self.patterns, self.text));
                return known[at];
            }
            self.patience -= cost;
            i = self.patterns.next[i as usize];
        }
        i
    }
}

/// For each place of the text the first pattern in list order that it has there: the algorithm of Aho and Corasick, from
/// right to left, so that each place is known when it is reached.
fn find_everywhere(patterns: &Patterns<'_>, text: &[u8]) -> Vec<u32> {
    let mut tree = Tree::default();
    tree.add_node(NONE, 0, 0);
    for (i, pattern) in patterns.patterns[..patterns.empty.unwrap_or(patterns.patterns.len())].iter().enumerate() {
        tree.insert(pattern, i as u32);
    }
    tree.link();
    let mut found = vec![NONE; text.len()];
    let mut node = 0;
    for (byte, found) in text.iter().zip(&mut found).rev() {
        node = tree.step(node, *byte);
        *found = tree.nodes[node as usize].pattern;
    }
    found
}

/// The ends of patterns, by their bytes from last to first.
#[derive(Default)]
struct Tree {
    nodes: Vec<TreeNode>,
    children: FxHashMap<(u32, u8), u32>,
}

struct TreeNode {
    parent: u32,
    byte: u8,
    depth: u32,
    /// The node of the longest part of this text that is in the tree, without its beginning (its last bytes).
    shorter: u32,
    /// The first pattern that this is, or that one of the shorter ones is.
    pattern: u32,
}

impl Tree {
    fn add_node(&mut self, parent: u32, byte: u8, depth: u32) -> u32 {
        self.nodes.push(TreeNode { parent, byte, depth, shorter: 0, pattern: NONE });
        self.nodes.len() as u32 - 1
    }

    fn insert(&mut self, pattern: &[u8], index: u32) {
        let mut node = 0;
        for (byte, depth) in pattern.iter().rev().zip(1..) {
            node = match self.children.get(&(node, *byte)) {
                Some(child) => *child,
                None => {
                    let child = self.add_node(node, *byte, depth);
                    self.children.insert((node, *byte), child);
                    child
                }
            };
        }
        let node = &mut self.nodes[node as usize];
        node.pattern = node.pattern.min(index);
    }

    fn link(&mut self) {
        let mut order: Vec<u32> = (1..self.nodes.len() as u32).collect();
        order.sort_by_key(|node| self.nodes[*node as usize].depth);
        for id in order {
            let TreeNode { parent, byte, depth, .. } = self.nodes[id as usize];
            if depth < 2 {
                continue;
            }
            let shorter = self.step(self.nodes[parent as usize].shorter, byte);
            let pattern = self.nodes[shorter as usize].pattern;
            let node = &mut self.nodes[id as usize];
            node.shorter = shorter;
            node.pattern = node.pattern.min(pattern);
        }
    }

    fn step(&self, mut node: u32, byte: u8) -> u32 {
        loop {
            if let Some(child) = self.children.get(&(node, byte)) {
                return *child;
            }
            if node == 0 {
                return 0;
            }
            node = self.nodes[node as usize].shorter;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All strings over an alphabet up to a length.
    fn strings(alphabet: &[u8], longest: usize) -> Vec<Vec<u8>> {
        let mut all = vec![Vec::new()];
        let mut from = 0;
        for _ in 0..longest {
            let until = all.len();
            for i in from..until {
                for byte in alphabet {
                    let mut longer = all[i].clone();
                    longer.push(*byte);
                    all.push(longer);
                }
            }
            from = until;
        }
        all
    }

    #[test]
    fn both_ways_find_the_same() {
        let (patterns, texts) = (strings(b"ab", 3), strings(b"ab", 6));
        for first in &patterns[1..] {
            for second in &patterns[1..] {
                let patterns = Patterns::new(vec![first, second, b"ba"]);
                for text in &texts {
                    let everywhere = find_everywhere(&patterns, text);
                    let mut search = patterns.search(text);
                    for (at, found) in everywhere.iter().enumerate() {
                        assert_eq!(
                            search.find(at).unwrap_or(NONE as usize),
                            *found as usize,
                            "{first:?} {second:?} {text:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_pattern_counts_and_an_empty_one_ends_the_list() {
        let patterns = Patterns::new(vec![b"b", b"", b"a"]);
        let mut search = patterns.search(b"ab");
        assert_eq!([search.find(0), search.find(1), search.find(2)], [Some(1), Some(0), Some(1)]);
        let patterns = Patterns::new(vec![b"aa", b"a", b"aaa"]);
        let mut search = patterns.search(b"aaab");
        assert_eq!([search.find(0), search.find(2), search.find(3), search.find(4)], [Some(0), Some(1), None, None]);
    }

    #[test]
    fn long_searches_take_the_other_way() {
        let long = [vec![b'a'; 50_000], vec![b'b']].concat();
        let text = [vec![b'a'; 100_000], vec![b'b']].concat();
        let patterns = Patterns::new(vec![&long]);
        let mut search = patterns.search(&text);
        let found: Vec<usize> = (0..=text.len()).filter(|at| search.find(*at).is_some()).collect();
        assert_eq!(found, [50_000]);
        assert!(search.known.is_some());
    }
}
