//! Follows a program through a text.
//!
//! Instead of calling itself for each step, the machine keeps on a stack what is left to do ([`Frame`]). A run goes ahead
//! until it fails or matches, then takes the newest frame. [`Run::matched`] says whether the part of the search that has
//! just ended has led to a match: it decides whether loops are left, see [`super`].
//!
//! # Marks
//!
//! The same node can be reached at the same place in many ways, and what follows is the same each time. Once a search has
//! become long, its nodes where paths meet leave marks when they are done: *failed* (nothing that follows matches), or
//! *matched* (what follows has matched, and the best of it is known). Whoever comes later takes the result from there.
//! Failures hold for the whole text, successes only for the current start.
//!
//! Loops with bodies that matched nothing seem to spoil that, because what follows then also depends on their counters.
//! But counters only ever forbid what was tried before, at the same place, by someone who has not given up or who has
//! failed: so failed places stay failed, and matched ones have nothing better to offer.

use super::program::{First, NONE, Node, NodeId, Op, Program};
use super::{ByteSet, RegexError, Result};

/// How many frames there may be (16 bytes each).
const MAX_FRAMES: usize = 1 << 24;

/// How many marks there may be (two bits each).
const MAX_MARKS: usize = 1 << 28;

/// What a run looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// A match of all of the text.
    Whole,
    /// The best match from the start.
    Prefix,
    /// The best match from the start that is not empty.
    NotEmpty,
}

/// What is left to do.
#[derive(Debug, Clone, Copy)]
enum Frame {
    /// Leaves the loop or skips the optional part, unless going on with it has matched.
    Leave { node: NodeId, at: u32 },
    /// Tries the other alternative as well.
    Other { node: NodeId, at: u32 },
    /// The first alternative had matched.
    Matched,
    /// Lets a run take fewer bytes.
    Fewer { node: NodeId, least: u32, at: u32 },
    /// Takes back what was captured.
    Capture { slot: u32, old: u32 },
    /// Takes back what was counted.
    Counter { counter: u32, old: Counter },
    /// Notes how the search went on from a place.
    Mark { mark: u32, at: u32 },
}

/// How many rounds of a loop began at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counter {
    at: u32,
    rounds: u32,
}

impl Counter {
    const NEW: Counter = Counter { at: NONE, rounds: 0 };
}

/// The memory of runs, to be used again and again.
#[derive(Default)]
pub struct Scratch {
    frames: Vec<Frame>,
    slots: Vec<u32>,
    best_slots: Vec<u32>,
    counters: Vec<Counter>,
    marks: Marks,
    /// How many steps the runs with this text may still take before they leave marks.
    patience: usize,
    /// Whether runs leave marks from the first step on.
    always_marks: bool,
}

/// Which places are done.
#[derive(Default)]
struct Marks {
    on: bool,
    places: usize,
    failed: Vec<u64>,
    matched: Vec<u64>,
    /// The marks that hold only for the current run.
    matched_list: Vec<u32>,
    failed_list: Vec<u32>,
}

impl Marks {
    /// Begins to leave marks.
    #[cold]
    fn switch_on(&mut self, program: &Program, text: &[u8]) -> Result<()> {
        self.on = true;
        self.places = text.len() + 1;
        let count = program.marks().1.saturating_mul(self.places);
        if count > MAX_MARKS {
            return Err(RegexError::TooLarge);
        }
        for bits in [&mut self.failed, &mut self.matched] {
            bits.clear();
            bits.resize(count.div_ceil(64), 0);
        }
        Ok(())
    }

    /// What is known of a place.
    #[inline]
    fn get(&self, mark: u32, at: usize) -> Option<bool> {
        let bit = mark as usize * self.places + at;
        let mask = 1 << (bit % 64);
        if self.failed[bit / 64] & mask != 0 {
            Some(false)
        } else if self.matched[bit / 64] & mask != 0 {
            Some(true)
        } else {
            None
        }
    }

