//! Names of groups and ids of deduplication, within SQS's limits.

/// Name of a group, within SQS's limits (1 to 128 letters, digits and punctuation characters).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GroupId(String);

impl GroupId {
    /// `kind:id` where SQS allows it, else `kind:` and a digest of the id.
    pub fn new(kind: &str, id: &str) -> Self {
        let plain = format!("{kind}:{id}");
        let allowed = plain.len() <= 128 && plain.bytes().all(|b| b.is_ascii_graphic());
        Self(if allowed {
            plain
        } else {
            format!("{kind}:{}", digest(&[id]))
        })
    }

    /// The group with this stored form, as returned by [`as_str`](Self::as_str).
    pub fn from_stored(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The stored form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Identifies a message for deduplication. It is a digest, so it is within SQS's limits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeduplicationId(String);

impl DeduplicationId {
    /// A digest of the parts; `["a", "b"]` and `["ab", ""]` differ.
    pub fn of(parts: &[&str]) -> Self {
        Self(digest(parts))
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn digest(parts: &[&str]) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}
