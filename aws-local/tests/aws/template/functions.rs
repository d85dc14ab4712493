//! Functions: build, environment and event sources.

use std::collections::BTreeSet;

use aws_local::template::Template;
use serde_json::{Value, json};
use shared::app::ServiceSettings;
use shared::app::function::{ConsumerGround, Ground, Logging, ScheduledGround};
use shared::config::{AWS_SETTINGS, Reader, STACK_SETTINGS, Setting, Vars};
use shared::provision::DEADLINE;

use crate::template::{FUNCTIONS, property_of, template};

#[test]
fn there_are_four_and_each_is_built_from_the_crate_of_its_name() {
    let template = template();
    assert_eq!(template.resources("AWS::Serverless::Function").len(), 4);
    let globals = &template.document()["Globals"]["Function"];
    assert_eq!(globals["Runtime"], "provided.al2023");
    assert_eq!(globals["Handler"], "bootstrap");
    assert_eq!(
        template.resolve(&globals["Architectures"]).unwrap(),
        json!(["arm64"])
    );
    for binary in FUNCTIONS {
        let resource = template.function(binary).unwrap().resource;
        let metadata = &template.document()["Resources"][&resource]["Metadata"];
        assert_eq!(metadata["BuildMethod"], "rust-cargolambda", "{binary}");
        let of = |property| property_of(&template, binary, property);
        assert_eq!(*of("CodeUri"), format!("functions/{binary}"));
        assert_eq!(
            template.text(of("FunctionName")).unwrap(),
            format!("acme-{binary}")
        );
        for own in ["Runtime", "Architectures", "Handler"] {
            assert!(of(own).is_null(), "{binary} has what all have");
        }
    }
}

#[test]
fn each_function_has_its_own_log_with_a_retention() {
    let template = template();
    let mut groups = BTreeSet::new();
    for binary in FUNCTIONS {
        let logging = property_of(&template, binary, "LoggingConfig");
        // Without Lambda's own START, END and REPORT lines, and with all of ours: BRIDGE_LOG selects them.
        let levels = [&logging["SystemLogLevel"], &logging["ApplicationLogLevel"]];
        assert_eq!(levels, ["WARN", "TRACE"], "{binary}");
        assert_eq!(logging["LogFormat"], "JSON", "{binary}");
        let group = &logging["LogGroup"];
        assert_eq!(
            template.text(group).unwrap(),
            format!("/aws/lambda/acme-{binary}")
        );
        groups.insert(group["Ref"].as_str().unwrap().to_owned());
    }
    assert_eq!(groups.len(), 4);
    for (group, _) in template.resources("AWS::Logs::LogGroup") {
        let days = template.property(group, "RetentionInDays").unwrap();
        assert_eq!(template.text(days).unwrap(), "30", "{group}");
    }
    let api = template.property("Api", "AccessLogSettings").unwrap();
    let arn = template.text(&api["DestinationArn"]).unwrap();
    assert_eq!(
        arn,
        "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/acme-api:*"
    );
}

/// The access log does not identify senders: it has no address, agent, path or header.
#[test]
fn the_access_log_does_not_identify_senders() {
    let template = template();
    let api = template.property("Api", "AccessLogSettings").unwrap();
    let format: Value = serde_json::from_str(api["Format"].as_str().unwrap()).unwrap();
    let logged = format.as_object().unwrap().values();
    let allowed = [
        "$context.requestId",
        "$context.status",
        "$context.responseLatency",
        "$context.integrationStatus",
        "$context.error.message",
    ];
    for variable in logged {
        assert!(allowed.contains(&variable.as_str().unwrap()), "{variable}");
    }
}

#[test]
fn the_api_has_one_throttled_route() {
    let template = template();
    let delivery = &property_of(&template, "webhook", "Events")["Delivery"];
    assert_eq!(delivery["Type"], "HttpApi");
    let properties = &delivery["Properties"];
    assert_eq!(properties["Path"], "/hooks/{connection}");
    assert_eq!(properties["Method"], "POST");
    assert_eq!(properties["PayloadFormatVersion"], "2.0");
    let timeout = template.function("webhook").unwrap().timeout;
    assert!(u128::from(properties["TimeoutInMillis"].as_u64().unwrap()) >= timeout.as_millis());
    // A thousand hires at once are legitimate, and OpenTrain counts each 429 as a failed delivery.
    let settings = template.property("Api", "DefaultRouteSettings").unwrap();
    let settings = template.resolve(settings).unwrap();
    let expected = json!({ "ThrottlingRateLimit": 1000, "ThrottlingBurstLimit": 2000 });
    assert_eq!(settings, expected);
    let page = include_str!("../../../../docs/aws.md");
    assert!(page.contains("## What a 429 costs"));
}

/// With a VPC, each function runs in it, and its role permits Lambda to create the network interfaces.
#[test]
fn the_functions_run_in_the_given_vpc() {
    let vpc = |template: &Template| {
        let globals = &template.document()["Globals"]["Function"]["VpcConfig"];
        template.resolve(globals).unwrap()
    };
    let without = template();
    assert_eq!(vpc(&without), Value::Null);
    let within = template()
        .with_parameter("VpcSubnetIds", "subnet-1,subnet-2")
        .with_parameter("VpcSecurityGroupIds", "sg-1");
    let expected = json!({ "SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"] });
    assert_eq!(vpc(&within), expected);
    for binary in FUNCTIONS {
        let role = property_of(&within, binary, "Role")["Fn::GetAtt"][0].as_str();
        let policies = within.property(role.unwrap(), "ManagedPolicyArns");
        let policies = within.resolve(policies.unwrap()).unwrap();
        let own = "arn:aws:iam::aws:policy/service-role/AWSLambdaENIManagementAccess";
        assert_eq!(policies, json!([own]), "{binary}");
        assert!(property_of(&within, binary, "VpcConfig").is_null());
    }
}

