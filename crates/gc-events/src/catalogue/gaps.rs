//! Examples of gaps.

use super::{Example, example};
use crate::{Event, Gap};

pub(super) fn examples() -> Vec<Example> {
    vec![
        example(
            "gap",
            "Only in a live stream: the events 5 to 9 are no longer kept. The stream goes on with 10.",
            Event::Gap(Gap { from: 5, to: 9, other_epoch: false }),
        ),
        example(
            "gap-other-epoch",
            "Only in a live stream: the numbers have begun at 1 again since, or the stream was to begin at a time from which not everything is kept. Here all of the present epoch is kept, and nothing is known of what was before.",
            Event::Gap(Gap { from: 1, to: 0, other_epoch: true }),
        ),
    ]
}
