//! The program of an expression: a graph of nodes.

use super::ByteSet;

/// The index of a node.
pub(super) type NodeId = u32;

/// No node, position, counter or mark.
pub(super) const NONE: u32 = u32::MAX;

/// What a node does before it goes on with the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    /// Takes one byte.
    Byte(u8),
    /// Takes one byte of a set.
    Set(u32),
    /// Takes at least `least` bytes of a set, as many as possible first: a loop without anything to remember.
    Run { set: u32, least: u32 },
    /// Goes on only at the beginning of the text.
    Begin,
    /// Goes on only at the end of the text.
    End,
    /// Remembers the position.
    Save(u32),
    /// Tries `first` and the next node.
    Either { first: NodeId },
    /// Tries `body`, which comes back here, and only without success the next node. A body that can be empty has a
    /// counter (any number but [`NONE`] until the program is finished).
    Loop { body: NodeId, counter: u32 },
    /// Like `Loop`, but the body goes on after this node.
    Option { body: NodeId, counter: u32 },
    /// Where several paths meet.
    Join,
    /// Nothing; a finished program refers to none of them.
    Nothing,
    /// The expression has matched.
    Accept,
}

/// One step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub op: Op,
    pub next: NodeId,
}

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Program {
    pub nodes: Vec<Node>,
    pub sets: Vec<ByteSet>,
    pub start: NodeId,
    /// How many groups there are.
    pub groups: usize,
    /// How many loops count their empty rounds.
    pub counters: usize,
    /// By node, where its marks are kept (see [`super::run`]): nodes that can be reached in several ways. Made when it is
    /// needed for the first time.
    pub marks: std::cell::OnceCell<(Vec<u32>, usize)>,
    /// What a match can begin with. Made when it is needed for the first time.
    pub first: std::cell::OnceCell<First>,
}

/// What a match can begin with.
#[derive(Debug)]
pub(super) enum First {
    /// Anything, or nothing.
    Any,
    /// Only at the beginning of the text.
    Begin,
    /// One byte.
    Byte(u8),
    /// A byte of the set.
    Set(Box<ByteSet>),
}

impl Program {
    /// Where marks are kept: by node, and how many nodes have any.
    pub fn marks(&self) -> &(Vec<u32>, usize) {
        self.marks.get_or_init(|| {
            let mut count = 0;
            let mut mark = |node: &Node| match node.op {
                Op::Run { .. } | Op::Loop { .. } | Op::Join => {
                    count += 1;
                    count - 1
                }
                _ => NONE,
            };
            let marks = self.nodes.iter().map(&mut mark).collect();
            (marks, count as usize)
        })
    }

    /// What a match can begin with.
    pub fn first(&self) -> &First {
        self.first.get_or_init(|| {
            let mut set = Box::new([false; 256]);
            let mut seen = vec![false; self.nodes.len()];
            let mut todo = vec![self.start];
            let mut add = |members: &ByteSet| set.iter_mut().zip(members).for_each(|(to, from)| *to |= from);
            while let Some(id) = todo.pop() {
                if std::mem::replace(&mut seen[id as usize], true) {
                    continue;
                }
                let Node { op, next } = self.nodes[id as usize];
                match op {
                    Op::Byte(byte) => {
                        let mut one = [false; 256];
                        one[usize::from(byte)] = true;
                        add(&one);
                    }
                    Op::Set(members) => add(&self.sets[members as usize]),
                    Op::Run { set: members, least } => {
                        add(&self.sets[members as usize]);
                        if least == 0 {
                            todo.push(next);
                        }
                    }
                    // The first place of all is tried in any case.
                    Op::Begin => {}
                    Op::Either { first: other } | Op::Loop { body: other, .. } | Op::Option { body: other, .. } => {
                        todo.extend([next, other]);
                    }
                    Op::End | Op::Save(_) | Op::Join | Op::Nothing => todo.push(next),
                    Op::Accept => return First::Any,
                }
            }
            let mut members = (0..=255u8).filter(|byte| set[usize::from(*byte)]);
            match (members.next(), members.next()) {
                (None, _) => First::Begin,
                (Some(byte), None) => First::Byte(byte),
                _ => First::Set(set),
            }
        })
    }
}
