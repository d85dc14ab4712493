//! Credentials in texts.

/// Prefixes of credentials. A client can send a credential in a path or a query by mistake.
const SECRETS: [&str; 5] = ["ot_ptk_", "ot_pat_", "ot_clm_", "ot_cat_", "whsec_"];

/// The text with each credential cut after its prefix.
pub(crate) fn masked(text: &str) -> String {
    let mut masked = text.to_owned();
    for secret in SECRETS {
        let mut from = 0;
        while let Some(found) = masked[from..].find(secret) {
            let start = from + found + secret.len();
            let rest = &masked[start..];
            let ends = |own: char| !own.is_ascii_alphanumeric() && own != '_';
            let length = rest.find(ends).unwrap_or(rest.len());
            masked.replace_range(start..start + length, "…");
            from = start;
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn credentials_are_cut() {
        let text = "/contracts?token=ot_ptk_0aF&x=ot_pat_sandbox1_2-ot_ptk_9";
        let cut = "/contracts?token=ot_ptk_…&x=ot_pat_…-ot_ptk_…";
        assert_eq!(masked(text), cut);
        assert_eq!(masked("/contracts?limit=5"), "/contracts?limit=5");
    }
}
