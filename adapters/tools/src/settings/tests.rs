use super::*;
use shared::config::Vars;

/// Faults in the settings of a tool of this kind.
fn faults(kind: &str, name: &str, value: &str) -> String {
    let vars = Vars::default()
        .with("TOOL_KIND", Some(kind))
        .with("TOOL_BASE_URL", Some("https://tool.example.com"))
        .with("TOOL_API_TOKEN", Some("token"))
        .with(name, Some(value));
    let mut reader = Reader::new(&vars);
    let settings = Settings::read(&mut reader);
    let faults = reader.finish(settings).err();
    faults.map_or_else(String::new, |it| it.to_string())
}

#[test]
fn cvat_asks_for_its_organisation() {
    assert!(faults("cvat", "TOOL_ORG", " ").contains("TOOL_ORG: it is not set"));
    assert_eq!(faults("cvat", "TOOL_ORG", "team"), "");
    assert_eq!(
        faults("doccano", "TOOL_ORG", ""),
        "",
        "doccano has no organisations"
    );
}

#[test]
fn words_that_are_unknown_are_refused_with_those_that_are_not() {
    let told = faults("doccano", "TOOL_ROLE", "project_admin");
    assert!(
        told.contains("`annotator` or `annotation_approver`"),
        "{told}"
    );
    for name in ["TOOL_ACCOUNT_MODE", "TOOL_NOTICES"] {
        assert!(faults("doccano", name, "maybe").contains(name), "{name}");
    }
}

#[test]
fn a_superuser_is_given_whole_or_not_at_all() {
    let told = faults("label-studio", "TOOL_ADMIN_EMAIL", "a@example.com");
    assert!(
        told.contains("TOOL_ADMIN_PASSWORD: it is not set"),
        "{told}"
    );
    let told = faults("label-studio", "TOOL_ADMIN_PASSWORD", "canary");
    assert!(told.contains("TOOL_ADMIN_EMAIL: it is not set"), "{told}");
    assert!(!told.contains("canary"), "{told}");
    assert_eq!(faults("label-studio", "TOOL_ROLE", "any"), "");
}

#[test]
fn the_limit_of_calls_is_a_number() {
    for odd in ["0", "many", "-1", "NaN", "1e9"] {
        let told = faults("rest", "TOOL_MAX_CALLS_PER_SECOND", odd);
        assert!(told.contains("from 0.1 to 10000"), "{odd}: {told}");
    }
    for good in ["", "0.5", "20"] {
        assert_eq!(faults("rest", "TOOL_MAX_CALLS_PER_SECOND", good), "");
    }
}

#[test]
fn processes_share_the_limit_of_calls() {
    let vars = Vars::default()
        .with("TOOL_MAX_CALLS_PER_SECOND", Some("24"))
        .with("BRIDGE_PROVISIONERS", Some("10"));
    assert_eq!(most_calls(&mut Reader::new(&vars)), Some(Some(2.0)));
    let vars = vars.with("BRIDGE_JOB_WORKERS", Some("7"));
    assert_eq!(most_calls(&mut Reader::new(&vars)), Some(Some(1.0)));
}

#[test]
fn the_most_of_an_annotation_is_a_part_of_a_day() {
    for odd in ["0", "86401", "-1", "an hour"] {
        let told = faults("label-studio", "MAX_SECONDS_PER_ANNOTATION", odd);
        assert!(told.contains("from 1 to 86400"), "{odd}: {told}");
    }
}
