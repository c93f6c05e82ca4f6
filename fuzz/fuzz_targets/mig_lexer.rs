//! Text to tokens of `.mig`: in order, apart, and on the borders of characters.
#![no_main]

use libfuzzer_sys::fuzz_target;
use whimbrel::mig;

fuzz_target!(|text: &str| {
    let mut at = 0;
    for range in mig::tokens(text) {
        assert!(at <= range.start && range.start <= range.end, "{range:?}");
        assert!(text.get(range.start as usize..range.end as usize).is_some());
        at = range.end;
    }
    assert!(at as usize <= text.len());
});
