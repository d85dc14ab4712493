//! Forms as data: their fields and buttons.

use maud::{Markup, html};

use super::json_call::{NEXT, json_call, operation};

/// How a field is shown.
#[derive(Clone, Debug)]
pub(super) enum Control {
    Hidden,
    /// An input of this type.
    Input(&'static str),
    Area,
    Check,
    /// Shown by the caller.
    Elsewhere,
    /// Value and label of each choice.
    Select(Vec<(String, String)>),
}

#[derive(Clone, Debug)]
pub(super) struct Field {
    name: &'static str,
    label: &'static str,
    value: String,
    control: Control,
    is_required: bool,
}

impl Field {
    pub(super) fn hidden(name: &'static str, value: impl Into<String>) -> Self {
        Self::new(name, "", value, Control::Hidden)
    }

    pub(super) fn text(name: &'static str, label: &'static str, value: impl Into<String>) -> Self {
        Self::new(name, label, value, Control::Input("text"))
    }

    pub(super) fn number(
        name: &'static str,
        label: &'static str,
        value: impl Into<String>,
    ) -> Self {
        Self::new(name, label, value, Control::Input("number"))
    }

    pub(super) fn new(
        name: &'static str,
        label: &'static str,
        value: impl Into<String>,
        control: Control,
    ) -> Self {
        Self {
            name,
            label,
            value: value.into(),
            control,
            is_required: false,
        }
    }

    pub(super) fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    fn shown(&self) -> Markup {
        let (name, value, required) = (self.name, self.value.as_str(), self.is_required);
        match &self.control {
            Control::Hidden => html! { input type="hidden" name=(name) value=(value); },
            Control::Input(kind) => html! {
                label.field { span { (self.label) }
                    input type=(kind) name=(name) value=(value) required[required]
                        step=[(*kind == "number").then_some("any")]
                        min=[(*kind == "number").then_some("0")]
                        autocomplete="off";
                }
            },
            Control::Area => html! {
                label.field.wide { span { (self.label) }
                    textarea name=(name) rows="3" required[required] { (value) }
                }
            },
            Control::Elsewhere => html! {},
            Control::Check => html! {
                label.check { input type="checkbox" name=(name) value="true"; span { (self.label) } }
            },
            Control::Select(choices) => html! {
                label.field { span { (self.label) }
                    select name=(name) required[required] {
                        @for (choice, label) in choices {
                            option value=(choice) selected[choice == value] { (label) }
                        }
                    }
                }
            },
        }
    }
}

/// How prominent a button is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Primary,
    Danger,
}

/// A form that becomes a JSON call.
#[derive(Clone, Debug)]
pub(super) struct Form {
    operation: &'static str,
    label: &'static str,
    tone: Tone,
    next: String,
    fields: Vec<Field>,
}

impl Form {
    pub(super) fn new(
        operation: &'static str,
        label: &'static str,
        next: impl Into<String>,
    ) -> Self {
        Self {
            operation,
            label,
            tone: Tone::Plain,
            next: next.into(),
            fields: Vec::new(),
        }
    }

    pub(super) fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    pub(super) fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    pub(super) fn hidden(self, name: &'static str, value: impl Into<String>) -> Self {
        self.field(Field::hidden(name, value))
    }

    /// The form, and the JSON call that its present values become.
    pub(super) fn shown(&self) -> Markup {
        self.around(&html! {}, &html! {})
    }

    /// The form with more fields before its button, and more buttons.
    pub(super) fn around(&self, fields: &Markup, buttons: &Markup) -> Markup {
        let class = match self.tone {
            Tone::Plain => "plain",
            Tone::Primary => "primary",
            Tone::Danger => "danger",
        };
        html! {
            form.call method="post" action={ "/do/" (self.operation) } {
                input type="hidden" name=(NEXT) value=(self.next);
                @for field in &self.fields { (field.shown()) }
                (fields)
                div.buttons { button class=(class) type="submit" { (self.label) } (buttons) }
                @if let Some(call) = self.json_call() {
                    code.json title="The same as a JSON call" { (call) }
                }
            }
        }
    }

    /// The call with the values as they are shown.
    fn json_call(&self) -> Option<String> {
        let checked = |own: &&Field| !matches!(own.control, Control::Check);
        let fields = self.fields.iter().filter(checked);
        let mut fields: Vec<(String, String)> = fields
            .map(|own| (own.name.to_owned(), own.value.clone()))
            .collect();
        let operation = operation(self.operation)?;
        // A value that a person has to type is a placeholder.
        for own in self.fields.iter().filter(|own| own.is_required) {
            let typed = fields
                .iter_mut()
                .find(|(name, value)| name == own.name && value.is_empty());
            if let Some((name, value)) = typed {
                *value = format!("{{{name}}}");
            }
        }
        Some(json_call(operation, &fields).ok()?.to_string())
    }
}
