//! Random values for jitter, lease tokens and unique ids. Not for keys and secrets, because tests can seed them.

use rand::distr::uniform::{SampleRange, SampleUniform};
use rand::distr::{Distribution, StandardUniform};
use rand::{Rng, RngExt};

#[cfg(feature = "contract")]
thread_local! {
    static SEEDED: std::cell::RefCell<Option<rand::rngs::StdRng>> =
        const { std::cell::RefCell::new(None) };
}

/// Seeds the random source of this thread, so that a test can be repeated exactly.
#[cfg(feature = "contract")]
pub fn seed(seed: u64) {
    use rand::SeedableRng;
    SEEDED.set(Some(rand::rngs::StdRng::seed_from_u64(seed)));
}

/// A value of the whole range of its type.
pub(crate) fn random<T>() -> T
where
    StandardUniform: Distribution<T>,
{
    draw(|rng| StandardUniform.sample(rng))
}

/// A value of this range.
pub(crate) fn random_range<T: SampleUniform>(range: impl SampleRange<T>) -> T {
    draw(|rng| rng.random_range(range))
}

fn draw<T>(from: impl FnOnce(&mut dyn Rng) -> T) -> T {
    #[cfg(feature = "contract")]
    return SEEDED.with_borrow_mut(|seeded| match seeded {
        Some(rng) => from(rng),
        None => from(&mut rand::rng()),
    });
    #[cfg(not(feature = "contract"))]
    from(&mut rand::rng())
}

/// A random UUID.
pub(crate) fn unique() -> String {
    let uuid = uuid::Builder::from_random_bytes(random()).into_uuid();
    uuid.to_string()
}
