//! Short texts that are put together of parts.

use smol_str::{SmolStr, SmolStrBuilder};

/// Longer texts than this are on the heap.
const INLINE: usize = 23;

/// The parts in their order, with nothing between them.
#[must_use]
pub fn concat<const N: usize>(parts: [&str; N]) -> SmolStr {
    let length = parts.iter().map(|part| part.len()).sum();
    // What has no room in place is put together where it fits at once.
    if length > INLINE {
        let mut text = String::with_capacity(length);
        parts.iter().for_each(|part| text.push_str(part));
        return SmolStr::from(text);
    }
    let mut text = SmolStrBuilder::new();
    parts.iter().for_each(|part| text.push_str(part));
    text.finish()
}

#[cfg(test)]
mod tests {
    use super::{INLINE, concat};

    #[test]
    fn parts_are_put_together_in_place_and_on_the_heap() {
        for length in 0..2 * INLINE {
            let text = "x".repeat(length);
            let whole = concat([&text, ".", "y"]);
            assert_eq!(whole, format!("{text}.y"));
            assert_eq!(whole.is_heap_allocated(), length + 2 > INLINE);
        }
    }
}
