#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    checks::target("queue").expect("a target")(input);
});
