//! What parses can be formatted, once and for all, and goes on to parse.
#![no_main]

use libfuzzer_sys::fuzz_target;
use whimbrel::mig::{self, Unformatted};

fuzz_target!(|text: &str| match mig::format(text) {
    Ok(once) => assert_eq!(mig::format(&once).as_deref(), Ok(once.as_str())),
    Err(Unformatted::Broken(errors)) => assert!(!errors.is_empty()),
    // It compares the tokens itself.
    Err(Unformatted::Changed) => panic!("the result means something else"),
});