    #[inline]
    fn set(&mut self, mark: u32, at: usize, matched: bool, for_now: bool) {
        let bit = mark as usize * self.places + at;
        let mask = 1 << (bit % 64);
        if matched {
            self.matched[bit / 64] |= mask;
            self.matched_list.push(bit as u32);
        } else {
            self.failed[bit / 64] |= mask;
            if for_now {
                self.failed_list.push(bit as u32);
            }
        }
    }

    /// Forgets what holds only for one run.
    fn end_run(&mut self) {
        for bit in self.matched_list.drain(..) {
            self.matched[bit as usize / 64] &= !(1 << (bit % 64));
        }
        for bit in self.failed_list.drain(..) {
            self.failed[bit as usize / 64] &= !(1 << (bit % 64));
        }
    }
}

impl Scratch {
    /// For tests: runs leave marks from the first step on, as otherwise only long ones do. The results must be the same.
    pub fn with_marks() -> Scratch {
        Scratch { always_marks: true, ..Scratch::default() }
    }

    /// Whether the last search became so long that it left marks.
    pub fn was_long(&self) -> bool {
        self.marks.on
    }

    /// Prepares for runs of this program through this text.
    pub(super) fn begin(&mut self, program: &Program, text: &[u8]) -> Result<()> {
        if u32::try_from(text.len()).is_err() || text.len() >= NONE as usize {
            return Err(RegexError::TooLarge);
        }
        self.slots.clear();
        self.slots.resize(2 * program.groups, NONE);
        self.counters.clear();
        self.counters.resize(program.counters, Counter::NEW);
        self.marks.on = false;
        self.marks.matched_list.clear();
        self.marks.failed_list.clear();
        self.patience = 8 * text.len() + 256;
        if self.always_marks {
            self.marks.switch_on(program, text)?;
        }
        Ok(())
    }

    /// What the groups of the last match captured.
    pub(super) fn captures(&self) -> &[u32] {
        &self.best_slots
    }

    /// The first match from `at` on: its start and its end.
    pub(super) fn find(&mut self, program: &Program, text: &[u8], at: usize) -> Result<Option<(usize, usize)>> {
        let mut start = at;
        loop {
            if let Some(end) = self.run(program, text, start, Goal::Prefix)? {
                return Ok(Some((start, end)));
            }
            start += 1;
            let Some(rest) = text.get(start..) else { return Ok(None) };
            let skipped = match program.first() {
                First::Any => Some(0),
                First::Begin => None,
                First::Byte(byte) => rest.iter().position(|b| b == byte),
                First::Set(set) => rest.iter().position(|b| set[usize::from(*b)]),
            };
            let Some(skipped) = skipped else { return Ok(None) };
            start += skipped;
        }
    }

    /// Where the best match from `start` on ends.
    pub(super) fn run(&mut self, program: &Program, text: &[u8], start: usize, goal: Goal) -> Result<Option<usize>> {
        let run = Run { program, text, start, goal, matched: false, best: None, others: 0, scratch: self };
        let best = run.run()?;
        self.frames.clear();
        self.slots.fill(NONE);
        self.counters.fill(Counter::NEW);
        if self.marks.on {
            self.marks.end_run();
        }
        Ok(best)
    }
}

/// One run.
struct Run<'r> {
    program: &'r Program,
    text: &'r [u8],
    start: usize,
    goal: Goal,
    /// Whether the part of the search that has just ended has matched.
    matched: bool,
    best: Option<usize>,
    /// How many other alternatives are left to try.
    others: usize,
    scratch: &'r mut Scratch,
}

