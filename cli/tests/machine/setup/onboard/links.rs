//! Who may use a link, how often, and until when.

use std::sync::Arc;
use std::time::Duration;

use shared::model::clock::{Clock, ManualClock, SystemClock};

use super::kit::{APP, Browser, Site};
use crate::common::command::bridge;
use crate::common::world::{Setup, play_with};
use crate::setup::ground::PROJECT;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_once() {
    let site = Site::new().await;
    let grant = site.grant("org_1");
    let link = site.link("acme", &[]).await;
    let (first, second) = (Browser::default(), Browser::default());
    let form = first
        .open(&first.open(&link).await.back(&grant.install_id))
        .await;
    let late = second
        .open(&second.open(&link).await.back(&grant.install_id))
        .await;
    // Both browsers send at once: one of them is refused, and stores nothing.
    let (a, b) = tokio::join!(
        first.enter(&form, &grant.token),
        second.enter(&late, &grant.token)
    );
    let mut status = [a.status, b.status];
    status.sort_unstable();
    assert_eq!(status[0], 200, "{}{}", a.html, b.html);
    assert!([409, 410, 422].contains(&status[1]), "{}{}", a.html, b.html);
    let (winner, loser) = match a.status {
        200 => (&first, &second),
        _ => (&second, &first),
    };
    // The browser that has used it sees the last page again, and no other does.
    let again = winner.open(&link).await;
    assert!(again.url.path().ends_with("/done"), "{}", again.url);
    let beside = |page: &str| again.url.join(page).unwrap().to_string();
    for page in ["done", "token"] {
        let page = loser.open(&beside(page)).await;
        assert_eq!(page.status, 410, "{}", page.html);
    }
    let other = Browser::default().open(&link).await;
    assert_eq!(other.status, 410);
    other.shows(&["used already", "tell"]);
    assert!(!other.html.contains("org_1") && !other.html.contains(&grant.install_id));
    let repeated = winner.enter(&form, &grant.token).await;
    assert!([403, 410].contains(&repeated.status), "{}", repeated.html);
    site.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_a_replaced_and_a_changed_link_lead_nowhere() {
    let site = Site::new().await;
    let old = site.link("acme", &[]).await;
    let browser = Browser::default();
    let welcome = browser.open(&old).await;
    let link = site.link("acme", &[]).await;
    let replaced = browser.open(&old).await;
    assert_eq!(replaced.status, 410);
    replaced.shows(&["was revoked"]);
    let page = browser.open(&welcome.back("ins_1")).await;
    assert_eq!(page.status, 410, "{}", page.html);
    let (head, mac) = link.rsplit_once('.').unwrap();
    let last = if mac.ends_with('0') { "1" } else { "0" };
    let (id, until) = head.rsplit_once('.').unwrap();
    let later = until.parse::<i64>().unwrap() + 1;
    for changed in [
        format!("{head}.{}{last}", &mac[..mac.len() - 1]),
        format!("{id}.{later}.{mac}"),
        format!("{id}.{until}"),
        format!("{id}.{until}."),
        format!("{}/onboard/x", site.url()),
    ] {
        let page = Browser::default().open(&changed).await;
        assert_eq!(page.status, 404, "{changed}: {}", page.html);
        assert!(page.headers.get("set-cookie").is_none());
    }
    assert_eq!(Browser::default().open(&link).await.status, 200);
    site.ground
        .bridge(&["onboard", "--revoke", "acme"])
        .await
        .done();
    assert_eq!(Browser::default().open(&link).await.status, 410);
    assert_eq!(site.state("acme").await, "revoked");
    let error = site.ground.bridge(&["onboard", "--revoke", "acme"]).await;
    assert!(error.failed(2).contains("no open link"));
    site.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_a_cookie_and_a_form_belong_to_one_browser() {
    let site = Site::new().await;
    let grant = site.grant("org_1");
    let link = site.link("acme", &[]).await;
    let (own, other) = (Browser::default(), Browser::default());
    let welcome = own.open(&link).await;
    let foreign = other.open(&link).await;
    // The state of another browser, a changed one, and none.
    let back = welcome.back(&grant.install_id);
    for wrong in [
        foreign.back(&grant.install_id),
        format!("{back}0"),
        back.replace("&state=", "&x="),
    ] {
        let page = own.open(&wrong).await;
        assert_eq!(page.status, 403, "{wrong}");
        page.shows(&["Open your link first"]);
    }
    // No cookie.
    for page in ["back", "token", "done"] {
        let url = format!("{}/onboard/{page}", site.url());
        assert_eq!(Browser::default().open(&url).await.status, 403, "{page}");
    }
    let form = own.open(&back).await;
    let declined = own.open(&back.replace(&grant.install_id, "")).await;
    declined.shows(&["nothing was connected"]);
    // The form of another browser, and none.
    let theirs = other
        .open(&foreign.back(&grant.install_id))
        .await
        .hidden("form");
    for field in ["", &theirs] {
        let fields = [("form", field), ("token", &grant.token)];
        let page = own.post(&form, "token", &fields).await;
        assert_eq!(page.status, 403, "{}", page.html);
        page.shows(&["nothing was changed"]);
    }
    let early = own.open(&format!("{}/onboard/done", site.url())).await;
    assert_eq!(early.status, 409);
    assert!(!site.ground.connections().exists());
    site.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_expires() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let setup = Setup {
        clock: Arc::clone(&clock) as _,
        onboards: true,
        ..Setup::default()
    };
    play_with(setup, async |world| {
        let url = format!("http://{}", world.bridge.address());
        let args = ["onboard", "acme", "--url", &url, "--app", APP, "--json"];
        let made = bridge(world, &args).await.json();
        let link = made["link"].as_str().unwrap();
        let browser = Browser::default();
        let day = Duration::from_secs(24 * 3600);
        clock.advance(day * 7 - Duration::from_secs(60));
        // The cookie ends with the link.
        let welcome = world.client.get(link).send().await.unwrap();
        assert_eq!(welcome.status(), 200);
        let cookie = welcome.headers()["set-cookie"].to_str().unwrap();
        let left = cookie.split("Max-Age=").nth(1).unwrap().split(';').next();
        assert!(
            (50..=60).contains(&left.unwrap().parse::<u64>().unwrap()),
            "{cookie}"
        );
        clock.advance(Duration::from_secs(61));
        let page = browser.open(link).await;
        assert_eq!(page.status, 410, "{}", page.html);
        page.shows(&["has expired", "Ask the sender"]);
        // A page that was open before.
        let token = format!("{url}/onboard/token");
        let pair = cookie.split(';').next().unwrap();
        let page = world
            .client
            .get(token)
            .header("cookie", pair)
            .send()
            .await
            .unwrap();
        assert_eq!(page.status(), 410);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_refuses_what_a_customer_could_not_complete() {
    let site = Site::new().await;
    let url = site.url();
    for (args, says) in [
        (
            &["onboard", "acme", "--app", APP][..],
            "ONBOARD_URL is not set",
        ),
        (
            &["onboard", "acme", "--url", &url],
            "ONBOARD_APP is not set",
        ),
        (
            &["onboard", "acme", "--url", "http://b.example", "--app", APP],
            "https",
        ),
        (
            &["onboard", "acme", "--url", "b.example", "--app", APP],
            "https://",
        ),
        (&["onboard", "acme", "--url", &url, "--app", "A B"], "slug"),
        (
            &["onboard", "acme", "--url", &url, "--app", APP, "--from", ""],
            "--from",
        ),
        (
            &["onboard", "acme", "--stack", "labels"],
            "only on this machine",
        ),
        (&["onboard", "A", "--url", &url], "a-z"),
        (&["onboard"], "NAME"),
    ] {
        let error = site.ground.bridge(args).await.failed(2);
        assert!(error.contains(says), "{args:?}: {error}");
    }
    let site_flags = ["onboard", "acme", "--url", &url, "--app", APP];
    let unknown = [&site_flags[..], &["--project", "none"]].concat();
    assert_ne!(site.ground.bridge(&unknown).await.code, 0);
    let mut command = site
        .ground
        .command(&["onboard", "default", "--url", &url, "--app", APP]);
    command.env("OPENTRAIN_PARTNER_TOKEN", &site.ground.grant.token);
    let error = site.ground.run(command, "").await.failed(2);
    assert!(error.contains("unset them"), "{error}");
    site.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_has_no_address() {
    let site = Site::new().await;
    let listed = site.ground.bridge(&["onboard", "--list"]).await.done();
    assert!(listed.contains("No link yet"), "{listed}");
    site.link("acme", &["--project", PROJECT]).await;
    let listed = site.ground.bridge(&["onboard", "--list"]).await.done();
    assert!(
        listed.contains("acme") && listed.contains("open"),
        "{listed}"
    );
    assert!(
        !listed.contains("/onboard/"),
        "a list has no address: {listed}"
    );
    site.close();
}
