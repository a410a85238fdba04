//! The program of an expression: a graph of nodes, put together from fragments as the expression is read.

use super::{ByteSet, RegexError, Result};

/// The index of a node.
pub(super) type NodeId = u32;

/// No node, position, counter or mark.
pub(super) const NONE: u32 = u32::MAX;

/// libstdc++ refuses expressions with more states than this; it counts repetitions such as `a{1000}` written out.
const MAX_STATES: u64 = 100_000;

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
    pub sets: Vec<Box<ByteSet>>,
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

/// A part of a program whose last node leads nowhere yet. Its nodes are those from `low` up to the newest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fragment {
    pub start: NodeId,
    pub end: NodeId,
    pub low: NodeId,
    /// Whether it could match nothing.
    pub nullable: bool,
    /// How many states libstdc++ would copy to repeat it.
    states: u64,
}

/// How often something is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Repetition {
    pub least: u32,
    /// `None`: without limit.
    pub most: Option<u32>,
}

/// Puts programs together.
#[derive(Default)]
pub(super) struct Builder {
    nodes: Vec<Node>,
    sets: Vec<Box<ByteSet>>,
    /// The set of all bytes but NUL.
    dot: Option<u32>,
    /// How many states libstdc++ would have made so far.
    states: u64,
}

impl Builder {
    /// Counts what libstdc++ would have made.
    ///
    /// Errors: [`RegexError::TooLarge`].
    pub fn count(&mut self, states: u64) -> Result<()> {
        self.states = self.states.saturating_add(states);
        if self.states > MAX_STATES { Err(RegexError::TooLarge) } else { Ok(()) }
    }

    fn push(&mut self, op: Op) -> NodeId {
        self.nodes.push(Node { op, next: NONE });
        self.nodes.len() as u32 - 1
    }

    fn link(&mut self, from: NodeId, to: NodeId) {
        self.nodes[from as usize].next = to;
    }

    /// The index of the newest set.
    fn set(&mut self, set: Box<ByteSet>) -> u32 {
        self.sets.push(set);
        self.sets.len() as u32 - 1
    }

    /// One node.
    pub fn single(&mut self, op: Op) -> Result<Fragment> {
        self.count(1)?;
        let id = self.push(op);
        let nullable = !matches!(op, Op::Byte(_) | Op::Set(_));
        Ok(Fragment { start: id, end: id, low: id, nullable, states: 1 })
    }

    /// One byte of a set.
    pub fn one_of(&mut self, set: Box<ByteSet>) -> Result<Fragment> {
        let set = self.set(set);
        self.single(Op::Set(set))
    }

    /// `.`: any byte but NUL.
    pub fn dot(&mut self) -> Result<Fragment> {
        let set = match self.dot {
            Some(set) => set,
            None => {
                let mut bytes = Box::new([true; 256]);
                bytes[0] = false;
                self.set(bytes)
            }
        };
        self.dot = Some(set);
        self.single(Op::Set(set))
    }

    /// One after the other.
    pub fn append(&mut self, left: Fragment, right: Fragment) -> Fragment {
        self.link(left.end, right.start);
        Fragment {
            end: right.end,
            nullable: left.nullable && right.nullable,
            states: left.states.saturating_add(right.states),
            ..left
        }
    }

    /// An alternative as a whole; `None` is the empty one.
    pub fn alternative(&mut self, sequence: Option<Fragment>) -> Result<Fragment> {
        self.count(1)?;
        Ok(match sequence {
            Some(sequence) => Fragment { states: sequence.states.saturating_add(1), ..sequence },
            None => {
                let id = self.push(Op::Nothing);
                Fragment { start: id, end: id, low: id, nullable: true, states: 1 }
            }
        })
    }

    /// Several alternatives, of which the first one is the first one to be tried.
    pub fn either(&mut self, alternatives: &[Fragment]) -> Result<Fragment> {
        let [earlier @ .., last] = alternatives else { return self.alternative(None) };
        let mut all = *last;
        if earlier.is_empty() {
            return Ok(all);
        }
        let join = self.push(Op::Join);
        self.link(last.end, join);
        for one in earlier.iter().rev() {
            self.count(2)?;
            self.link(one.end, join);
            let either = self.push(Op::Either { first: one.start });
            self.link(either, all.start);
            all.start = either;
            all.low = one.low;
            all.nullable |= one.nullable;
            all.states = all.states.saturating_add(one.states).saturating_add(2);
        }
        all.end = join;
        Ok(all)
    }

