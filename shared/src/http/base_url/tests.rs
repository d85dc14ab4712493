use super::*;
use proptest::prelude::*;

#[test]
fn https_or_this_machine() {
    for good in [
        "https://app.opentrain.ai",
        "https://host:8443/base/",
        "http://localhost:8080",
        "http://127.0.0.9",
        "http://[::1]:1/a",
    ] {
        assert!(BaseUrl::parse(good).is_ok(), "{good}");
    }
}

#[test]
fn each_fault_names_its_cure() {
    let refusal = |given: &str| BaseUrl::parse(given).unwrap_err();
    assert_eq!(refusal("app.opentrain.ai"), BaseUrlError::NotUrl);
    assert_eq!(refusal("host.example:8080"), BaseUrlError::NotUrl);
    assert_eq!(refusal("ot_ptk_canary"), BaseUrlError::NotUrl);
    assert_eq!(refusal("ftp://host"), BaseUrlError::Scheme("ftp".into()));
    assert_eq!(refusal("https://me:canary@host"), BaseUrlError::UserInfo);
    assert_eq!(refusal("https://host/?a=canary"), BaseUrlError::Query);
    for clear in [
        "http://tool.example",
        "http://192.168.0.2",
        "http://localhost.example",
        "http://0.0.0.0",
    ] {
        assert!(
            refusal(clear).to_string().contains("write https://"),
            "{clear}"
        );
    }
    for given in [
        "ot_ptk_canary",
        "https://me:canary@host",
        "https://host/?a=canary",
    ] {
        assert!(!refusal(given).to_string().contains("canary"), "{given}");
    }
}

#[test]
fn plain_http_is_allowed_to_private_networks_and_no_others() {
    let allowing = |given: &str| BaseUrl::parse_allowing(given, PlainHttp::Private);
    for private in [
        "http://label-studio:8080",
        "http://10.1.2.3",
        "http://172.31.0.1",
        "http://192.168.0.2/base",
        "http://100.100.1.1",
        "http://[fd00::1]:80",
        "http://host.docker.internal:8080",
        "http://cvat.tools.svc.cluster.local",
        "http://cvat.tools.svc",
        "http://127.0.0.1",
    ] {
        assert!(allowing(private).is_ok(), "{private}");
        let plain = !private.contains("127.");
        assert_eq!(
            allowing(private).unwrap().is_plain_http(),
            plain,
            "{private}"
        );
        assert_eq!(BaseUrl::parse(private).is_ok(), !plain, "{private}");
    }
    for public in [
        "http://tool.example.com",
        "http://8.8.8.8",
        "http://172.32.0.1",
        "http://100.128.0.1",
        "http://169.254.169.254",
        "http://[2001:db8::1]",
        "http://notlocal.example.local.com",
        "http://0.0.0.0",
    ] {
        let refused = allowing(public).unwrap_err();
        assert!(matches!(refused, BaseUrlError::Public(_)), "{public}");
        assert!(refused.to_string().contains("https://"), "{public}");
    }
    assert!(
        !allowing("https://tool.example.com")
            .unwrap()
            .is_plain_http()
    );
}

#[test]
fn a_suffix_is_added_once() {
    for given in [
        "https://h",
        "https://h/",
        "https://h/api/v1",
        "https://h/api/v1/",
    ] {
        let base = BaseUrl::parse(given).unwrap().with_suffix("/api/v1");
        assert_eq!(base.to_string(), "https://h/api/v1", "{given}");
    }
}

#[test]
fn a_segment_that_would_vanish_is_refused() {
    let base = BaseUrl::parse("https://h/base").unwrap();
    for odd in ["", ".", ".."] {
        assert_eq!(base.join(&["a", odd]), Err(OddId(odd.into())));
    }
}

proptest! {
    /// Any id stays one segment and can be decoded again.
    #[test]
    fn an_id_stays_one_segment(id in "\\PC{1,12}|[./%?#\\\\ ]{1,4}") {
        prop_assume!(!matches!(id.as_str(), "." | ".."));
        let url = BaseUrl::parse("https://h/base/").unwrap().join(&["x", &id, "y"]).unwrap();
        let segments: Vec<_> = url.path_segments().unwrap().collect();
        prop_assert_eq!(segments.len(), 4);
        let back = percent_encoding::percent_decode_str(segments[2]).decode_utf8().unwrap();
        prop_assert_eq!(back, id);
        prop_assert!(url.query().is_none() && url.fragment().is_none());
    }
}
