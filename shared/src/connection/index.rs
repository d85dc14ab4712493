//! [`Index`]: the list of the connections, with digests in place of their names.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::model::ConnectionName;

/// Version of a connection's stored credentials. It changes with them, and is never 0.
pub type Version = u32;

/// The beginning of the SHA-256 of a name. Of 5,000 names, two share one with a probability of 10⁻¹².
type Digest = [u8; 8];

/// Digests of the names of all connections, and their versions.
///
/// A name that is not in the index is unknown, without any further read. Its bytes are a header and twelve bytes for
/// each connection, in order, so a secret of 64 KiB has room for [`MOST`](Self::MOST) connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index(BTreeMap<Digest, Version>);

/// Identifies the format of the bytes, and its version.
const HEADER: [u8; 4] = *b"BRI1";

const DIGEST: usize = size_of::<Digest>();
const ENTRY: usize = DIGEST + size_of::<Version>();

impl Index {
    /// Number of connections that fit into a secret.
    pub const MOST: usize = (65_536 - HEADER.len()) / ENTRY;

    /// The version of a connection; `None` if there is no connection of this name.
    pub fn version(&self, name: &ConnectionName) -> Option<Version> {
        self.0.get(&digest(name)).copied()
    }

    /// Number of connections.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no connections.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a connection, or replaces its version.
    pub fn set(&mut self, name: &ConnectionName, version: Version) {
        self.0.insert(digest(name), version);
    }

    pub(super) fn remove(&mut self, name: &ConnectionName) {
        self.0.remove(&digest(name));
    }

    #[cfg(any(feature = "aws", test))]
    pub(super) fn encode(&self) -> Vec<u8> {
        let entries = self.0.iter();
        let entries = entries
            .flat_map(|(digest, version)| digest.iter().copied().chain(version.to_be_bytes()));
        HEADER.into_iter().chain(entries).collect()
    }

    /// Parses an index; `None` if the bytes have another format.
    #[cfg(any(feature = "aws", test))]
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let entries = bytes.strip_prefix(&HEADER)?.chunks(ENTRY);
        let entry = |entry: &[u8]| {
            let (digest, version) = entry.split_at_checked(DIGEST)?;
            let version = Version::from_be_bytes(version.try_into().ok()?);
            Some((digest.try_into().ok()?, version))
        };
        entries.map(entry).collect::<Option<_>>().map(Self)
    }
}

fn digest(name: &ConnectionName) -> Digest {
    let hash = Sha256::digest(name.as_str());
    let mut digest = Digest::default();
    digest.copy_from_slice(&hash[..DIGEST]);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: usize) -> ConnectionName {
        ConnectionName::parse(&format!("customer-{number}")).unwrap()
    }

    #[test]
    fn five_thousand_fit_into_a_secret() {
        let mut index = Index::default();
        for number in 0..Index::MOST {
            index.set(&name(number), u32::try_from(number).unwrap() + 1);
        }
        assert!(index.len() == Index::MOST && Index::MOST > 5000);
        let bytes = index.encode();
        assert!(bytes.len() <= 65_536, "{}", bytes.len());
        let read = Index::decode(&bytes).unwrap();
        assert_eq!(read, index);
        assert_eq!(read.version(&name(4711)), Some(4712));
        assert_eq!(read.version(&name(Index::MOST)), None);
        index.remove(&name(4711));
        assert_eq!(index.version(&name(4711)), None);
    }

    #[test]
    fn other_bytes_are_no_index() {
        let good = Index::from_iter_of(&[1, 2]).encode();
        assert!(Index::decode(&good).is_some());
        let newer = [b"BRI2", &good[4..]].concat();
        for bytes in [&good[..good.len() - 1], &good[1..], &newer, b"", b"{}"] {
            assert_eq!(Index::decode(bytes), None);
        }
    }

    impl Index {
        fn from_iter_of(numbers: &[usize]) -> Self {
            let mut index = Self::default();
            numbers.iter().for_each(|it| index.set(&name(*it), 1));
            index
        }
    }
}
