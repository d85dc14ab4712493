//! `Ref`, `Fn::GetAtt` and `Fn::Sub`, as CloudFormation resolves them when it makes a stack.

use serde_json::Value;

use super::{ACCOUNT, REGION, Template, TemplateError};

impl Template {
    /// The value with every reference resolved, for this stack and its parameters.
    ///
    /// # Errors
    /// A reference to something that isn't there, or an intrinsic function that is not known here.
    pub fn resolve(&self, value: &Value) -> Result<Value, TemplateError> {
        match value {
            Value::Array(items) => items.iter().map(|item| self.resolve(item)).collect(),
            Value::Object(map) => match map.iter().next() {
                Some((function, argument)) if map.len() == 1 && is_function(function) => {
                    self.call(function, argument)
                }
                _ => {
                    let entries = map.iter();
                    let entries = entries.map(|(key, it)| Ok((key.clone(), self.resolve(it)?)));
                    entries.collect::<Result<_, _>>().map(Value::Object)
                }
            },
            plain => Ok(plain.clone()),
        }
    }

    /// The same, as text: what CloudFormation makes of numbers and booleans too.
    ///
    /// # Errors
    /// As for [`resolve`](Self::resolve); or the value is no text.
    pub fn text(&self, value: &Value) -> Result<String, TemplateError> {
        match self.resolve(value)? {
            Value::String(text) => Ok(text),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(truth) => Ok(truth.to_string()),
            other => Err(TemplateError(format!("{other} is no text"))),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Result<Value, TemplateError> {
        match (function, argument) {
            ("Ref", Value::String(name)) => self.reference(name),
            ("Fn::GetAtt", Value::Array(path)) => match path.as_slice() {
                [Value::String(resource), Value::String(attribute)] => {
                    self.attribute(resource, attribute).map(Value::String)
                }
                _ => Err(TemplateError("a GetAtt names no attribute".to_owned())),
            },
            ("Fn::Sub", Value::String(text)) => self.substitute(text).map(Value::String),
            _ => Err(TemplateError(format!(
                "{function} can't be resolved here: teach it to aws-local/src/template/resolve.rs"
            ))),
        }
    }

    /// What `Ref` gives: a parameter's value, a fact of the stack, or what its resource is called by.
    fn reference(&self, name: &str) -> Result<Value, TemplateError> {
        if let Some(text) = self.made.get(name).or_else(|| self.parameters.get(name)) {
            return Ok(text.as_str().into());
        }
        if let Some(parameter) = self.document["Parameters"].get(name) {
            return parameter.get("Default").cloned().ok_or_else(|| {
                TemplateError(format!(
                    "the parameter {name} has no default: give it a value"
                ))
            });
        }
        let fact = match name {
            "AWS::StackName" => &self.stack,
            "AWS::Region" => REGION,
            "AWS::AccountId" => ACCOUNT,
            "AWS::Partition" => "aws",
            "AWS::URLSuffix" => "amazonaws.com",
            resource => return self.physical_id(resource).map(Value::String),
        };
        Ok(fact.into())
    }

    fn physical_id(&self, resource: &str) -> Result<String, TemplateError> {
        let name = || self.name_of(resource);
        match self.kind(resource)? {
            "AWS::SQS::Queue" => Ok(format!(
                "https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{}",
                name()?
            )),
            "AWS::SecretsManager::Secret" => self.attribute(resource, "Id"),
            "AWS::SNS::Topic" => self.attribute(resource, "TopicArn"),
            "AWS::DynamoDB::Table" | "AWS::Serverless::Function" | "AWS::Logs::LogGroup" => name(),
            // Made up by AWS: any word does that names the resource.
            _ => Ok(format!("{}-{resource}", self.stack)),
        }
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Result<String, TemplateError> {
        let name = self.name_of(resource)?;
        let arn = |service: &str, rest: String| {
            Ok(format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"))
        };
        match (self.kind(resource)?, attribute) {
            ("AWS::SQS::Queue", "QueueName") => Ok(name),
            ("AWS::SQS::Queue", "Arn") => arn("sqs", name),
            ("AWS::SNS::Topic", "TopicArn") => arn("sns", name),
            ("AWS::DynamoDB::Table", "Arn") => arn("dynamodb", format!("table/{name}")),
            ("AWS::SecretsManager::Secret", "Id") => {
                arn("secretsmanager", format!("secret:{name}-a1B2c3"))
            }
            ("AWS::Serverless::Function", "Arn") => arn("lambda", format!("function:{name}")),
            ("AWS::Logs::LogGroup", "Arn") => arn("logs", format!("log-group:{name}:*")),
            ("AWS::IAM::Role", "Arn") => Ok(format!("arn:aws:iam::{ACCOUNT}:role/{name}")),
            (kind, _) => Err(TemplateError(format!(
                "a {kind} has no attribute {attribute}"
            ))),
        }
    }

    /// The name that the template gives a resource; one that AWS makes up names the resource too.
    pub(super) fn name_of(&self, resource: &str) -> Result<String, TemplateError> {
        let key = match self.kind(resource)? {
            "AWS::SQS::Queue" => "QueueName",
            "AWS::DynamoDB::Table" => "TableName",
            "AWS::SecretsManager::Secret" => "Name",
            "AWS::SNS::Topic" => "TopicName",
            "AWS::Serverless::Function" => "FunctionName",
            "AWS::Logs::LogGroup" => "LogGroupName",
            _ => return Ok(format!("{}-{resource}", self.stack)),
        };
        self.text(self.property(resource, key)?)
    }

    fn substitute(&self, text: &str) -> Result<String, TemplateError> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| TemplateError("a Sub has a `${` without its `}`".to_owned()))?;
            out.push_str(before);
            let value = match name.split_once('.') {
                Some((resource, attribute)) => self.attribute(resource, attribute)?,
                None => self.text(&self.reference(name)?)?,
            };
            out.push_str(&value);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// Whether a key is an intrinsic function's.
pub(super) fn is_function(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}
