//! Readers of single settings.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use secrecy::SecretString;
use tracing_subscriber::filter::{LevelFilter, Targets};

use super::Reader;
use super::reader::period;
use super::setting::{
    ADMIN_LISTEN, AUDIT_DAYS, BRIDGE_DB, BRIDGE_LISTEN, BRIDGE_LOG, BRIDGE_LOG_FORMAT,
    CONFIRM_AFTER, ON_END_OF_EARLIER_MEMBER, ON_INSTALL_REVOKED, ON_LINK_REMOVED,
    TOOL_SHARED_BY_CUSTOMERS, WORK_EMAIL_DOMAINS,
};
use crate::http::{BaseUrl, Credential, CredentialError};
use crate::ledger::{OnEndOfEarlierMember, OnInstallRevoked, OnLinkRemoved, Policy};
use crate::model::person::WorkEmailDomains;

/// Reads the operator's policy; `None` if a setting is wrong. The reader has recorded the fault.
pub fn policy(settings: &mut Reader<'_>) -> Option<Policy> {
    let link = [
        ("remove", OnLinkRemoved::Remove),
        ("keep", OnLinkRemoved::Keep),
    ];
    let install = [
        ("keep", OnInstallRevoked::Keep),
        ("remove", OnInstallRevoked::Remove),
    ];
    let earlier = [
        ("remove", OnEndOfEarlierMember::Remove),
        ("keep", OnEndOfEarlierMember::Keep),
    ];
    let on_end_of_earlier_member = settings.one_of(&ON_END_OF_EARLIER_MEMBER, &earlier);
    let shared = settings.one_of(&TOOL_SHARED_BY_CUSTOMERS, &[("0", false), ("1", true)]);
    let on_link_removed = settings.one_of(&ON_LINK_REMOVED, &link);
    let on_install_revoked = settings.one_of(&ON_INSTALL_REVOKED, &install);
    let work_email_domains = work_email_domains(settings);
    let confirm_after = settings.parsed(&CONFIRM_AFTER, period);
    let audit_days = settings.parsed(&AUDIT_DAYS, |text| {
        let days = text.parse().ok().filter(|days| (30..=3650).contains(days));
        let cure = "set it to a whole number of days from 30 to 3650";
        days.ok_or_else(|| ("it is no number of days".to_owned(), cure.to_owned()))
    });
    Some(Policy {
        on_link_removed: on_link_removed?,
        on_install_revoked: on_install_revoked?,
        work_email_domains: work_email_domains?,
        on_end_of_earlier_member: on_end_of_earlier_member?,
        shared_by_customers: shared?,
        confirm_after: confirm_after?,
        audit_days: audit_days?,
    })
}

fn work_email_domains(settings: &mut Reader<'_>) -> Option<WorkEmailDomains> {
    settings.parsed(&WORK_EMAIL_DOMAINS, |text| {
        let cure = "set it to domains such as opentrain.work, with commas between them";
        WorkEmailDomains::parse(text).ok_or_else(|| ("it names no domain".into(), cure.into()))
    })
}

/// Address on which `bridge serve` listens.
pub fn listen(settings: &mut Reader<'_>) -> Option<SocketAddr> {
    settings.parsed(&BRIDGE_LISTEN, |text| {
        let cure = "set it to an IP address and a port, such as 127.0.0.1:8787";
        text.parse()
            .map_err(|_| ("it is no address".into(), cure.into()))
    })
}

/// Address on which `bridge serve` shows metrics and health. A port alone means 127.0.0.1.
pub fn admin_listen(settings: &mut Reader<'_>) -> Option<Option<SocketAddr>> {
    settings.optional(&ADMIN_LISTEN, |text| {
        let port = || Some((Ipv4Addr::LOCALHOST, text.parse().ok()?).into());
        let cure = "set it to a port, or an IP address and a port, such as 9464 or 10.0.0.5:9464";
        let address = text.parse().ok().or_else(port);
        address.ok_or_else(|| ("it is no address".into(), cure.into()))
    })
}

/// The SQLite file of `bridge serve`.
pub fn database(settings: &mut Reader<'_>) -> Option<PathBuf> {
    settings.text(&BRIDGE_DB).map(PathBuf::from)
}

/// Filter of the log.
pub fn log_filter(settings: &mut Reader<'_>) -> Option<Targets> {
    settings.parsed(&BRIDGE_LOG, |text| {
        let cure = concat!(
            "set it to error, warn, info, debug, trace or off, or to a filter by module such as `info,",
            env!("CARGO_CRATE_NAME"),
            "::queue=debug`"
        );
        let fault = |problem: &str| (problem.to_owned(), cure.to_owned());
        if !text.split(',').all(names_a_level) {
            return Err(fault("it names no level"));
        }
        text.parse().map_err(|_| fault("it is no filter"))
    })
}

/// `LEVEL` or `MODULE=LEVEL`. Another word alone would count as a module, and the log of all others would be off.
fn names_a_level(directive: &str) -> bool {
    let level = directive.split_once('=').map_or(directive, |(_, it)| it);
    !level.is_empty() && level.parse::<LevelFilter>().is_ok()
}

/// Whether the log is JSON.
pub fn log_format(settings: &mut Reader<'_>) -> Option<bool> {
    settings.one_of(&BRIDGE_LOG_FORMAT, &[("text", false), ("json", true)])
}

pub(super) fn base_url(text: &str) -> Result<BaseUrl, (String, String)> {
    BaseUrl::parse(text).map_err(|error| ("it can't be used".into(), error.to_string()))
}

pub fn token(text: &str) -> Result<SecretString, (String, String)> {
    let token = SecretString::from(text);
    let usable: Result<Credential, CredentialError> = Credential::bearer(&token);
    usable.map_err(|error| ("it can't be used".into(), error.to_string()))?;
    Ok(token)
}
