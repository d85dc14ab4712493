//! Permissions of the functions' roles.

use serde_json::Value;

use super::{Template, TemplateError};

/// An action and the ARN of its resource. The ARN may end in `*`.
pub type Right = (String, String);

impl Template {
    /// Permissions of the role of a binary's function.
    ///
    /// # Errors
    /// The function does not exist, or its role can't be resolved.
    pub fn rights(&self, binary: &str) -> Result<Vec<Right>, TemplateError> {
        let resource = self.function(binary)?.resource;
        let role = self.property(&resource, "Role")?["Fn::GetAtt"][0].as_str();
        let role = role.ok_or_else(|| TemplateError(format!("{resource} has no role")))?;
        let policies = each(self.property(role, "Policies")?).iter();
        let statements = policies.flat_map(|it| each(&it["PolicyDocument"]["Statement"]));
        let mut rights = Vec::new();
        for statement in statements {
            for resource in each(&statement["Resource"]) {
                let arn = self.text(resource)?;
                let actions = each(&statement["Action"]).iter();
                let actions = actions.filter_map(Value::as_str);
                rights.extend(actions.map(|action| (action.to_owned(), arn.clone())));
            }
        }
        Ok(rights)
    }
}

/// A list, or one value without its brackets.
fn each(value: &Value) -> &[Value] {
    value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice)
}
