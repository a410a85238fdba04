//! To which nodes inputs lead that follow others.

use super::{LockFile, LockInput};
use std::collections::BTreeMap;

/// An input of a node.
type Input<'l> = (&'l str, &'l str);

/// Follows paths of inputs; each input that follows another is resolved once.
#[derive(Default)]
pub(super) struct Follows<'l> {
    /// The node that an input leads to; `None` when there is no such input.
    known: BTreeMap<Input<'l>, Option<&'l str>>,
}

/// A path on which we are.
struct Step<'l> {
    path: &'l [String],
    /// How many of its names are behind us, and where they led.
    done: usize,
    node: &'l str,
    /// The input that follows this path.
    of: Option<Input<'l>>,
}

impl<'l> Follows<'l> {
    /// The node at the end of a path of inputs from the root; `None` for an input that is not there.
    ///
    /// Errors: inputs that follow each other, as a list of paths whose first is its last.
    pub fn resolve(&mut self, lock: &'l LockFile, path: &'l [String]) -> Result<Option<&'l str>, Vec<String>> {
        let mut steps = vec![Step { path, done: 0, node: &lock.root, of: None }];
        // Those that are being resolved.
        let mut open: BTreeMap<Input<'l>, usize> = BTreeMap::new();
        loop {
            let depth = steps.len();
            let Some(step) = steps.last_mut() else { return Ok(None) };
            let Some(name) = step.path.get(step.done) else {
                let (found, of) = (step.node, step.of);
                steps.pop();
                let Some(input) = of else { return Ok(Some(found)) };
                open.remove(&input);
                self.known.insert(input, Some(found));
                continue;
            };
            let input: Option<(&'l String, &'l LockInput)> =
                lock.nodes.get(step.node).and_then(|node| node.inputs.get_key_value(name));
            let next = match input {
                None => None,
                Some((_, LockInput::Key(key))) => Some(key.as_str()),
                Some((name, LockInput::Follows(followed))) => {
                    let input = (step.node, name.as_str());
                    match self.known.get(&input) {
                        Some(known) => *known,
                        None => {
                            if let Some(first) = open.get(&input) {
                                let mut cycle: Vec<String> = steps[*first..].iter().map(|s| s.path.join("/")).collect();
                                cycle.extend(cycle.first().cloned());
                                return Err(cycle);
                            }
                            open.insert(input, depth);
                            let of = Some(input);
                            steps.push(Step { path: followed, done: 0, node: &lock.root, of });
                            continue;
                        }
                    }
                }
            };
            match next {
                Some(node) => {
                    step.node = node;
                    step.done += 1;
                }
                // What leads through nothing leads nowhere.
                None => {
                    self.known.extend(steps.iter().filter_map(|step| step.of).map(|input| (input, None)));
                    return Ok(None);
                }
            }
        }
    }
}