    /// The begin of a group, to be passed to [`Self::group`].
    pub fn open_group(&mut self, index: u32) -> Result<NodeId> {
        self.count(1)?;
        Ok(self.push(Op::Save(2 * index)))
    }

    /// A group.
    pub fn group(&mut self, open: NodeId, index: u32, inside: Fragment) -> Result<Fragment> {
        self.count(1)?;
        let close = self.push(Op::Save(2 * index + 1));
        self.link(open, inside.start);
        self.link(inside.end, close);
        Ok(Fragment {
            start: open,
            end: close,
            low: open,
            nullable: inside.nullable,
            states: inside.states.saturating_add(2),
        })
    }

    /// The set of a fragment that takes exactly one byte.
    fn only_set(&mut self, fragment: Fragment) -> Option<u32> {
        if fragment.start != fragment.end {
            return None;
        }
        match self.nodes[fragment.start as usize].op {
            Op::Set(set) => Some(set),
            Op::Byte(byte) => {
                let mut bytes = Box::new([false; 256]);
                bytes[usize::from(byte)] = true;
                Some(self.set(bytes))
            }
            _ => None,
        }
    }

    fn counter(nullable: bool) -> u32 {
        if nullable { 0 } else { NONE }
    }

    /// `e*`, without counting.
    fn star(&mut self, e: Fragment) -> Fragment {
        if let Some(set) = self.only_set(e) {
            self.nodes[e.start as usize].op = Op::Run { set, least: 0 };
            return Fragment { nullable: true, ..e };
        }
        let repeat = self.push(Op::Loop { body: e.start, counter: Self::counter(e.nullable) });
        self.link(e.end, repeat);
        Fragment { start: repeat, end: repeat, nullable: true, ..e }
    }

    /// `e*`
    pub fn zero_or_more(&mut self, e: Fragment) -> Result<Fragment> {
        self.count(1)?;
        let star = self.star(e);
        Ok(Fragment { states: e.states.saturating_add(1), ..star })
    }

    /// `e+`
    pub fn one_or_more(&mut self, e: Fragment) -> Result<Fragment> {
        self.count(1)?;
        let states = e.states.saturating_add(1);
        if let Some(set) = self.only_set(e) {
            self.nodes[e.start as usize].op = Op::Run { set, least: 1 };
            return Ok(Fragment { states, ..e });
        }
        let repeat = self.push(Op::Loop { body: e.start, counter: Self::counter(e.nullable) });
        self.link(e.end, repeat);
        Ok(Fragment { end: repeat, states, ..e })
    }

    /// `e?`
    pub fn zero_or_one(&mut self, e: Fragment) -> Result<Fragment> {
        self.count(2)?;
        let option = self.push(Op::Option { body: e.start, counter: Self::counter(e.nullable) });
        let join = self.push(Op::Join);
        self.link(e.end, join);
        self.link(option, join);
        let states = e.states.saturating_add(2);
        Ok(Fragment { start: option, end: join, low: e.low, nullable: true, states })
    }

