//! Permissions: exactly these, and none on `*`.

use aws_local::template::Template;
use serde_json::Value;

use crate::template::{FUNCTIONS, property_of, template};

/// Permissions of a role: lines of `action on resource`, sorted.
fn rights(template: &Template, role: &str) -> Vec<String> {
    let policies = template.property(role, "Policies").unwrap();
    let mut lines = Vec::new();
    for policy in policies.as_array().unwrap() {
        for statement in policy["PolicyDocument"]["Statement"].as_array().unwrap() {
            assert_eq!(statement["Effect"], "Allow", "{role}");
            for action in each(&statement["Action"]) {
                for resource in each(&statement["Resource"]) {
                    lines.push(format!(
                        "{} on {}",
                        action.as_str().unwrap(),
                        named(resource)
                    ));
                }
            }
        }
    }
    lines.sort();
    lines
}

fn each(value: &Value) -> &[Value] {
    value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice)
}

/// The resource that a `Ref` or a `GetAtt … Arn` refers to, or the name of a parameter of the stack. A literal text has
/// none.
fn named(resource: &Value) -> &str {
    let of_arn = || match resource["Fn::GetAtt"].as_array()?.as_slice() {
        [name, attribute] if attribute == "Arn" => name.as_str(),
        _ => None,
    };
    let parameter = || resource["Fn::Sub"].as_str()?.strip_prefix(PARAMETERS);
    let name = resource["Ref"].as_str().or_else(of_arn).or_else(parameter);
    name.unwrap_or_else(|| panic!("a right names a resource of this stack, not {resource}"))
}

/// CloudFormation cannot create encrypted parameters, so the template can't refer to them.
const PARAMETERS: &str = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/bridge/${AWS::StackName}/";

/// The role of this function alone.
fn role_of(template: &Template, binary: &str) -> String {
    let role = named(property_of(template, binary, "Role")).to_owned();
    let trusted = template
        .property(&role, "AssumeRolePolicyDocument")
        .unwrap();
    let principal = &trusted["Statement"][0]["Principal"]["Service"];
    assert_eq!(principal, "lambda.amazonaws.com", "{binary}");
    role
}

fn expected(binary: &str) -> &'static [&'static str] {
    match binary {
        "webhook" => &[
            "logs:CreateLogStream on {logs}",
            "logs:PutLogEvents on {logs}",
            "secretsmanager:DescribeSecret on ConnectionsSecret",
            "secretsmanager:GetSecretValue on ConnectionsSecret",
            "sqs:GetQueueAttributes on Queue",
            "sqs:SendMessage on Queue",
            "ssm:GetParameter on connections/*",
        ],
        "provisioner" => &[
            "dynamodb:BatchGetItem on Table",
            "dynamodb:GetItem on ClaimsTable",
            "dynamodb:GetItem on Table",
            "dynamodb:PutItem on ClaimsTable",
            "dynamodb:PutItem on Table",
            "dynamodb:Query on Table",
            "logs:CreateLogStream on {logs}",
            "logs:PutLogEvents on {logs}",
            "secretsmanager:DescribeSecret on ConnectionsSecret",
            "secretsmanager:GetSecretValue on ConnectionsSecret",
            "secretsmanager:GetSecretValue on SettingsSecret",
            "sqs:ChangeMessageVisibility on Queue",
            "sqs:ChangeMessageVisibility on RetryQueue",
            "sqs:DeleteMessage on Queue",
            "sqs:DeleteMessage on RetryQueue",
            "sqs:GetQueueAttributes on Queue",
            "sqs:GetQueueAttributes on RetryQueue",
            "sqs:ReceiveMessage on Queue",
            "sqs:ReceiveMessage on RetryQueue",
            "sqs:SendMessage on DeadLetterQueue",
            "sqs:SendMessage on Queue",
            "sqs:SendMessage on RetryQueue",
            "ssm:GetParameter on connections/*",
        ],
        "usage-report" => &[
            "dynamodb:BatchGetItem on Table",
            "dynamodb:GetItem on Table",
            "dynamodb:PutItem on Table",
            "dynamodb:Query on Table",
            "logs:CreateLogStream on {logs}",
            "logs:PutLogEvents on {logs}",
            "secretsmanager:DescribeSecret on ConnectionsSecret",
            "secretsmanager:GetSecretValue on ConnectionsSecret",
            "secretsmanager:GetSecretValue on SettingsSecret",
            "sqs:ChangeMessageVisibility on UsageJobsQueue",
            "sqs:DeleteMessage on UsageJobsQueue",
            "sqs:GetQueueAttributes on UsageJobsQueue",
            "sqs:ReceiveMessage on UsageJobsQueue",
            "sqs:SendMessage on UsageJobsQueue",
            "ssm:GetParameter on connections",
            "ssm:GetParameter on connections/*",
            "ssm:GetParametersByPath on connections",
            "ssm:GetParametersByPath on connections/*",
        ],
        // No function reads the whole table.
        _ => &[
            "dynamodb:BatchGetItem on Table",
            "dynamodb:GetItem on Table",
            "dynamodb:PutItem on Table",
            "dynamodb:Query on Table",
            "logs:CreateLogStream on {logs}",
            "logs:PutLogEvents on {logs}",
            "secretsmanager:DescribeSecret on ConnectionsSecret",
            "secretsmanager:GetSecretValue on ConnectionsSecret",
            "secretsmanager:GetSecretValue on SettingsSecret",
            "sqs:ChangeMessageVisibility on ReconcileJobsQueue",
            "sqs:DeleteMessage on ReconcileJobsQueue",
            "sqs:GetQueueAttributes on ReconcileJobsQueue",
            "sqs:ReceiveMessage on ReconcileJobsQueue",
            "sqs:SendMessage on Queue",
            "sqs:SendMessage on ReconcileJobsQueue",
            "ssm:GetParameter on connections",
            "ssm:GetParameter on connections/*",
            "ssm:GetParametersByPath on connections",
            "ssm:GetParametersByPath on connections/*",
        ],
    }
}

