//! Parses the template's text into CloudFormation's long form.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

use super::TemplateError;

/// Reads a document. `!Ref X` becomes `{"Ref": "X"}`, `!GetAtt A.B` becomes `{"Fn::GetAtt": ["A", "B"]}`,
/// any other `!F x` becomes `{"Fn::F": x}`.
pub(super) fn read(text: &str) -> Result<Value, TemplateError> {
    let documents = Yaml::load_from_str(text)
        .map_err(|error| TemplateError(format!("the template is no YAML: {error}")))?;
    match documents.as_slice() {
        [document] => plain(document),
        _ => Err(TemplateError(
            "the template has to be one YAML document".to_owned(),
        )),
    }
}

fn plain(node: &Yaml<'_>) -> Result<Value, TemplateError> {
    match node {
        Yaml::Value(scalar) => Ok(text_or_number(scalar)),
        Yaml::Sequence(items) => items.iter().map(plain).collect(),
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = key.as_str().ok_or_else(|| {
                    TemplateError("a key of the template is no text: put it in quotes".to_owned())
                })?;
                map.insert(key.to_owned(), plain(value)?);
            }
            Ok(Value::Object(map))
        }
        Yaml::Tagged(tag, node) => Ok(function(&tag.suffix, plain(node)?)),
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => Err(TemplateError(
            "the template uses YAML that CloudFormation doesn't accept: write it without aliases"
                .to_owned(),
        )),
    }
}

fn text_or_number(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(it) => (*it).into(),
        Scalar::Integer(it) => (*it).into(),
        Scalar::FloatingPoint(it) => it.into_inner().into(),
        Scalar::String(it) => it.as_ref().into(),
    }
}

fn function(name: &str, argument: Value) -> Value {
    let argument = match (name, argument.as_str()) {
        ("GetAtt", Some(text)) => match text.split_once('.') {
            Some((resource, attribute)) => vec![resource, attribute].into(),
            None => argument,
        },
        _ => argument,
    };
    let name = match name {
        "Ref" | "Condition" => name.to_owned(),
        _ => format!("Fn::{name}"),
    };
    Value::Object(Map::from_iter([(name, argument)]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_forms_become_long_ones() {
        let text = "a: !Ref Queue\nb: !GetAtt Queue.Arn\nc: [!Sub '${X}-y', 1, true]\nd: !Not [!Equals [a, \"\"]]\n";
        let expected = json!({
            "a": { "Ref": "Queue" },
            "b": { "Fn::GetAtt": ["Queue", "Arn"] },
            "c": [{ "Fn::Sub": "${X}-y" }, 1, true],
            "d": { "Fn::Not": [{ "Fn::Equals": ["a", ""] }] },
        });
        assert_eq!(read(text).unwrap(), expected);
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let fault = read("Queue: 1\nQueue: 2\n").unwrap_err().to_string();
        assert!(fault.contains("duplicated key"), "{fault}");
    }
}
