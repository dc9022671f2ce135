//! How outboxes that are too much together are cut down.

/// A little less than the limit, so that not every append has to look at all outboxes.
pub(crate) fn enough(limit: usize) -> usize {
    limit - limit / 64
}

/// What each of these sizes is to be cut down to, so that their sum is at most the limit: the largest ones, to one level. Those that stay
/// are left out.
pub(crate) fn shares(sizes: &[usize], limit: usize) -> Vec<(usize, usize)> {
    let mut largest: Vec<_> = sizes.iter().copied().enumerate().map(|(place, size)| (size, place)).collect();
    largest.sort_unstable_by(|one, other| other.cmp(one));
    let mut rest: usize = sizes.iter().sum();
    let mut level = usize::MAX;
    let mut cut = 0;
    while rest > 0 && cut < largest.len() {
        // With so many at one level, that level is what the others leave to them.
        let next = largest.get(cut).map_or(0, |(size, _)| *size);
        if next.saturating_mul(cut).saturating_add(rest) <= limit {
            break;
        }
        cut += 1;
        rest -= next;
        level = limit.saturating_sub(rest) / cut;
    }
    largest.into_iter().take(cut).filter(|(size, _)| *size > level).map(|(_, place)| (place, level)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(sizes: &[usize], limit: usize) -> Vec<usize> {
        let mut left = sizes.to_vec();
        for (place, share) in shares(sizes, limit) {
            assert!(share < left[place]);
            left[place] = share;
        }
        left
    }

    #[test]
    fn only_the_largest_are_cut_down_to_one_level() {
        assert_eq!(after(&[5, 3, 4], 12), [5, 3, 4]);
        assert_eq!(after(&[9, 3, 4], 12), [5, 3, 4]);
        assert_eq!(after(&[9, 3, 9], 13), [5, 3, 5]);
        assert_eq!(after(&[4, 4, 4], 3), [1, 1, 1]);
        assert_eq!(after(&[], 3), [0usize; 0]);
        assert_eq!(after(&[7], 0), [0]);
    }
}
