#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    checks::target("label_studio").expect("a target")(input);
});
