//! Lengths to scale.

/// Gives each length its share of `cells`, at least `minimum` where it is not zero, so that the shares add up to `cells`.
///
/// Every length gets its minimum first, and the rest is shared out by length; a longer one never gets less than a shorter
/// one. Where not even the minimum fits, everything gets just that, and the sum is larger than `cells`.
#[must_use]
pub fn to_scale(lengths: &[u64], cells: usize, minimum: usize) -> Vec<usize> {
    let total: u128 = lengths.iter().map(|&length| u128::from(length)).sum();
    let filled = lengths.iter().filter(|&&length| length > 0).count();
    let rest = cells.saturating_sub(filled * minimum);
    if total == 0 {
        return vec![0; lengths.len()];
    }
    let exact = |length: u64| u128::from(length) * rest as u128;
    let share = |length: u64| if length == 0 { 0 } else { minimum + (exact(length) / total) as usize };
    let mut shares: Vec<usize> = lengths.iter().map(|&length| share(length)).collect();
    let mut left = (filled * minimum + rest).saturating_sub(shares.iter().sum());
    // What rounding down left goes to the largest remainders.
    let mut by_remainder: Vec<usize> = (0..lengths.len()).filter(|&index| lengths[index] > 0).collect();
    by_remainder.sort_by_key(|&index| std::cmp::Reverse((exact(lengths[index]) % total, lengths[index])));
    for index in by_remainder {
        if left == 0 {
            break;
        }
        shares[index] += 1;
        left -= 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tiny_lengths_are_still_seen_and_empty_ones_are_not() {
        assert_eq!(to_scale(&[1, 0, 1_000_000], 10, 1), [1, 0, 9]);
        assert_eq!(to_scale(&[0, 0], 10, 1), [0, 0]);
        assert_eq!(to_scale(&[5, 5, 5, 5], 2, 1), [1, 1, 1, 1]);
        assert_eq!(to_scale(&[25, 75], 100, 0), [25, 75]);
    }

    proptest! {
        #[test]
        fn the_shares_add_up_and_no_longer_length_gets_less(
            lengths in proptest::collection::vec(0..u64::from(u32::MAX), 1..60), cells in 0..2000_usize, minimum in 0..4_usize,
        ) {
            let shares = to_scale(&lengths, cells, minimum);
            let filled = lengths.iter().filter(|&&length| length > 0).count();
            let expected = if filled == 0 { 0 } else { cells.max(filled * minimum) };
            prop_assert_eq!(shares.iter().sum::<usize>(), expected);
            for (one, share) in lengths.iter().zip(&shares) {
                prop_assert!(*one == 0 || *share >= minimum);
                for (other, its) in lengths.iter().zip(&shares) {
                    prop_assert!(one <= other || share >= its, "{one} got {share}, {other} got {its}");
                }
            }
        }
    }
}
