//! What AWS says when it does not do something, in words that name the cure.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::http::{cause, plain};

/// A call, as its errors speak of it.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    /// The right that it takes, such as `sqs:SendMessage`.
    pub(crate) action: &'static str,
    /// What it was for: `the queue NAME`.
    pub(crate) what: &'a str,
    /// Where that name comes from.
    pub(crate) setting: &'static str,
}

/// Why AWS did not do something.
#[derive(Debug)]
pub struct AwsError {
    kind: Kind,
    code: Option<String>,
    text: String,
}

/// What kind of reason it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// There is no answer: the network, the address, or AWS was too slow.
    Unreachable,
    /// The credentials are wrong, or too old.
    Stranger,
    /// The role lacks the right.
    Denied,
    /// What was asked for is not there.
    Missing,
    /// Too much at once.
    Throttled,
    /// AWS failed by its own fault.
    Failing,
    /// AWS took the request for wrong.
    Refused,
}

impl AwsError {
    /// What kind of reason it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// AWS's own code, where it gave one.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for AwsError {}

/// Describes a failed call.
pub(crate) fn fault<E>(call: &Call<'_>, error: &SdkError<E, HttpResponse>) -> AwsError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let told = error.as_service_error().map(ProvideErrorMetadata::meta);
    let code = told.and_then(|meta| meta.code()).map(str::to_owned);
    let kind = match (&code, error.raw_response()) {
        (Some(code), _) if kind(code).is_some() => kind(code).unwrap_or(Kind::Refused),
        (_, Some(response)) if response.status().is_server_error() => Kind::Failing,
        (_, Some(response)) if response.status().as_u16() == 429 => Kind::Throttled,
        (_, Some(_)) => Kind::Refused,
        (_, None) => Kind::Unreachable,
    };
    let message = told.and_then(|meta| meta.message());
    let word = match &code {
        Some(code) => reason(kind, code, message),
        None => why(error),
    };
    let text = tell(kind, call, &word);
    AwsError { kind, code, text }
}

/// Describes an entry of a batch that AWS did not accept, though the call succeeded.
pub(crate) fn entry_fault(
    call: &Call<'_>,
    code: &str,
    message: Option<&str>,
    sender_fault: bool,
) -> AwsError {
    let otherwise = match sender_fault {
        true => Kind::Refused,
        false => Kind::Failing,
    };
    let kind = kind(code).unwrap_or(otherwise);
    let text = tell(kind, call, &reason(kind, code, message));
    let code = Some(code.to_owned());
    AwsError { kind, code, text }
}

/// AWS's message is shown only where the code alone does not name the cure.
fn reason(kind: Kind, code: &str, message: Option<&str>) -> String {
    match message {
        Some(message) if kind == Kind::Refused => format!("{code}: {}", plain(message, &[])),
        _ => code.to_owned(),
    }
}

/// What AWS's codes mean, over all services.
fn kind(code: &str) -> Option<Kind> {
    Some(match code {
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidAccessKeyId" => Kind::Stranger,
        "AccessDenied"
        | "AccessDeniedException"
        | "KMSAccessDeniedException"
        | "KmsAccessDenied"
        | "OptInRequired" => Kind::Denied,
        "AWS.SimpleQueueService.NonExistentQueue"
        | "QueueDoesNotExist"
        | "ResourceNotFoundException"
        | "ParameterNotFound"
        | "ParameterVersionNotFound" => Kind::Missing,
        "ThrottlingException"
        | "Throttling"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "OverLimit"
        | "KmsThrottled"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "TooManyUpdates"
        | "LimitExceededException" => Kind::Throttled,
        "InternalServerError"
        | "InternalServiceError"
        | "InternalFailure"
        | "InternalError"
        | "ServiceUnavailable" => Kind::Failing,
        _ => return None,
    })
}

/// Why there was no answer: a time-out by its own name, else the innermost cause.
fn why<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: Error + 'static,
{
    match error {
        SdkError::TimeoutError(_) => "it took too long".to_owned(),
        SdkError::DispatchFailure(failure) => failure
            .as_connector_error()
            .map_or_else(|| "nothing could be sent".to_owned(), |error| cause(error)),
        SdkError::ConstructionFailure(_) => plain(&DisplayErrorContext(error).to_string(), &[]),
        _ => error
            .raw_response()
            .map_or_else(String::new, |it| format!("status {}", it.status().as_u16())),
    }
}

fn tell(kind: Kind, call: &Call<'_>, word: &str) -> String {
    let Call {
        action,
        what,
        setting,
    } = call;
    match kind {
        Kind::Unreachable => format!(
            "AWS can't be reached for {action} on {what} ({word}): check the network, AWS_REGION and the AWS_ENDPOINT_URL variables"
        ),
        Kind::Stranger => format!(
            "AWS does not take our credentials ({word}): a function has them from its role; on your own machine log in again (`aws sso login`) or choose another AWS_PROFILE"
        ),
        Kind::Denied => format!(
            "AWS does not allow {action} on {what} ({word}): add that right to the policy of the role that we run as"
        ),
        Kind::Missing => format!(
            "AWS has no {what} ({word}): check {setting} and AWS_REGION, or deploy the stack"
        ),
        Kind::Throttled => {
            format!("AWS throttles {action} on {what} ({word}): it is tried again later")
        }
        Kind::Failing => {
            format!("AWS fails at {action} on {what} ({word}): it is tried again later")
        }
        Kind::Refused => format!("AWS refuses {action} on {what}: {word}"),
    }
}
