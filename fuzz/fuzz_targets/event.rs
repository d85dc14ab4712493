#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    checks::target("event").expect("a target")(input);
});
