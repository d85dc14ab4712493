use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::super::{Credentials, FileStore, Kept, StoreError, Webhook};
use crate::model::ConnectionName;
use crate::model::signature::WebhookSecret;

fn store() -> (TempDir, FileStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path().join("connections.json"));
    (folder, store)
}

fn name(name: &str) -> ConnectionName {
    ConnectionName::parse(name).unwrap()
}

fn put(store: &FileStore, at: &str, token: &str) -> Result<(), StoreError> {
    store.update(|kept: &mut Kept| {
        kept.entry(name(at)).or_default().token = Some(token.into());
        Ok(())
    })
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn what_is_stored_is_read_again() {
    let (_folder, store) = store();
    assert!(store.read().unwrap().is_empty(), "no file is no connection");
    let secret = |text: &str| WebhookSecret::new(text).unwrap();
    let webhooks = vec![
        Webhook {
            endpoint: Some("whe_2".into()),
            secret: secret("whsec_new"),
        },
        Webhook {
            endpoint: None,
            secret: secret("whsec_old"),
        },
    ];
    let own = Credentials {
        token: Some("ot_ptk_1".into()),
        install: Some("ins_1".into()),
        organization: Some("org_1".into()),
        webhooks,
        projects: None,
    };
    store
        .update(|kept| {
            kept.insert(name("acme"), own);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let read = store.read().unwrap().remove(&name("acme")).unwrap();
    assert_eq!(read.token.as_ref().unwrap().expose_secret(), "ot_ptk_1");
    assert_eq!(
        (read.install, read.organization.as_deref()),
        (Some("ins_1".into()), Some("org_1"))
    );
    let secrets: Vec<_> = read
        .webhooks
        .iter()
        .map(|it| (it.endpoint.clone(), it.secret.expose().to_owned()))
        .collect();
    assert_eq!(
        secrets,
        [
            (Some("whe_2".into()), "whsec_new".into()),
            (None, "whsec_old".into())
        ]
    );
}

/// The file that a process has read is gone: that is a fault. A process that starts without it has no connections.
#[test]
fn a_file_that_is_gone_is_a_fault_until_it_is_back() {
    let (folder, store) = store();
    put(&store, "acme", "ot_ptk_1").unwrap();
    assert_eq!(store.read().unwrap().len(), 1);
    let aside = folder.path().join("aside");
    fs::rename(store.path(), &aside).unwrap();
    for refused in [
        store.read().unwrap_err(),
        put(&store, "b", "t").unwrap_err(),
    ] {
        let text = refused.to_string();
        assert!(text.contains("is gone; put it back"), "{text}");
    }
    assert!(FileStore::new(store.path()).read().unwrap().is_empty());
    fs::rename(&aside, store.path()).unwrap();
    assert_eq!(store.read().unwrap().len(), 1);
}

#[test]
fn it_is_its_owners_alone_and_nothing_is_left_beside_it() {
    let (folder, store) = store();
    put(&store, "acme", "ot_ptk_1").unwrap();
    put(&store, "acme", "ot_ptk_2").unwrap();
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(mode(&entry.path()), 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["connections.json", "connections.json.lock"]);
}

/// As Kubernetes mounts it for a user who is not root: a link to a link, and readable by a group.
#[test]
fn a_mounted_file_that_its_group_may_read_is_used_and_noted() {
    let (folder, store) = store();
    put(&store, "acme", "ot_ptk_1").unwrap();
    fs::create_dir(folder.path().join("..1")).unwrap();
    fs::rename(store.path(), folder.path().join("..1/connections.json")).unwrap();
    symlink("..1", folder.path().join("..data")).unwrap();
    symlink("..data/connections.json", store.path()).unwrap();
    for (mode, noted) in [(0o400, false), (0o600, false), (0o440, true), (0o640, true)] {
        fs::set_permissions(store.path(), fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(store.read().unwrap().len(), 1, "{mode:o}");
        assert_eq!(store.note().is_some(), noted, "{mode:o}");
    }
}

#[test]
fn a_file_that_others_may_read_is_refused_with_its_cure() {
    let (_folder, store) = store();
    put(&store, "acme", "ot_ptk_canary").unwrap();
    // A reading from before the change of permissions must not be used.
    store.read().unwrap();
    for open in [0o644, 0o604, 0o620, 0o666] {
        fs::set_permissions(store.path(), fs::Permissions::from_mode(open)).unwrap();
        let refusals = [
            store.read().unwrap_err(),
            put(&store, "acme", "ot_ptk_2").unwrap_err(),
        ];
        for refusal in refusals {
            let text = refusal.to_string();
            assert!(
                text.contains(&format!("mode {open:04o}"))
                    && text.contains("run `chmod 600")
                    && text.contains("defaultMode: 0440"),
                "{text}"
            );
        }
        assert_eq!(mode(store.path()), open, "it is the operator's to mend");
    }
}

#[test]
fn what_is_no_file_of_ours_is_refused_and_not_quoted() {
    let (_folder, store) = store();
    for text in [
        "ot_ptk_canary",
        r#"{"version": 1, "connections": {"a": {"token": "", "webhooks": []}}}"#,
        r#"{"version": 1, "connections": {"a": {"token": "can ary"}}}"#,
        r#"{"version": 1, "connections": {"a": {"token": ["canary"]}}}"#,
        r#"{"version": 1, "connections": {"a": {"canary": 1}}}"#,
        r#"{"version": 1, "connections": {"Canary": {}}}"#,
        r#"{"version": 1, "connections": {"a": {"webhooks": [{"secret": " "}]}}}"#,
        r#"{"version": "1", "connections": {}}"#,
    ] {
        fs::write(store.path(), text).unwrap();
        fs::set_permissions(store.path(), fs::Permissions::from_mode(0o600)).unwrap();
        let refusal = store.read().unwrap_err().to_string();
        assert!(
            refusal.contains("does not hold connections")
                && !refusal.to_lowercase().contains("canary"),
            "{refusal}"
        );
        put(&store, "acme", "ot_ptk_2").unwrap_err();
        assert_eq!(
            fs::read_to_string(store.path()).unwrap(),
            text,
            "it was left alone"
        );
    }
    fs::write(store.path(), r#"{"version": 2, "else": {}}"#).unwrap();
    assert!(
        store
            .read()
            .unwrap_err()
            .to_string()
            .contains("newer bridge")
    );
}

#[test]
fn a_change_that_fails_leaves_it_as_it_was() {
    let (_folder, store) = store();
    put(&store, "acme", "ot_ptk_1").unwrap();
    let before = fs::read(store.path()).unwrap();
    let refused = store.update(|kept| {
        kept.clear();
        Err::<(), _>(StoreError::Failing("no".into()))
    });
    refused.unwrap_err();
    assert_eq!(fs::read(store.path()).unwrap(), before);
}

#[test]
fn a_crash_in_mid_write_costs_nothing() {
    let (folder, store) = store();
    put(&store, "acme", "ot_ptk_1").unwrap();
    fs::write(folder.path().join("connections.json.new"), "{\"vers").unwrap();
    assert_eq!(store.read().unwrap().len(), 1);
    put(&store, "other", "ot_ptk_2").unwrap();
    assert_eq!(store.read().unwrap().len(), 2);
}

#[test]
fn behind_a_link_the_file_itself_is_written() {
    let (folder, store) = store();
    put(&store, "acme", "ot_ptk_1").unwrap();
    let link = folder.path().join("link.json");
    symlink(store.path(), &link).unwrap();
    put(&FileStore::new(&link), "other", "ot_ptk_2").unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(store.read().unwrap().len(), 2);
}

#[test]
fn many_writers_lose_none_of_each_others_work() {
    let (_folder, store) = store();
    let write = |n: usize| put(&store, &format!("c-{n}"), &format!("ot_ptk_{n}")).unwrap();
    std::thread::scope(|scope| {
        for n in 0..24 {
            scope.spawn(move || write(n));
        }
        // Readers never see half a file.
        (0..50).for_each(|_| drop(store.read().unwrap()));
    });
    assert_eq!(store.read().unwrap().len(), 24);
}

#[test]
fn neither_token_nor_secret_can_be_printed() {
    let (_folder, store) = store();
    put(&store, "acme", "ot_ptk_canary").unwrap();
    let secret = WebhookSecret::new("whsec_canary").unwrap();
    store
        .update(|kept| {
            kept.entry(name("acme"))
                .or_default()
                .webhooks
                .push(Webhook {
                    endpoint: None,
                    secret,
                });
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let shown = format!("{:?}", store.read().unwrap());
    assert!(!shown.contains("canary"), "{shown}");
}
