//! Answers as JSON Schema, made from their [`Shape`]s.

use serde_json::{Map, Value, json};

use super::request;
use crate::kit::shape::{Part, Shape};

/// The JSON Schema of a shape. Named objects are added to `named`, and the schema refers to them.
pub(super) fn schema(shape: Shape, named: &mut Map<String, Value>) -> Value {
    match shape {
        Shape::Text => json!({"type": "string"}),
        Shape::Url => json!({"type": "string", "format": "uri"}),
        Shape::Time => json!({"type": "string", "format": "date-time"}),
        Shape::Number => json!({"type": "number"}),
        Shape::Whole => json!({"type": "integer"}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::OneOf(names) => json!({"type": "string", "enum": names}),
        Shape::List(items) => json!({"type": "array", "items": schema(*items, named)}),
        Shape::Object(parts) => object(&[parts], named),
        Shape::Members(members) => request::optional_members(members),
        Shape::Any => json!({}),
        Shape::Named(name, groups) => {
            if !named.contains_key(name) {
                let schema = object(groups, named);
                named.insert(name.to_owned(), schema);
            }
            json!({"$ref": format!("#/components/schemas/{name}")})
        }
    }
}

fn object(groups: &[&[Part]], named: &mut Map<String, Value>) -> Value {
    let parts = || groups.iter().copied().flatten();
    let mut properties = Map::new();
    for part in parts() {
        let schema = schema(part.shape, named);
        let schema = match part.nullable {
            true => json!({"anyOf": [schema, {"type": "null"}]}),
            false => schema,
        };
        properties.insert(part.name.to_owned(), schema);
    }
    let required = parts().filter(|own| own.required).map(|own| own.name);
    json!({
        "type": "object",
        "properties": properties,
        "required": required.collect::<Vec<&str>>(),
        "additionalProperties": false,
    })
}