    /// `e{least,most}`, written out.
    ///
    /// Errors: `TooLarge`, and `Invalid` when `most` is less than `least`.
    pub fn repeat(&mut self, e: Fragment, times: Repetition) -> Result<Fragment> {
        let least = u64::from(times.least);
        let mut states = e.states.saturating_mul(least).saturating_add(1);
        self.count(states)?;
        let optional = match times.most {
            Some(most) => most.checked_sub(times.least).ok_or(RegexError::Invalid)?,
            None => 0,
        };
        let more = match times.most {
            Some(_) => (e.states.saturating_add(1)).saturating_mul(u64::from(optional)),
            None => e.states.saturating_add(1),
        };
        self.count(more)?;
        if times.most.is_some() {
            self.count(1)?;
            states = states.saturating_add(1);
        }
        states = states.saturating_add(more);
        let copies = times.least + times.most.map_or(1, |_| optional);
        let copies = self.copies(e, copies);
        let mut whole: Option<Fragment> = None;
        let (required, rest) = copies.split_at(times.least as usize);
        for copy in required {
            whole = Some(whole.map_or(*copy, |before| self.append(before, *copy)));
        }
        if let (None, [last]) = (times.most, rest) {
            let star = self.star(*last);
            whole = Some(whole.map_or(star, |before| self.append(before, star)));
        } else if !rest.is_empty() {
            let join = self.push(Op::Join);
            let mut inside = join;
            for copy in rest.iter().rev() {
                self.link(copy.end, inside);
                inside = self.push(Op::Option { body: copy.start, counter: Self::counter(copy.nullable) });
                self.link(inside, join);
            }
            let options = Fragment { start: inside, end: join, low: e.low, nullable: true, states: 0 };
            whole = Some(whole.map_or(options, |before| self.append(before, options)));
        }
        let whole = match whole {
            Some(whole) => whole,
            None => {
                // Nothing of it is left.
                self.nodes.truncate(e.low as usize);
                let id = self.push(Op::Nothing);
                Fragment { start: id, end: id, low: id, nullable: true, states: 0 }
            }
        };
        Ok(Fragment { low: e.low, states, ..whole })
    }

    /// The fragment, which is the newest, and copies of it: so many in all.
    fn copies(&mut self, e: Fragment, count: u32) -> Vec<Fragment> {
        let mut all = Vec::new();
        if count > 0 {
            all.push(e);
        }
        let (low, high) = (e.low as usize, self.nodes.len());
        for i in 1..count {
            let offset = i * (high - low) as u32;
            let moved = |id: u32| if id == NONE { NONE } else { id + offset };
            for at in low..high {
                let Node { mut op, next } = self.nodes[at];
                match &mut op {
                    Op::Either { first: target } | Op::Loop { body: target, .. } | Op::Option { body: target, .. } => {
                        *target = moved(*target);
                    }
                    _ => {}
                }
                self.nodes.push(Node { op, next: moved(next) });
            }
            all.push(Fragment { start: moved(e.start), end: moved(e.end), low: moved(e.low), ..e });
        }
        all
    }

    /// The program of the whole expression.
    pub fn finish(mut self, whole: Fragment, groups: u32) -> Result<Program> {
        // libstdc++ makes a group of it.
        self.count(3)?;
        let accept = self.push(Op::Accept);
        self.link(whole.end, accept);
        let mut counters = 0;
        for i in 0..self.nodes.len() {
            self.nodes[i].next = self.skip_nothing(self.nodes[i].next);
            match self.nodes[i].op {
                Op::Either { first } => self.nodes[i].op = Op::Either { first: self.skip_nothing(first) },
                Op::Loop { body, counter } => {
                    let counter = number(&mut counters, counter);
                    self.nodes[i].op = Op::Loop { body: self.skip_nothing(body), counter };
                }
                Op::Option { body, counter } => {
                    let counter = number(&mut counters, counter);
                    self.nodes[i].op = Op::Option { body: self.skip_nothing(body), counter };
                }
                _ => {}
            }
        }
        let start = self.skip_nothing(whole.start);
        Ok(Program {
            nodes: self.nodes,
            sets: self.sets,
            start,
            groups: groups as usize,
            counters: counters as usize,
            marks: Default::default(),
            first: Default::default(),
        })
    }

    /// The first node from `id` on that does something. The way there becomes shorter.
    fn skip_nothing(&mut self, id: NodeId) -> NodeId {
        let mut target = id;
        while target != NONE && self.nodes[target as usize].op == Op::Nothing {
            target = self.nodes[target as usize].next;
        }
        let mut at = id;
        while at != target {
            at = std::mem::replace(&mut self.nodes[at as usize].next, target);
        }
        target
    }
}

/// A number for a counter, if there is one.
fn number(counters: &mut u32, counter: u32) -> u32 {
    if counter == NONE {
        return NONE;
    }
    *counters += 1;
    *counters - 1
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
