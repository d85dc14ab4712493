//! Answers as data. Rows stand beside the code that makes the answers; the documents publish them, and the tests
//! compare every answer with them.

use serde_json::{Map, Value, json};

use super::request;
use crate::opentrain::public::schema::Member;

/// Shape of a JSON value. Objects have no other members than the listed ones.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Text,
    Url,
    /// A point in time.
    Time,
    Number,
    /// A whole number.
    Whole,
    Flag,
    OneOf(&'static [&'static str]),
    List(&'static Shape),
    Object(&'static [Part]),
    /// An object that is published once, under its name. Its members come in groups.
    Named(&'static str, &'static [&'static [Part]]),
    /// An object with members of a request, each of which can be absent.
    Members(&'static [Member]),
    Any,
}

/// A member of an object.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    name: &'static str,
    shape: Shape,
    nullable: bool,
    required: bool,
}

/// A member that is always there.
pub(crate) const fn has(name: &'static str, shape: Shape) -> Part {
    Part {
        name,
        shape,
        nullable: false,
        required: true,
    }
}

/// A member that is always there, and can be `null`.
pub(crate) const fn or_null(name: &'static str, shape: Shape) -> Part {
    Part {
        nullable: true,
        ..has(name, shape)
    }
}

/// A member that can be absent.
pub(crate) const fn maybe(name: &'static str, shape: Shape) -> Part {
    Part {
        required: false,
        ..has(name, shape)
    }
}

pub(crate) const TEXTS: Shape = Shape::List(&Shape::Text);

/// An answer of a call.
#[derive(Clone, Copy)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) about: &'static str,
    /// `None` for an answer without a body.
    pub(crate) body: Option<Shape>,
}

impl Reply {
    pub(crate) const fn ok(body: Shape) -> Self {
        Self::new(200, "Done.", body)
    }

    pub(crate) const fn created(body: Shape) -> Self {
        Self::new(201, "Created.", body)
    }

    pub(crate) const fn accepted(body: Shape) -> Self {
        Self::new(202, "A human must confirm.", body)
    }

    pub(crate) const fn no_content() -> Self {
        Self {
            status: 204,
            about: "Done.",
            body: None,
        }
    }

    pub(crate) const fn new(status: u16, about: &'static str, body: Shape) -> Self {
        Self {
            status,
            about,
            body: Some(body),
        }
    }
}

/// An error that a call can be answered with.
#[derive(Clone, Copy)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    /// The values of `details.reason`, or of `error` where errors have the form of OAuth.
    pub(crate) reasons: &'static [&'static str],
}

impl Refused {
    pub(crate) const fn bad(reasons: &'static [&'static str]) -> Self {
        let status = 400;
        Self { status, reasons }
    }

    pub(crate) const fn unauthorized() -> Self {
        let (status, reasons) = (401, &[]);
        Self { status, reasons }
    }

    pub(crate) const fn forbidden(reasons: &'static [&'static str]) -> Self {
        let status = 403;
        Self { status, reasons }
    }

    pub(crate) const fn not_found() -> Self {
        let (status, reasons) = (404, &[]);
        Self { status, reasons }
    }

    pub(crate) const fn conflict(reasons: &'static [&'static str]) -> Self {
        let status = 409;
        Self { status, reasons }
    }

    pub(crate) const fn too_many() -> Self {
        let (status, reasons) = (429, &[]);
        Self { status, reasons }
    }
}

impl Shape {
    /// The JSON Schema of the shape. Named objects are added to `named`, and referred to.
    pub(crate) fn schema(self, named: &mut Map<String, Value>) -> Value {
        match self {
            Self::Text => json!({"type": "string"}),
            Self::Url => json!({"type": "string", "format": "uri"}),
            Self::Time => json!({"type": "string", "format": "date-time"}),
            Self::Number => json!({"type": "number"}),
            Self::Whole => json!({"type": "integer"}),
            Self::Flag => json!({"type": "boolean"}),
            Self::OneOf(names) => json!({"type": "string", "enum": names}),
            Self::List(items) => json!({"type": "array", "items": items.schema(named)}),
            Self::Object(parts) => object(&[parts], named),
            Self::Members(members) => request::optional_members(members),
            Self::Any => json!({}),
            Self::Named(name, groups) => {
                if !named.contains_key(name) {
                    let schema = object(groups, named);
                    named.insert(name.to_owned(), schema);
                }
                json!({"$ref": format!("#/components/schemas/{name}")})
            }
        }
    }
}

fn object(groups: &[&[Part]], named: &mut Map<String, Value>) -> Value {
    let parts = || groups.iter().copied().flatten();
    let mut properties = Map::new();
    for part in parts() {
        let schema = part.shape.schema(named);
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
