//! Parents and children, of which no one becomes its own ancestor.
//!
//! Before a link is made it must be known that it makes no loop. Walking up from the new parent
//! takes as many steps as the chain is long, for each link: mail made for it would take hours.
//! So next to the parents there is a link-cut tree (Sleator and Tarjan, 1983): each path from
//! child to parent to grandparent lies in splay trees, and the root is found in O(log n) steps,
//! amortised over all operations.

const NONE: u32 = u32::MAX;

/// A forest of nodes that are known by number, from 0.
#[derive(Debug, Default)]
pub(super) struct Links {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    /// The parent in the forest.
    parent: u32,
    /// The node above in its splay tree; of a splay tree's root, the forest node to which the
    /// path goes on.
    above: u32,
    /// The splay tree below: nearer to the forest's root, and farther from it.
    below: [u32; 2],
}

impl Links {
    /// Adds a node that has no parent. At most 4 294 967 294 nodes fit; mail that would need
    /// more does not.
    pub(super) fn add(&mut self) -> u32 {
        let number = u32::try_from(self.nodes.len()).unwrap_or(NONE);
        self.nodes.push(Node {
            parent: NONE,
            above: NONE,
            below: [NONE; 2],
        });
        number
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn parent(&self, n: u32) -> Option<u32> {
        Some(self.node(n).parent).filter(|parent| *parent != NONE)
    }

    /// Makes a child of a node that has no parent, unless that makes a loop.
    pub(super) fn link(&mut self, child: u32, parent: u32) {
        if self.parent(child).is_some() || self.root(parent) == child {
            return;
        }
        self.set(child, |node| node.parent = parent);
        self.expose(child);
        self.set(child, |node| node.above = parent);
    }

    /// Takes a node from its parent.
    pub(super) fn cut(&mut self, child: u32) {
        if self.parent(child).is_none() {
            return;
        }
        self.expose(child);
        let nearer = self.below(child, 0);
        self.set(nearer, |node| node.above = NONE);
        self.set(child, |node| {
            node.parent = NONE;
            node.below = [NONE, node.below[1]];
        });
    }

    /// The ancestor that has no parent.
    fn root(&mut self, n: u32) -> u32 {
        self.expose(n);
        let mut root = n;
        while self.below(root, 0) != NONE {
            root = self.below(root, 0);
        }
        // Without this the steps just taken would not be paid for.
        self.splay(root);
        root
    }

    /// Puts the path from the root to `n`, and nothing else, in the splay tree with `n` on top.
    fn expose(&mut self, n: u32) {
        let mut farther = NONE;
        let mut at = n;
        while at != NONE {
            self.splay(at);
            self.set(at, |node| node.below = [node.below[0], farther]);
            farther = at;
            at = self.node(at).above;
        }
        self.splay(n);
    }

    fn splay(&mut self, n: u32) {
        while let Some(side) = self.side(n) {
            let above = self.node(n).above;
            match self.side(above) {
                None => {}
                Some(other) if other == side => self.rotate(above),
                Some(_) => self.rotate(n),
            }
            self.rotate(n);
        }
    }

    /// On which side a node is below the one above it; `None` for the root of a splay tree.
    fn side(&self, n: u32) -> Option<usize> {
        let above = self.node(n).above;
        if above == NONE {
            return None;
        }
        self.node(above).below.iter().position(|below| *below == n)
    }

    /// Puts a node where the one above it is.
    fn rotate(&mut self, n: u32) {
        let above = self.node(n).above;
        let Some(side) = self.side(n) else {
            return;
        };
        let top = self.node(above).above;
        let top_side = self.side(above);
        let inner = self.below(n, 1 - side);
        self.set_below(above, side, inner);
        self.set(inner, |node| node.above = above);
        self.set_below(n, 1 - side, above);
        self.set(above, |node| node.above = n);
        self.set(n, |node| node.above = top);
        if let Some(top_side) = top_side {
            self.set_below(top, top_side, n);
        }
    }

    fn node(&self, n: u32) -> Node {
        let none = Node {
            parent: NONE,
            above: NONE,
            below: [NONE; 2],
        };
        self.nodes.get(n as usize).copied().unwrap_or(none)
    }

    fn below(&self, n: u32, side: usize) -> u32 {
        self.node(n).below.get(side).copied().unwrap_or(NONE)
    }

    fn set_below(&mut self, n: u32, side: usize, value: u32) {
        self.set(n, |node| {
            if let Some(below) = node.below.get_mut(side) {
                *below = value;
            }
        });
    }

    /// Changes a node; nothing for [`NONE`].
    fn set(&mut self, n: u32, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(n as usize) {
            change(node);
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::Links;
    use proptest::prelude::*;

    fn is_ancestor(parents: &[Option<usize>], ancestor: usize, of: usize) -> bool {
        let mut at = Some(of);
        while let Some(n) = at {
            if n == ancestor {
                return true;
            }
            at = parents.get(n).copied().flatten();
        }
        false
    }

    proptest! {
        /// The same as parents that are walked up each time.
        #[test]
        fn links_are_a_forest(steps in prop::collection::vec((any::<bool>(), 0..12_u8, 0..12_u8), 0..200)) {
            let mut links = Links::default();
            let mut parents = vec![None; 12];
            for _ in 0..12 {
                links.add();
            }
            for (cut, a, b) in steps {
                let (child, parent) = (usize::from(a), usize::from(b));
                if cut {
                    links.cut(u32::from(a));
                    parents[child] = None;
                } else {
                    links.link(u32::from(a), u32::from(b));
                    if parents[child].is_none() && !is_ancestor(&parents, child, parent) {
                        parents[child] = Some(parent);
                    }
                }
                for (n, parent) in parents.iter().enumerate() {
                    let linked = links.parent(u32::try_from(n).unwrap_or(0));
                    prop_assert_eq!(linked.map(|p| p as usize), *parent);
                }
            }
        }
    }

    /// A chain of three hundred thousand, at whose end loops are asked for again and again.
    #[test]
    fn a_long_chain_is_not_walked() {
        let mut links = Links::default();
        let count = 300_000;
        for n in 0..count {
            links.add();
            if n > 0 {
                links.link(n, n - 1);
            }
        }
        for n in 0..count {
            let (child, leaf) = (links.add(), links.add());
            links.link(leaf, child);
            links.link(child, count - 1);
            links.link(0, count - 1 - n);
        }
        assert_eq!(links.parent(0), None);
        assert_eq!(links.parent(count - 1), Some(count - 2));
    }
}