#[test]
fn the_provisioner_gets_the_messages_of_both_queues_and_reports_each_failure() {
    let template = template();
    let sources = template.event_sources("provisioner").unwrap();
    let queues: Vec<_> = sources.iter().map(|it| it.queue.as_str()).collect();
    assert_eq!(queues, ["Queue", "RetryQueue"]);
    for source in &sources {
        assert!(
            source.reports_failures,
            "or one failure is that of the whole batch"
        );
        assert_eq!(source.batch_size, shared::queue::MAX_BATCH);
    }
    let concurrency: Vec<_> = sources.iter().map(|it| it.concurrency).collect();
    assert_eq!(concurrency, [10, 2]);
    assert!(template.function("provisioner").unwrap().timeout >= 2 * DEADLINE);
}

/// A job may take as long as a call. In a batch of two, the second job would wait for the first and be cut off.
#[test]
fn workers_get_one_job_at_a_time() {
    let template = template().with_parameter("JobConcurrency", "7");
    for (binary, queue) in [
        ("usage-report", "UsageJobsQueue"),
        ("reconciler", "ReconcileJobsQueue"),
    ] {
        let sources = template.event_sources(binary).unwrap();
        assert_eq!(sources.len(), 1);
        assert_eq!(sources[0].queue, queue);
        assert_eq!((sources[0].batch_size, sources[0].concurrency), (1, 7));
        assert!(sources[0].reports_failures);
    }
}

/// The settings that a function reads when it starts.
type Reads<'a> = &'a dyn Fn(&mut Reader<'_>);

/// A function's environment contains exactly what it reads there. Lambda sets AWS's own variables, and the settings of
/// the services are in the secret, except those of the stack.
#[test]
fn each_function_has_exactly_the_variables_that_it_reads() {
    let template = template();
    let vars = Vars::default();
    let door = |reader: &mut Reader<'_>| {
        let _unset = (Logging::read(reader), Ground::read(reader));
    };
    let job = |reader: &mut Reader<'_>| {
        let _unset = (Logging::read(reader), ScheduledGround::read(reader));
    };
    let consumer = |reader: &mut Reader<'_>| {
        let _unset = (Logging::read(reader), ConsumerGround::read(reader));
    };
    let functions: [(&str, Reads<'_>); 4] = [
        ("webhook", &door),
        ("provisioner", &consumer),
        ("usage-report", &job),
        ("reconciler", &job),
    ];
    let names = |settings: &[&Setting]| settings.iter().map(|it| it.name).collect();
    let (aws, stack): (BTreeSet<_>, BTreeSet<_>) = (names(AWS_SETTINGS), names(STACK_SETTINGS));
    // The tool's settings from the stack; the others are in the stack's secret.
    let mut reader = Reader::new(&vars);
    let _unset = ServiceSettings::read(&mut reader, tools::settings);
    let services: BTreeSet<_> = reader.asked().intersection(&stack).copied().collect();
    assert!(!services.is_empty());
    for (binary, read) in functions {
        let mut reader = Reader::new(&vars);
        read(&mut reader);
        let mut reads: BTreeSet<_> = reader.asked().difference(&aws).copied().collect();
        if binary != "webhook" {
            reads.extend(&services);
        }
        let told = template.environment(binary).unwrap();
        let told: BTreeSet<_> = told.keys().map(String::as_str).collect();
        assert_eq!(told, reads, "{binary}");
    }
}

#[test]
fn the_environment_names_the_stacks_own_parts() {
    let template = template();
    let told = template.environment("provisioner").unwrap();
    assert_eq!(told["BRIDGE_STACK"], "acme");
    assert_eq!(told["BRIDGE_TABLE"], "acme");
    assert_eq!(told["BRIDGE_CLAIMS_TABLE"], "acme-claims");
    let queues = "https://sqs.us-east-1.amazonaws.com/123456789012/acme";
    assert_eq!(told["BRIDGE_QUEUE_URL"], format!("{queues}.fifo"));
    assert_eq!(
        told["BRIDGE_DEAD_LETTER_QUEUE_URL"],
        format!("{queues}-dead-letters.fifo")
    );
    assert_eq!(told["BRIDGE_RETRY_QUEUE_URL"], format!("{queues}-retry"));
    for (binary, own) in [("usage-report", "usage"), ("reconciler", "reconcile")] {
        let jobs = &template.environment(binary).unwrap()["BRIDGE_JOBS_QUEUE_URL"];
        assert_eq!(*jobs, format!("{queues}-{own}-jobs"));
    }
    for (variable, secret) in [
        ("BRIDGE_CONNECTIONS_SECRET", "acme/connections"),
        ("BRIDGE_SETTINGS_SECRET", "acme/settings"),
    ] {
        assert!(
            told[variable].contains(&format!(":secret:{secret}-")),
            "{variable}"
        );
    }
}
