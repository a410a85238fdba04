//! Puts programs together from fragments, as the expression is read.

use super::program::{NONE, Node, NodeId, Op, Program};
use super::{ByteSet, RegexError, Result};

/// libstdc++ refuses expressions with more states than this; it counts repetitions such as `a{1000}` written out.
const MAX_STATES: u64 = 100_000;

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
    sets: Vec<ByteSet>,
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
    fn set(&mut self, set: ByteSet) -> u32 {
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
    pub fn one_of(&mut self, set: ByteSet) -> Result<Fragment> {
        let set = self.set(set);
        self.single(Op::Set(set))
    }

    /// `.`: any byte but NUL.
    pub fn dot(&mut self) -> Result<Fragment> {
        let set = match self.dot {
            Some(set) => set,
            None => {
                let mut bytes = [true; 256];
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
        self.count(2 * earlier.len() as u64)?;
        if let Some(set) = self.union(alternatives) {
            let id = self.push(Op::Set(set));
            let low = alternatives[0].low;
            let states = 4 * alternatives.len() as u64 - 2;
            return Ok(Fragment { start: id, end: id, low, nullable: false, states });
        }
        let join = self.push(Op::Join);
        self.link(last.end, join);
        for one in earlier.iter().rev() {
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
                let mut bytes = [false; 256];
                bytes[usize::from(byte)] = true;
                Some(self.set(bytes))
            }
            _ => None,
        }
    }

    /// The set of all bytes that the fragments take, when each takes exactly one byte: one step instead of many.
    fn union(&mut self, fragments: &[Fragment]) -> Option<u32> {
        let mut all = [false; 256];
        for fragment in fragments {
            match self.nodes[fragment.start as usize].op {
                Op::Byte(byte) if fragment.start == fragment.end => all[usize::from(byte)] = true,
                Op::Set(set) if fragment.start == fragment.end => {
                    all.iter_mut().zip(&self.sets[set as usize]).for_each(|(to, from)| *to |= from);
                }
                _ => return None,
            }
        }
        Some(self.set(all))
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
