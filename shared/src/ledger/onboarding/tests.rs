use super::*;

fn link() -> OnboardingLink {
    let name = ConnectionName::parse("acme").unwrap();
    OnboardingLink::new(
        "1".into(),
        name,
        Timestamp::UNIX_EPOCH,
        Duration::from_secs(60),
    )
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn claim(browser: &str, stored: bool) -> Option<OnboardingClaim> {
    Some(OnboardingClaim {
        browser: browser.into(),
        install: InstallId::from("ins_1"),
        organization: None,
        at: at(1),
        stored,
    })
}

#[test]
fn a_link_has_one_state() {
    let mut link = link();
    assert_eq!(link.state(at(59)), OnboardingState::Open);
    assert_eq!(link.state(at(60)), OnboardingState::Expired);
    link.claim = claim("a", false);
    assert_eq!(link.state(at(1)), OnboardingState::Open);
    link.claim = claim("a", true);
    assert_eq!(link.state(at(99)), OnboardingState::Used);
    link.revoked_at = Some(at(1));
    assert_eq!(link.state(at(1)), OnboardingState::Revoked);
}

#[test]
fn a_claim_without_a_token_is_of_its_browser() {
    let mut link = link();
    link.claim = claim("a", false);
    assert!(link.is_free_for("a", at(1)) && !link.is_free_for("b", at(1)));
    assert!(!link.is_free_for("a", at(60)));
    link.claim = claim("a", true);
    assert!(!link.is_free_for("a", at(1)));
}

#[test]
fn tries_are_limited_for_a_time() {
    let mut link = link();
    let allowed = (0..20).filter(|_| link.count_try(at(0))).count();
    assert_eq!(allowed, 10);
    assert!(!link.count_try(at(3599)));
    assert!(link.count_try(at(3600)));
}

#[test]
fn a_signature_is_for_one_purpose_and_one_key() {
    let key = OnboardingKey::of("a");
    let signed = key.sign("link", &["1", "2"]);
    assert!(key.signed("link", &["1", "2"], &signed));
    assert!(!key.signed("state", &["1", "2"], &signed));
    assert!(!key.signed("link", &["1", "3"], &signed));
    assert!(!OnboardingKey::of("b").signed("link", &["1", "2"], &signed));
    assert!(!key.signed("link", &["1", "2"], "") && !key.signed("link", &["1", "2"], "xyz"));
}
