//! Requests as JSON Schema, from the rows that check them.

use serde_json::{Map, Value, json};

use crate::{
    http::{
        operation::{Body, Operation},
        param::{Above, Param, ParamKind},
    },
    kit::schema::{AMOUNT_LIMIT, Kind, LONGEST_URL, Member, Rule},
};

/// `requestBody` of a call; `None` if it takes none.
pub(super) fn body<A, H>(call: &Operation<A, H>) -> Option<Value> {
    let (members, content_type, required) = match call.body {
        Body::Nothing => return None,
        Body::Json(members) => (members, "application/json", true),
        Body::OptionalJson(members) => (members, "application/json", false),
        Body::Form(members) => (members, "application/x-www-form-urlencoded", true),
    };
    let schema = object(members, call.rule);
    Some(json!({"required": required, "content": {content_type: {"schema": schema}}}))
}

fn object(members: &[Member], rule: Rule) -> Value {
    let required = members.iter().filter(|own| own.required);
    let required: Vec<&str> = required.map(|own| own.name).collect();
    let mut schema = optional_members(members);
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    let each = |names: &[&str]| {
        names
            .iter()
            .map(|name| json!({"required": [name]}))
            .collect()
    };
    match rule {
        Rule::Free => {}
        Rule::NotEmpty => schema["minProperties"] = 1.into(),
        Rule::ExactlyOne(names) => schema["oneOf"] = each(names),
        Rule::AnyOf(names) => schema["anyOf"] = each(names),
    }
    schema
}

/// An object with these members, all of which can be absent.
pub(super) fn optional_members(members: &[Member]) -> Value {
    let properties = members
        .iter()
        .map(|own| (own.name.to_owned(), kind(own.kind)));
    json!({
        "type": "object",
        "properties": properties.collect::<Map<String, Value>>(),
        "additionalProperties": false,
    })
}

fn kind(kind: Kind) -> Value {
    match kind {
        Kind::Text { most } => json!({"type": "string", "minLength": 1, "maxLength": most}),
        Kind::MaybeEmpty { most } => json!({"type": "string", "maxLength": most}),
        Kind::Form(form) => {
            json!({"type": "string", "pattern": form.pattern, "maxLength": form.most})
        }
        Kind::Amount => {
            json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": AMOUNT_LIMIT})
        }
        Kind::Between { least, most } => {
            json!({"type": "number", "minimum": least, "maximum": most})
        }
        Kind::Whole { least, most } => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
        Kind::Names(names) | Kind::Scopes(names) => {
            let items = json!({"type": "string", "enum": names});
            json!({"type": "array", "items": items, "minItems": 1})
        }
        Kind::OneOf(names) | Kind::Choice(names) => json!({"type": "string", "enum": names}),
        Kind::Time => json!({
            "type": "string",
            "anyOf": [{"format": "date-time"}, {"format": "date"}],
        }),
        Kind::Day => json!({"type": "string", "format": "date"}),
        Kind::Hook => json!({
            "type": "string",
            "format": "uri",
            "maxLength": LONGEST_URL,
            "description": "https, or http on this machine.",
        }),
        Kind::Object(members, rule) => object(members, rule),
        Kind::Objects { members, most } => {
            json!({"type": "array", "items": object(members, Rule::Free), "minItems": 1, "maxItems": most})
        }
        Kind::Any => json!({}),
    }
}

/// The ids in a path, then the query parameters.
pub(super) fn parameters<A, H>(call: &Operation<A, H>) -> Vec<Value> {
    let parts = call.path.split('/');
    let ids = parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let ids = ids.map(|name| {
        let mut schema = json!({"type": "string", "minLength": 1});
        if let Some(most) = call.longest_id {
            schema["maxLength"] = most.into();
        }
        json!({"name": name, "in": "path", "required": true, "schema": schema})
    });
    ids.chain(call.query.iter().map(parameter)).collect()
}

fn parameter(param: &Param) -> Value {
    let schema = match param.kind {
        ParamKind::Plain(own) => kind(own),
        ParamKind::Status(names) => kind(Kind::OneOf(names)),
        ParamKind::Limit {
            default,
            most,
            above,
        } => {
            let mut schema = json!({"type": "integer", "minimum": 1, "default": default});
            if above == Above::Refused {
                schema["maximum"] = most.into();
            }
            schema
        }
    };
    json!({
        "name": param.name,
        "in": "query",
        "required": param.required,
        "description": param.about,
        "schema": schema,
    })
}
