#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    checks::target("cvat").expect("a target")(input);
});
