//! The signature of a delivery.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// `t=<unix seconds>,v1=<hex>`, over `<t>.<body>`; the whole secret is the key, prefix and all.
pub(crate) fn header(secret: &str, at: Timestamp, body: &[u8]) -> Option<String> {
    let t = at.as_second();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(format!("{t}.").as_bytes());
    mac.update(body);
    Some(format!(
        "t={t},v1={}",
        hex::encode(mac.finalize().into_bytes())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_3f9c2b7d51e84a60";
    const AT: i64 = 1_781_258_400;

    fn sign(body: &[u8]) -> String {
        header(SECRET, Timestamp::from_second(AT).unwrap(), body).unwrap()
    }

    /// Vectors from another implementation.
    #[test]
    fn known_bodies_get_the_known_signatures() {
        let body = br#"{"id":"1042","type":"contract.started","apiVersion":"v1","createdAt":"2026-06-12T10:00:00.000Z","resourceId":"ctr_81","jobId":"job_7","data":{}}"#;
        assert_eq!(
            sign(body),
            "t=1781258400,v1=91e912407687286c4d63a39f54b634b2c324e8703c8fdf91f5d8ec49a5acdf70"
        );
        assert_eq!(
            sign(b""),
            "t=1781258400,v1=2bd259404e7256c327be749e671223bc7ea5154cb6bc6af3c5c75981b2a91e20"
        );
    }
}