impl Run<'_> {
    fn run(mut self) -> Result<Option<usize>> {
        let mut next = Some((self.program.start, self.start));
        while let Some((node, at)) = next {
            if self.ahead(node, at)? {
                break;
            }
            next = self.back()?;
        }
        Ok(self.best)
    }

    /// Goes on until nothing matches, or the expression has matched. Gives true when no better match is possible.
    fn ahead(&mut self, mut id: NodeId, mut at: usize) -> Result<bool> {
        loop {
            let Node { op, next } = self.program.nodes[id as usize];
            match op {
                Op::Byte(byte) => {
                    if self.text.get(at) != Some(&byte) {
                        return Ok(false);
                    }
                    at += 1;
                }
                Op::Set(set) => {
                    if !self.text.get(at).is_some_and(|byte| self.program.sets[set as usize][usize::from(*byte)]) {
                        return Ok(false);
                    }
                    at += 1;
                }
                Op::Run { set, least } => match self.take_run(id, set, least, at)? {
                    Some(end) => at = end,
                    None => return Ok(false),
                },
                Op::Begin => {
                    if at != 0 {
                        return Ok(false);
                    }
                }
                Op::End => {
                    if at != self.text.len() {
                        return Ok(false);
                    }
                }
                Op::Save(slot) => {
                    let old = std::mem::replace(&mut self.scratch.slots[slot as usize], at as u32);
                    if !self.scratch.frames.is_empty() {
                        self.push(Frame::Capture { slot, old })?;
                    }
                }
                Op::Either { first } => {
                    self.push(Frame::Other { node: next, at: at as u32 })?;
                    self.others += 1;
                    id = first;
                    continue;
                }
                Op::Loop { body, counter } => {
                    if self.is_done(id, at)? {
                        return Ok(false);
                    }
                    if self.enter(counter, next, at)? {
                        id = body;
                        continue;
                    }
                }
                Op::Option { body, counter } => {
                    if self.enter(counter, next, at)? {
                        id = body;
                        continue;
                    }
                }
                Op::Join => {
                    if self.is_done(id, at)? {
                        return Ok(false);
                    }
                }
                Op::Nothing => {}
                Op::Accept => return Ok(self.accept(at)),
            }
            id = next;
        }
    }

    /// A match that ends at `at`. Gives true when there is no better one.
    fn accept(&mut self, at: usize) -> bool {
        match self.goal {
            Goal::Whole if at != self.text.len() => return false,
            Goal::NotEmpty if at == self.start => return false,
            _ => {}
        }
        self.matched = true;
        if self.best.is_none_or(|best| best < at) {
            self.best = Some(at);
            self.scratch.best_slots.clone_from(&self.scratch.slots);
        }
        self.others == 0 || at == self.text.len()
    }

    /// Begins a round of a loop, or an optional part, unless it began twice already at this place.
    fn enter(&mut self, counter: u32, next: NodeId, at: usize) -> Result<bool> {
        let at = at as u32;
        if counter == NONE {
            self.push(Frame::Leave { node: next, at })?;
            return Ok(true);
        }
        let old = self.scratch.counters[counter as usize];
        let rounds = if old.at == at { old.rounds } else { 0 };
        if rounds == 2 {
            return Ok(false);
        }
        self.push(Frame::Leave { node: next, at })?;
        self.push(Frame::Counter { counter, old })?;
        self.scratch.counters[counter as usize] = Counter { at, rounds: rounds + 1 };
        Ok(true)
    }

    /// Whether it is known what follows from here. If not, it will be.
    fn is_done(&mut self, node: NodeId, at: usize) -> Result<bool> {
        if !self.scratch.marks.on {
            return Ok(false);
        }
        let mark = self.program.marks().0[node as usize];
        if let Some(matched) = self.scratch.marks.get(mark, at) {
            self.matched = matched;
            return Ok(true);
        }
        self.push(Frame::Mark { mark, at: at as u32 })?;
        Ok(false)
    }

    /// Takes bytes of a set, as many as there are, and leaves a frame for fewer. Gives the place after them.
    fn take_run(&mut self, id: NodeId, set: u32, least: u32, mut at: usize) -> Result<Option<usize>> {
        let program = self.program;
        let set: &ByteSet = &program.sets[set as usize];
        if least > 0 {
            if !self.text.get(at).is_some_and(|byte| set[usize::from(*byte)]) {
                return Ok(None);
            }
            at += 1;
        }
        if !self.scratch.marks.on {
            let rest = &self.text[at..];
            let length = rest.iter().position(|byte| !set[usize::from(*byte)]).unwrap_or(rest.len());
            self.steps(length)?;
            if length > 0 {
                self.push(Frame::Fewer { node: id, least: at as u32, at: (at + length) as u32 })?;
            }
            return Ok(Some(at + length));
        }
        // The marks of a run stand for the loop after its obligatory byte.
        let mark = program.marks().0[id as usize];
        let mut end = at;
        loop {
            match self.scratch.marks.get(mark, end) {
                Some(true) => {
                    (at..end).for_each(|at| self.mark(mark, at, true));
                    self.matched = true;
                    return Ok(None);
                }
                Some(false) if end == at => return Ok(None),
                Some(false) => {
                    end -= 1;
                    break;
                }
                None => {}
            }
            match self.text.get(end) {
                Some(byte) if set[usize::from(*byte)] => end += 1,
                _ => break,
            }
        }
        self.push(Frame::Fewer { node: id, least: at as u32, at: end as u32 })?;
        Ok(Some(end))
    }

    /// Where to go on after what has just ended.
    fn back(&mut self) -> Result<Option<(NodeId, usize)>> {
        while let Some(frame) = self.scratch.frames.pop() {
            match frame {
                Frame::Leave { node, at } => {
                    if !self.matched {
                        self.steps(1)?;
                        return Ok(Some((node, at as usize)));
                    }
                }
                Frame::Other { node, at } => {
                    self.others -= 1;
                    if self.matched {
                        self.push(Frame::Matched)?;
                    }
                    self.matched = false;
                    self.steps(1)?;
                    return Ok(Some((node, at as usize)));
                }
                Frame::Matched => self.matched = true,
                Frame::Fewer { node, least, at } => {
                    if let Some(place) = self.take_fewer(node, least, at)? {
                        return Ok(Some(place));
                    }
                }
                Frame::Capture { slot, old } => self.scratch.slots[slot as usize] = old,
                Frame::Counter { counter, old } => self.scratch.counters[counter as usize] = old,
                Frame::Mark { mark, at } => self.mark(mark, at as usize, self.matched),
            }
        }
        Ok(None)
    }

    /// Lets a run end before `at`, where it has been tried.
    fn take_fewer(&mut self, id: NodeId, least: u32, at: u32) -> Result<Option<(NodeId, usize)>> {
        let next = self.program.nodes[id as usize].next;
        let marks = self.scratch.marks.on;
        let mark = if marks { self.program.marks().0[id as usize] } else { NONE };
        if self.matched {
            if marks {
                (least..=at).for_each(|at| self.mark(mark, at as usize, true));
            }
            return Ok(None);
        }
        // Without the byte that has to follow there is no need to try.
        let place = match self.program.nodes[next as usize].op {
            _ if at == least => None,
            Op::Byte(byte) => self.text[least as usize..at as usize].iter().rposition(|b| *b == byte),
            Op::End => None,
            _ => Some((at - 1 - least) as usize),
        };
        let place = place.map(|offset| least + offset as u32);
        if marks {
            (place.map_or(least, |place| place + 1)..=at).for_each(|at| self.mark(mark, at as usize, false));
        }
        let Some(place) = place else { return Ok(None) };
        self.steps((at - place) as usize)?;
        if marks || place > least {
            self.push(Frame::Fewer { node: id, least, at: place })?;
        }
        Ok(Some((next, place as usize)))
    }

    fn mark(&mut self, mark: u32, at: usize, matched: bool) {
        // From the start on, no empty match is allowed in this run, but in others.
        let for_now = self.goal == Goal::NotEmpty && at == self.start;
        self.scratch.marks.set(mark, at, matched, for_now);
    }

    fn steps(&mut self, count: usize) -> Result<()> {
        match self.scratch.patience.checked_sub(count) {
            Some(rest) => self.scratch.patience = rest,
            None if !self.scratch.marks.on => self.scratch.marks.switch_on(self.program, self.text)?,
            None => {}
        }
        Ok(())
    }

    fn push(&mut self, frame: Frame) -> Result<()> {
        if self.scratch.frames.len() >= MAX_FRAMES {
            return Err(RegexError::TooLarge);
        }
        self.scratch.frames.push(frame);
        Ok(())
    }
}
