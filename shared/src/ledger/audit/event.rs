//! Kinds of audit entries, with stable names and codes.

use serde::{Deserialize, Serialize};

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $code:literal;)*) => {
        /// What happened. The last letter of a code is `I` for success, `W` for a change that waits, `E` for a failure.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum AuditEvent {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
            /// An event of a later version of the bridge.
            #[serde(other, rename = "unknown")]
            Unknown,
        }

        impl AuditEvent {
            /// All events that this version writes.
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Stable name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Unknown => "unknown",
                }
            }

            /// Stable code.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                    Self::Unknown => "B000W",
                }
            }
        }
    };
}

events! {
    /// The tool was asked to grant access.
    GrantAsked = "access.grant-asked", "B101I";
    /// Access is granted.
    Granted = "access.granted", "B102I";
    /// An invitation waits to be accepted.
    Invited = "access.invited", "B103W";
    /// An invitation was accepted, or a membership read back.
    Confirmed = "access.confirmed", "B104I";
    /// Access waits for a work e-mail.
    AwaitsEmail = "access.awaits-email", "B105W";
    /// A grant failed, and is retried or needs an operator.
    GrantFailed = "access.grant-failed", "B106E";
    /// Access that was granted is gone in the tool.
    Lost = "access.lost", "B107E";
    /// The tool was asked to remove access.
    RemovalAsked = "access.removal-asked", "B201I";
    /// The removal was read back.
    RemovalProven = "access.removal-proven", "B202I";
    /// The removal is not proven, and is retried or needs an operator.
    Unconfirmed = "access.removal-unconfirmed", "B203E";
    /// An operator recorded a removal that the tool does not prove.
    RemovalSettled = "access.removal-settled", "B204W";
    /// The project is released; the seat stays for another one.
    Released = "access.released", "B205I";
    /// The hire is over, and an older membership stays.
    Kept = "access.kept", "B206I";
    /// A later look found removed access still gone.
    StillGone = "access.still-gone", "B207I";
    /// A later look found that removed access is back.
    ThereAgain = "access.there-again", "B208E";
    /// The trainer's personal data was erased.
    Forgotten = "trainer.forgotten", "B301I";
    /// `bridge end`.
    OperatorEnd = "operator.end", "B401I";
    /// `bridge settle`.
    OperatorSettle = "operator.settle", "B402I";
    /// `bridge disconnect`.
    OperatorDisconnect = "operator.disconnect", "B403I";
    /// `bridge connect` after a disconnect.
    OperatorReconnect = "operator.reconnect", "B404I";
    /// `bridge unlink`.
    OperatorUnlink = "operator.unlink", "B405I";
    /// `bridge reconcile --force`.
    OperatorForce = "operator.reconcile-forced", "B406I";
    /// `bridge usage --accept-deletions`.
    OperatorAccept = "operator.deletions-accepted", "B407I";
    /// `bridge unsubscribe`.
    OperatorUnsubscribe = "operator.unsubscribe", "B408I";
    /// `bridge endpoints enable`.
    OperatorEnable = "operator.endpoint-enabled", "B409I";
    /// `bridge endpoints disable`.
    OperatorDisable = "operator.endpoint-disabled", "B410I";
    /// `bridge endpoints redeliver`.
    OperatorRedeliver = "operator.redelivery", "B411I";
    /// Dead letters were sent again or deleted.
    OperatorDeadLetters = "operator.dead-letters", "B412I";
    /// `bridge forget`.
    OperatorForget = "operator.forget", "B413I";
    /// `bridge audit export`.
    OperatorExport = "operator.audit-exported", "B414I";
    /// `bridge retry`.
    OperatorRetry = "operator.retry", "B415I";
    /// `bridge restore`.
    OperatorRestore = "operator.restore", "B416W";
    /// A tool of `bridge mcp` that changes something.
    OperatorAgent = "operator.agent", "B417I";
    /// `bridge onboard`.
    OperatorOnboard = "operator.onboard", "B420I";
    /// `bridge onboard --revoke`.
    OperatorOnboardRevoke = "operator.onboard-revoked", "B421I";
    /// `bridge connect`, where it does not replace an install.
    OperatorConnect = "operator.connect", "B422I";
    /// `bridge subscribe`.
    OperatorSubscribe = "operator.subscribe", "B423I";
    /// `bridge link`.
    OperatorLink = "operator.link", "B424I";
    /// `bridge projects record`, `allow` and `move`.
    OperatorProjects = "operator.projects", "B425I";
    /// A customer connected by a link of `bridge onboard`.
    CustomerConnect = "customer.connect", "B501I";
    /// A customer linked a job to a project.
    CustomerLink = "customer.link", "B502I";
    /// A customer's install got its webhook endpoint.
    CustomerSubscribe = "customer.subscribe", "B503I";
}
