//! Templates of AppSpecs and task definitions: `<NAME>` in them stands for something that only the pipeline knows.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What is described of a task definition and not registered with it (ECS API reference, TaskDefinition).
const DESCRIBED: [&str; 8] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "deregisteredAt",
    "registeredBy",
];

/// What names stand for.
pub(crate) type Values<'a> = BTreeMap<&'a str, &'a str>;

/// An AppSpec with its placeholders replaced; each has to be there.
pub(crate) fn app_spec(template: &str, values: &Values<'_>) -> Result<String, String> {
    let mut text = template.to_owned();
    for (name, value) in values {
        let mark = format!("<{name}>");
        if !text.contains(&mark) {
            return Err(format!("the AppSpec has no {mark}"));
        }
        text = text.replace(&mark, value);
    }
    Ok(text)
}

/// The input of RegisterTaskDefinition. Placeholders are replaced within texts, so that no value becomes more than one;
/// those of images have to be there.
pub(crate) fn task_definition(
    template: &str,
    images: &Values<'_>,
    others: &Values<'_>,
) -> Result<Value, String> {
    let wrong = |why: &dyn std::fmt::Display| format!("the task definition: {why}");
    let mut definition: Map<String, Value> = serde_json::from_str(template).map_err(|error| wrong(&error))?;
    definition.retain(|member, _| !DESCRIBED.contains(&member.as_str()));
    let mut definition = Value::Object(definition);
    for (name, value) in images {
        let mark = format!("<{name}>");
        if replace(&mut definition, &mark, value) == 0 {
            return Err(wrong(&format_args!("there is no {mark}")));
        }
    }
    for (name, value) in others {
        replace(&mut definition, &format!("<{name}>"), value);
    }
    Ok(definition)
}

/// In how many texts the mark was replaced.
fn replace(value: &mut Value, mark: &str, by: &str) -> usize {
    match value {
        Value::String(text) if text.contains(mark) => {
            *text = text.replace(mark, by);
            1
        }
        Value::Array(items) => items.iter_mut().map(|item| replace(item, mark, by)).sum(),
        Value::Object(members) => members.values_mut().map(|member| replace(member, mark, by)).sum(),
        _ => 0,
    }
}

/// The image that an imageDetail.json names (CodePipeline user guide, image definitions file reference).
pub(crate) fn image(detail: &str) -> Result<String, String> {
    let wrong = |why: &str| format!("imageDetail.json: {why}");
    let detail: Value = serde_json::from_str(detail).map_err(|error| wrong(&error.to_string()))?;
    let uri = detail.get("ImageURI").and_then(Value::as_str).ok_or_else(|| wrong("there is no ImageURI"))?;
    let odd = uri.is_empty() || uri.chars().any(|c| c.is_whitespace() || c.is_control());
    if odd { Err(wrong("ImageURI is no image")) } else { Ok(uri.to_owned()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn placeholders_of_an_app_spec_are_replaced_and_have_to_be_there() {
        let template = "TaskDefinition: <TASK_DEFINITION>\nName: \"<SERVICE>\" # <SERVICE>\n";
        let arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop:7";
        let rendered = app_spec(template, &[("TASK_DEFINITION", arn), ("SERVICE", "shop")].into());
        assert_eq!(rendered, Ok(format!("TaskDefinition: {arn}\nName: \"shop\" # shop\n")));
        assert_eq!(app_spec(template, &Values::new()).as_deref(), Ok(template));
        assert_eq!(
            app_spec(template, &[("OTHER", "x")].into()),
            Err("the AppSpec has no <OTHER>".to_owned())
        );
    }

    #[test]
    fn task_definitions_are_rendered_as_values() {
        let template = r#"{"family": "shop", "revision": 3, "status": "ACTIVE", "taskDefinitionArn": "arn",
            "containerDefinitions": [
                {"name": "web", "image": "<IMAGE1_NAME>", "environment": [{"name": "STAGE", "value": "<STAGE>-1"}]},
                {"name": "log", "image": "<IMAGE2_NAME>"}]}"#;
        let (first, second) = ("1.dkr.ecr.r.amazonaws.com/web@sha256:0a", "a\",\"b");
        let images: Values<'_> = [("IMAGE1_NAME", first), ("IMAGE2_NAME", second)].into();
        let expected = json!({"family": "shop", "containerDefinitions": [
            {"name": "web", "image": first, "environment": [{"name": "STAGE", "value": "prod-1"}]},
            {"name": "log", "image": second}]});
        assert_eq!(task_definition(template, &images, &[("STAGE", "prod"), ("X", "y")].into()), Ok(expected));
        for (template, part) in
            [("{", "EOF"), ("[]", "invalid type"), (r#"{"a": "<IMAGE1_NAME>"}"#, "there is no <IMAGE2_NAME>")]
        {
            let told = task_definition(template, &images, &Values::new()).expect_err(template);
            assert!(told.starts_with("the task definition: ") && told.contains(part), "{told}");
        }
    }

    #[test]
    fn images_come_from_image_details() {
        let ecr = r#"{"ImageSizeInBytes": "44728918", "ImageDigest": "sha256:0a", "Version": "1.0",
            "ImagePushedAt": "Mon Jan 21 20:04:00 UTC 2019", "RegistryId": "1", "RepositoryName": "web",
            "ImageURI": "1.dkr.ecr.r.amazonaws.com/web@sha256:0a", "ImageTags": ["latest"]}"#;
        assert_eq!(image(ecr).as_deref(), Ok("1.dkr.ecr.r.amazonaws.com/web@sha256:0a"));
        for (detail, part) in [
            ("[", "EOF"),
            (r#"[{"name": "web", "imageUri": "x"}]"#, "there is no ImageURI"),
            (r#"{"ImageURI": "a b"}"#, "ImageURI is no image"),
        ] {
            let told = image(detail).expect_err(detail);
            assert!(told.starts_with("imageDetail.json: ") && told.contains(part), "{told}");
        }
    }
}
