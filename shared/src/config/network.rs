//! Certificate authorities and proxies, for calls to other services.

use super::Reader;
use super::setting::TLS_CA;
use crate::http::{BaseUrl, Roots, proxy_faults};

/// Reads the operator's certificate authorities, and checks the proxy variables, which the HTTP client reads itself.
/// `None` if one is wrong; the reader has recorded the fault.
pub(super) fn roots(settings: &mut Reader<'_>) -> Option<Roots> {
    let vars = settings.vars();
    let faults = proxy_faults(|name| vars.raw(name).map(str::to_owned));
    for variable in &faults {
        settings.fault_of(
            variable,
            "it is not the address of a proxy",
            "set it to http://host:port, https://host:port or socks5h://host:port, or unset it",
        );
    }
    let roots = settings.optional(&TLS_CA, |text| {
        Roots::from_pem(text).map_err(|error| ("it can't be used".into(), error.to_string()))
    })?;
    faults.is_empty().then(|| roots.unwrap_or_default())
}

/// Number of certificate authorities that the operator has added; `None` if the file can't be read.
pub fn own_authorities(settings: &mut Reader<'_>) -> Option<usize> {
    roots(settings).map(|roots| roots.count())
}

/// The address with the operator's authorities.
pub fn reached(base: Option<BaseUrl>, settings: &mut Reader<'_>) -> Option<BaseUrl> {
    let roots = roots(settings);
    Some(base?.trusting(roots?))
}
