//! Sets of message numbers: `sequence-set` (RFC 9051 section 9) as sent, and [`UidSet`],
//! the normal form that the rest of Postern works with.

/// A non-zero number or `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// 1 to 4294967295.
    Value(u32),
    /// The largest number in use.
    Star,
}

/// A set as a client sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Set {
    /// Ranges in the client's order; a single number has both ends equal. An end may be
    /// smaller than its start (RFC 9051: `2:4` and `4:2` are equivalent).
    Ranges(Vec<(Number, Number)>),
    /// `$`, the saved result of SEARCH (RFC 5182).
    Saved,
}

impl Set {
    /// The numbers meant, where `*` is `largest` (0 when the mailbox is empty: then `*` and
    /// each range with it is empty). Returns `None` for [`Set::Saved`].
    pub fn resolve(&self, largest: u32) -> Option<UidSet> {
        let Set::Ranges(ranges) = self else {
            return None;
        };
        let value = |n: &Number| match n {
            Number::Value(v) => *v,
            Number::Star => largest,
        };
        // Where `*` is 0 the range is of nothing: its smaller end is 0, which no number is.
        let ranges = ranges.iter().map(|(a, b)| (value(a), value(b)));
        let ordered = ranges.map(|(a, b)| (a.min(b), a.max(b)));
        Some(UidSet::from_ranges(ordered))
    }
}

/// A set of non-zero 32-bit numbers as sorted, disjoint, non-adjacent, inclusive ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct UidSet {
    ranges: Vec<(u32, u32)>,
}

impl UidSet {
    /// The inclusive range, empty when `first` is greater than `last` or `last` is 0.
    pub fn range(first: u32, last: u32) -> Self {
        let mut set = Self::default();
        set.insert_range(first.max(1), last);
        set
    }

    /// The union of inclusive ranges in any order; those whose first number is greater than
    /// the last or is 0 count as empty. O(n log n).
    pub fn from_ranges(ranges: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut sorted: Vec<_> = ranges.into_iter().collect();
        sorted.sort_unstable();
        let mut set = Self::default();
        for (first, last) in sorted {
            set.insert_range(first, last);
        }
        set
    }

    /// The ranges, sorted, disjoint and not adjacent.
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// Whether the set has no number.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many numbers the set has.
    pub fn len(&self) -> u64 {
        let count = |&(a, b): &(u32, u32)| u64::from(b) - u64::from(a) + 1;
        self.ranges.iter().map(count).sum()
    }

    /// The smallest number.
    pub fn first(&self) -> Option<u32> {
        self.ranges.first().map(|r| r.0)
    }

    /// The largest number.
    pub fn last(&self) -> Option<u32> {
        self.ranges.last().map(|r| r.1)
    }

    /// Whether `n` is in the set; O(log ranges).
    pub fn contains(&self, n: u32) -> bool {
        let after = self.ranges.partition_point(|r| r.0 <= n);
        after
            .checked_sub(1)
            .and_then(|i| self.ranges.get(i))
            .is_some_and(|r| n <= r.1)
    }

    /// How many numbers of the set are smaller than `n`; O(ranges before it).
    pub fn count_below(&self, n: u32) -> u32 {
        let mut count = 0u32;
        for &(a, b) in self.ranges.iter().take_while(|r| r.0 < n) {
            count = count.saturating_add(b.min(n - 1) - a + 1);
        }
        count
    }

    /// Adds one number.
    pub fn insert(&mut self, n: u32) {
        self.insert_range(n, n);
    }

    /// Adds an inclusive range; nothing when `first` is greater than `last` or is 0.
    /// Appending in ascending order costs O(1), anything else O(ranges).
    pub fn insert_range(&mut self, first: u32, last: u32) {
        if first > last || first == 0 {
            return;
        }
        match self.ranges.last_mut() {
            None => return self.ranges.push((first, last)),
            Some(tail) if u64::from(first) > u64::from(tail.1) + 1 => {
                return self.ranges.push((first, last));
            }
            Some(tail) if first >= tail.0 => {
                tail.1 = tail.1.max(last);
                return;
            }
            Some(_) => {}
        }
        let touches_before = |r: &(u32, u32)| u64::from(r.1) + 1 < u64::from(first);
        let start = self.ranges.partition_point(touches_before);
        let end = self
            .ranges
            .partition_point(|r| u64::from(r.0) <= u64::from(last) + 1);
        let merged = self
            .ranges
            .get(start..end)
            .unwrap_or_default()
            .iter()
            .fold((first, last), |m, r| (m.0.min(r.0), m.1.max(r.1)));
        self.ranges.splice(start..end.max(start), [merged]);
    }

    /// The numbers in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.ranges.iter().flat_map(|&(a, b)| a..=b)
    }

    /// The numbers that both sets have; O(ranges of both).
    pub fn intersection(&self, other: &Self) -> Self {
        let mut out = Self::default();
        let (mut left, mut right) = (
            self.ranges.iter().peekable(),
            other.ranges.iter().peekable(),
        );
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            out.insert_range(a.0.max(b.0), a.1.min(b.1));
            if a.1 < b.1 {
                left.next();
            } else {
                right.next();
            }
        }
        out
    }

    /// The numbers that either set has; O(n log n) of the ranges of both.
    pub fn union(&self, other: &Self) -> Self {
        Self::from_ranges(self.ranges.iter().chain(&other.ranges).copied())
    }

    /// The numbers that `other` has not; O(ranges of both).
    pub fn difference(&self, other: &Self) -> Self {
        let mut out = Self::default();
        let mut holes = other.ranges.iter().peekable();
        for &(first, last) in &self.ranges {
            let mut from = u64::from(first);
            while let Some(&&(hole, hole_end)) = holes.peek().filter(|hole| hole.0 <= last) {
                out.insert_range(u32::try_from(from).unwrap_or(u32::MAX), hole - 1);
                from = from.max(u64::from(hole_end) + 1);
                if hole_end >= last {
                    // It may reach into the next range.
                    break;
                }
                holes.next();
            }
            if let Ok(from) = u32::try_from(from) {
                out.insert_range(from, last);
            }
        }
        out
    }
}

impl FromIterator<u32> for UidSet {
    fn from_iter<T: IntoIterator<Item = u32>>(numbers: T) -> Self {
        let mut set = Self::default();
        for n in numbers {
            set.insert(n);
        }
        set
    }
}

/// `1,3:5` as in `uid-set`; the empty string when the set is empty.
impl std::fmt::Display for UidSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, (a, b)) in self.ranges.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            if a == b {
                write!(f, "{a}")?;
            } else {
                write!(f, "{a}:{b}")?;
            }
        }
        Ok(())
    }
}