#[test]
fn each_function_has_exactly_the_permissions_that_it_uses() {
    let template = template();
    let mut roles = Vec::new();
    for binary in FUNCTIONS {
        let role = role_of(&template, binary);
        let logs = property_of(&template, binary, "LoggingConfig")["LogGroup"]["Ref"].as_str();
        let expected = expected(binary).iter();
        let expected: Vec<_> = expected
            .map(|line| line.replace("{logs}", logs.unwrap()))
            .collect();
        assert_eq!(rights(&template, &role), expected, "{binary}");
        roles.push(role);
    }
    roles.sort();
    roles.dedup();
    assert_eq!(roles.len(), 4, "no role is shared");
}

#[test]
fn the_scheduler_may_start_both_functions_and_store_missed_runs() {
    let template = template();
    let expected = [
        "lambda:InvokeFunction on Reconciler",
        "lambda:InvokeFunction on UsageReport",
        "sqs:SendMessage on MissedSchedulesQueue",
    ];
    assert_eq!(rights(&template, "ScheduleRole"), expected);
    let trusted = template
        .property("ScheduleRole", "AssumeRolePolicyDocument")
        .unwrap();
    let trusted = template.resolve(&trusted["Statement"][0]).unwrap();
    assert_eq!(trusted["Principal"]["Service"], "scheduler.amazonaws.com");
    let account = &trusted["Condition"]["StringEquals"]["aws:SourceAccount"];
    assert_eq!(account, "123456789012", "no other account's schedules");
}

/// `rights` checks these five. SAM would add permissions that it does not check to a function without a role, or with
/// `Policies`.
#[test]
fn there_are_no_other_permissions() {
    let template = template();
    assert_eq!(template.resources("AWS::IAM::Role").len(), 5);
    for (role, described) in template.resources("AWS::IAM::Role") {
        let properties = described["Properties"].as_object().unwrap().keys();
        let properties: Vec<_> = properties.map(String::as_str).collect();
        let own = ["ManagedPolicyArns", "PermissionsBoundary"];
        let rest = properties.iter().filter(|name| !own.contains(name));
        assert!(
            rest.eq(&["AssumeRolePolicyDocument", "Policies"]),
            "{role}: {properties:?}"
        );
        let resolved = template.resolve(&described["Properties"]).unwrap();
        assert!(own.iter().all(|name| resolved.get(name).is_none()));
    }
    for kind in [
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::SQS::QueuePolicy",
    ] {
        assert!(template.resources(kind).is_empty(), "{kind}");
    }
    let boundary = "arn:aws:iam::123456789012:policy/boundary";
    let bounded = template.with_parameter("PermissionsBoundaryArn", boundary);
    for (role, described) in bounded.resources("AWS::IAM::Role") {
        let resolved = bounded.resolve(&described["Properties"]).unwrap();
        assert_eq!(resolved["PermissionsBoundary"], boundary, "{role}");
    }
    let template = bounded;
    for binary in FUNCTIONS {
        assert!(
            property_of(&template, binary, "Policies").is_null(),
            "{binary}"
        );
    }
    assert!(template.document()["Globals"]["Function"]["Policies"].is_null());
}
