//! Where inputs lead that follow others: in a lock file, and in a resolved graph.

use std::collections::BTreeMap;

/// Nodes with inputs.
pub(crate) trait Inputs<'l> {
    /// What names a node.
    type Node: Copy + Ord;

    /// An input of a node, with its name as the nodes hold it.
    fn input(&self, node: Self::Node, name: &str) -> Option<(&'l str, Target<'l, Self::Node>)>;
}

/// Where an input leads.
pub(crate) enum Target<'l, N> {
    /// To a node.
    Node(N),
    /// To what is found by following these inputs from a node.
    Follows(N, &'l [String]),
}

/// The end of a path of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End<N> {
    /// A node.
    Node(N),
    /// This node has no input of the next name.
    Missing(N),
}

/// Follows paths of inputs; each input that follows another is resolved once, and the stack does not grow.
pub(crate) struct Follows<'l, N> {
    known: BTreeMap<(N, &'l str), End<N>>,
}

/// A path on which we are.
struct Step<'l, N> {
    path: &'l [String],
    /// How many of its names are behind us, and where they led.
    done: usize,
    node: N,
    /// The input that follows this path.
    of: Option<(N, &'l str)>,
}

impl<'l, N: Copy + Ord> Follows<'l, N> {
    pub fn new() -> Self {
        Follows { known: BTreeMap::new() }
    }

    /// The end of a path of inputs.
    ///
    /// Errors: inputs that follow each other, as a list of paths whose first is its last.
    pub fn resolve(
        &mut self,
        inputs: &impl Inputs<'l, Node = N>,
        from: N,
        path: &'l [String],
    ) -> Result<End<N>, Vec<String>> {
        let mut steps = vec![Step { path, done: 0, node: from, of: None }];
        // Inputs that are being resolved, with their steps.
        let mut open: BTreeMap<(N, &'l str), usize> = BTreeMap::new();
        loop {
            let depth = steps.len();
            let Some(step) = steps.last_mut() else { return Ok(End::Missing(from)) };
            let end = match step.path.get(step.done) {
                None => End::Node(step.node),
                Some(name) => match inputs.input(step.node, name) {
                    None => End::Missing(step.node),
                    Some((_, Target::Node(next))) => {
                        (step.node, step.done) = (next, step.done + 1);
                        continue;
                    }
                    Some((name, Target::Follows(from, followed))) => {
                        let input = (step.node, name);
                        match self.known.get(&input) {
                            Some(End::Node(next)) => {
                                (step.node, step.done) = (*next, step.done + 1);
                                continue;
                            }
                            Some(missing) => *missing,
                            None => {
                                if let Some(first) = open.insert(input, depth) {
                                    // From the path on which the input was met first to the one before this.
                                    let again = &steps[first.saturating_sub(1)..depth - 1];
                                    let mut cycle: Vec<_> = again.iter().map(|step| step.path.join("/")).collect();
                                    cycle.extend(cycle.first().cloned());
                                    return Err(cycle);
                                }
                                steps.push(Step { path: followed, done: 0, node: from, of: Some(input) });
                                continue;
                            }
                        }
                    }
                },
            };
            if let End::Missing(_) = end {
                // What leads through nothing leads nowhere.
                self.known.extend(steps.iter().filter_map(|step| step.of).map(|input| (input, end)));
                return Ok(end);
            }
            let of = step.of;
            steps.pop();
            let Some(input) = of else { return Ok(end) };
            open.remove(&input);
            self.known.insert(input, end);
        }
    }
}
