//! Paths that accept deliveries. The server, the function, and the commands that register or check a URL share this
//! rule.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use url::Url;

use super::{Intake, Refused};

/// The connection that a path names: the last segment, after `hooks`.
///
/// Ignores a prefix that a proxy or a stage adds before `/hooks`, doubled slashes and a trailing slash. Expects the
/// path alone, without query.
pub fn connection_in(path: &str) -> Option<Cow<'_, str>> {
    let mut segments = path.rsplit('/').filter(|segment| !segment.is_empty());
    let (name, before) = (segments.next()?, segments.next()?);
    (before == "hooks").then(|| percent_decode_str(name).decode_utf8_lossy())
}

/// Whether deliveries to a URL are those of a connection.
pub fn leads_to(url: &str, connection: &str) -> bool {
    let url = Url::parse(url.trim());
    url.is_ok_and(|url| connection_in(url.path()).is_some_and(|it| it == connection))
}

impl Intake {
    /// The connection of a request that delivers: `POST …/hooks/{connection}`.
    ///
    /// # Errors
    /// The path or the method is another one. The refusal is counted.
    pub fn route<'a>(&self, method: &str, path: &'a str) -> Result<Cow<'a, str>, Refused> {
        match connection_in(path) {
            None => Err(self.refuse(Refused::NoSuchPath, None)),
            Some(_) if method != "POST" => {
                Err(self.refuse(Refused::MethodNotAllowed("POST"), None))
            }
            Some(connection) => Ok(connection),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::connection_in;

    #[test]
    fn the_last_segment_after_hooks_is_the_connection() {
        for path in [
            "/hooks/default",
            "/hooks/default/",
            "//hooks/default",
            "/hooks//default//",
            "/bridge/v1/hooks/default",
            "/hooks/hooks/default",
            "/hooks/%64efault",
        ] {
            assert_eq!(connection_in(path).as_deref(), Some("default"), "{path}");
        }
    }

    #[test]
    fn other_paths_take_no_deliveries() {
        for path in [
            "",
            "/",
            "/hooks",
            "/hooks/",
            "/default",
            "/webhooks/default",
            "/Hooks/default",
            "/hooks/default/more",
        ] {
            assert_eq!(connection_in(path), None, "{path}");
        }
        assert_eq!(
            connection_in("/hooks/..%2fdefault").as_deref(),
            Some("../default")
        );
    }
}
