//! Intrinsic functions, resolved as in CloudFormation.

use serde_json::{Map, Value};

use super::{ACCOUNT, REGION, Template, TemplateError};

impl Template {
    /// Resolves every reference in the value, for this stack and its parameters.
    ///
    /// # Errors
    /// A reference to a missing name, or an unknown intrinsic function.
    pub fn resolve(&self, value: &Value) -> Result<Value, TemplateError> {
        match value {
            Value::Array(items) => {
                let items = items.iter().map(|item| self.resolve(item));
                let items = items.collect::<Result<Vec<_>, _>>()?;
                Ok(items.into_iter().filter(|item| !item.is_null()).collect())
            }
            Value::Object(map) => match map.iter().next() {
                Some((function, argument)) if map.len() == 1 && is_function(function) => {
                    self.call(function, argument)
                }
                _ => {
                    let entries = map.iter();
                    let entries = entries.map(|(key, it)| Ok((key.clone(), self.resolve(it)?)));
                    let mut entries = entries.collect::<Result<Map<_, _>, _>>()?;
                    // `AWS::NoValue` removes the property.
                    entries.retain(|_, value| !value.is_null());
                    Ok(Value::Object(entries))
                }
            },
            plain => Ok(plain.clone()),
        }
    }

    /// The resolved value as text. Numbers and booleans are converted, as in CloudFormation.
    ///
    /// # Errors
    /// As for [`resolve`](Self::resolve); or the value is not text.
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
            ("Fn::Join", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(separator), list] => self.join(separator, list),
                _ => Err(TemplateError("a Join has no separator and list".to_owned())),
            },
            ("Fn::If", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(condition), then, otherwise] => {
                    let holds = self.holds(&self.document["Conditions"][condition])?;
                    self.resolve(if holds { then } else { otherwise })
                }
                _ => Err(TemplateError("an If has not three parts".to_owned())),
            },
            _ => Err(TemplateError(format!(
                "{function} can't be resolved here: add it to aws-local/src/template/resolve.rs"
            ))),
        }
    }

    fn join(&self, separator: &str, list: &Value) -> Result<Value, TemplateError> {
        match self.resolve(list)? {
            Value::Array(items) => {
                let texts = items.iter().map(|item| self.text(item));
                let texts = texts.collect::<Result<Vec<_>, _>>()?;
                Ok(texts.join(separator).into())
            }
            other => Err(TemplateError(format!("{other} is no list"))),
        }
    }

    fn holds(&self, condition: &Value) -> Result<bool, TemplateError> {
        let argument = |name: &str| condition[name].as_array().map(Vec::as_slice);
        match (argument("Fn::Equals"), argument("Fn::Not")) {
            (Some([one, other]), _) => Ok(self.text(one)? == self.text(other)?),
            (_, Some([negated])) => Ok(!self.holds(negated)?),
            _ => Err(TemplateError(format!(
                "the condition {condition} can't be resolved here"
            ))),
        }
    }

    /// The value of `Ref`: a parameter's value, a pseudo parameter, or the resource's name.
    fn reference(&self, name: &str) -> Result<Value, TemplateError> {
        if let Some(text) = self.made.get(name) {
            return Ok(text.as_str().into());
        }
        if let Some(parameter) = self.document["Parameters"].get(name) {
            return self.parameter(name, parameter);
        }
        let fact = match name {
            "AWS::StackName" => &self.stack,
            "AWS::Region" => REGION,
            "AWS::AccountId" => ACCOUNT,
            "AWS::Partition" => "aws",
            "AWS::URLSuffix" => "amazonaws.com",
            "AWS::NoValue" => return Ok(Value::Null),
            resource => return self.physical_id(resource).map(Value::String),
        };
        Ok(fact.into())
    }

    fn parameter(&self, name: &str, described: &Value) -> Result<Value, TemplateError> {
        let given = self.parameters.get(name).map(|text| text.as_str().into());
        let value = given.or_else(|| described.get("Default").cloned());
        let value = value.ok_or_else(|| {
            TemplateError(format!(
                "the parameter {name} has no default: give it a value"
            ))
        })?;
        match (described["Type"].as_str(), value.as_str()) {
            (Some("CommaDelimitedList"), Some(text)) => Ok(text.split(',').collect()),
            _ => Ok(value),
        }
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
            // AWS generates this name: any text that contains the resource's name is sufficient.
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

    /// The name of a resource in the template, or a generated one that contains the resource's name.
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

/// Whether a key is the name of an intrinsic function.
pub(super) fn is_function(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}
