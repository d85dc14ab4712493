//! The template as a whole.

use std::collections::BTreeSet;

use aws_local::template::Template;
use serde_json::Value;

use crate::template::{property_of, template};

const FACTS: [&str; 6] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackName",
    "AWS::URLSuffix",
];

#[test]
fn every_reference_exists_and_every_parameter_is_used() {
    let template = template();
    let keys = |section: &str| {
        let section = template.document()[section].as_object().unwrap();
        section.keys().cloned().collect::<BTreeSet<_>>()
    };
    let referred = template.references();
    let there: BTreeSet<_> = keys("Parameters")
        .union(&keys("Resources"))
        .cloned()
        .collect();
    for name in &referred {
        assert!(
            there.contains(name) || FACTS.contains(&name.as_str()),
            "there is no {name}"
        );
    }
    for parameter in keys("Parameters") {
        assert!(referred.contains(&parameter), "{parameter} does nothing");
    }
}

#[test]
fn the_outputs_name_the_parts_and_the_next_command() {
    let template = template();
    let outputs = template.document()["Outputs"].as_object().unwrap();
    let output = |name: &str| template.text(&outputs[name]["Value"]).unwrap();
    assert_eq!(output("NextCommand"), "bridge connect --stack acme");
    let url = output("HookUrl");
    assert!(
        url.starts_with("https://") && url.ends_with(".amazonaws.com/hooks/{connection}"),
        "{url}"
    );
    for (name, value) in [
        ("TableName", "acme"),
        (
            "QueueUrl",
            "https://sqs.us-east-1.amazonaws.com/123456789012/acme.fifo",
        ),
        (
            "AlarmTopicArn",
            "arn:aws:sns:us-east-1:123456789012:acme-alarms",
        ),
    ] {
        assert_eq!(output(name), value);
    }
    assert!(output("DashboardUrl").ends_with("#dashboards:name=acme"));
    for (name, it) in outputs {
        assert!(it["Description"].is_string(), "{name}");
    }
}

/// Lambda and the scheduler accept names of 64 characters, SQS of 80. A deployment with a longer name fails halfway.
/// docs/aws.md contains the maximum length of a stack's name.
#[test]
fn resources_of_a_stack_with_the_longest_name_have_valid_names() {
    let page = include_str!("../../../../docs/aws.md");
    assert!(page.contains("at most 51 characters"));
    let template = Template::of_stack(&"n".repeat(51)).unwrap();
    let longest = |kind: &str, property: &str| {
        let of = |(resource, _): &(&str, &Value)| {
            let name = template.property(resource, property).unwrap();
            template.text(name).unwrap().len()
        };
        template.resources(kind).iter().map(of).max().unwrap()
    };
    assert_eq!(longest("AWS::Serverless::Function", "FunctionName"), 64);
    assert!(longest("AWS::SQS::Queue", "QueueName") <= 80);
    for binary in ["usage-report", "reconciler"] {
        let schedule = &property_of(&template, binary, "Events")["Schedule"]["Properties"];
        assert!(template.text(&schedule["Name"]).unwrap().len() <= 64);
    }
}

#[test]
fn faults_of_a_template_are_reported() {
    let parse = |text: &str| Template::parse(text, "acme");
    let fault = |text: &str| parse(text).err().unwrap().to_string();
    assert!(fault("a: [").contains("no YAML"));
    assert!(fault("a: 1").contains("has no Resources"));
    let text = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Select [0, [a]]\n";
    let fault = parse(text).unwrap().queue().unwrap_err().to_string();
    assert!(
        fault.contains("Fn::Select can't be resolved here"),
        "{fault}"
    );
}
