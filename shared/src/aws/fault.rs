//! Errors of AWS calls, with their fixes.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::http::cause;
use crate::model::plain;

/// A call, as described in its errors.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    /// The required permission, such as `sqs:SendMessage`.
    pub(crate) action: &'static str,
    /// The resource, such as `parameter NAME`.
    pub(crate) what: &'a str,
    /// The setting that contains the resource's name.
    pub(crate) setting: &'static str,
}

/// Failure of an AWS call.
#[derive(Debug)]
pub struct AwsError {
    kind: Kind,
    code: Option<String>,
    text: String,
}

/// Kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No answer: a network failure, a wrong endpoint, or a time-out.
    Unreachable,
    /// The credentials are invalid or expired.
    Stranger,
    /// The role lacks the permission.
    Denied,
    /// The resource does not exist.
    Missing,
    /// Too many requests.
    Throttled,
    /// AWS failed.
    Failing,
    /// AWS refused the request as invalid.
    Refused,
}

impl AwsError {
    /// Kind of the failure.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// AWS's own error code, if there is one.
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

/// Describes an entry of a batch that AWS refused although the call succeeded.
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

/// AWS's message is only shown if the code alone does not determine the fix.
fn reason(kind: Kind, code: &str, message: Option<&str>) -> String {
    match message {
        Some(message) if kind == Kind::Refused => format!("{code}: {}", plain(message, &[])),
        _ => code.to_owned(),
    }
}

/// The kind for an AWS error code, over all services.
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

/// Reason for a missing answer: "timeout" or the innermost cause.
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
            "AWS refuses our credentials ({word}): a function has them from its role; on your own machine log in again (`aws sso login`) or choose another AWS_PROFILE"
        ),
        Kind::Denied => format!(
            "AWS does not allow {action} on {what} ({word}): add that right to the policy of the role that we run as"
        ),
        Kind::Missing => format!(
            "AWS has no {what} ({word}): check {setting} and AWS_REGION, or deploy the stack"
        ),
        Kind::Throttled => {
            format!("AWS throttles {action} on {what} ({word}): it is retried later")
        }
        Kind::Failing => {
            format!("AWS fails at {action} on {what} ({word}): it is retried later")
        }
        Kind::Refused => format!("AWS refuses {action} on {what}: {word}"),
    }
}
