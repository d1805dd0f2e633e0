//! Leaving out what a failure does not need.

/// The shortest list that was found to fail still, and in how many runs.
///
/// `fails` plays a list and gives the place of the element at which it failed; what comes after
/// is left out. It is asked `most` times at the most, so the list can be longer than need be.
pub fn shortest<T: Clone>(
    list: &[T],
    most: usize,
    mut fails: impl FnMut(&[T]) -> Option<usize>,
) -> (Vec<T>, usize) {
    let mut list = list.to_vec();
    let mut size = list.len().div_ceil(2).max(1);
    let mut runs = 0;
    loop {
        let mut fewer = false;
        // From the end: what is late is needed least often by what is early.
        let mut end = list.len();
        while end > 0 {
            if runs == most {
                return (list, runs);
            }
            let start = end.saturating_sub(size);
            let without = [&list[..start], &list[end..]].concat();
            runs += 1;
            if let Some(at) = fails(&without) {
                list = without;
                list.truncate(at + 1);
                fewer = true;
            }
            end = start.min(list.len());
        }
        if size == 1 && !fewer {
            return (list, runs);
        }
        size = size.div_ceil(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_needed_is_left() {
        let list: Vec<u32> = (0..1000).collect();
        // It fails at 700, where 3 and 650 came before.
        let fails = |list: &[u32]| {
            let needs = list.contains(&3) && list.contains(&650);
            let at = list.iter().position(|one| *one == 700);
            at.filter(|_| needs)
        };
        let (shortest, runs) = shortest(&list, 200, fails);
        assert_eq!(shortest, [3, 650, 700]);
        assert!(runs < 100, "{runs}");
    }

    #[test]
    fn it_asks_no_more_often_than_it_may() {
        let list: Vec<u32> = (0..1000).collect();
        let mut asked = 0;
        let (shortest, runs) = shortest(&list, 9, |_| {
            asked += 1;
            None
        });
        assert_eq!((shortest.len(), runs, asked), (1000, 9, 9));
    }
}
