//! UserParameters of the action: what to deploy where. The members are those of CodePipeline's own actions CodeDeploy and
//! CodeDeployToECS, spelt as the API spells its own.

use std::collections::BTreeMap;

use cutover_core::config::ComputePlatform;
use serde::Deserialize;

use crate::trouble::Trouble;

/// What UserParameters may say; CodePipeline takes at most 1,000 characters of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Parameters {
    /// The version of this form, 1 unless it is told.
    #[serde(default)]
    version: Option<u16>,
    pub(crate) application_name: String,
    pub(crate) deployment_group_name: String,
    pub(crate) deployment_config_name: Option<String>,
    pub(crate) description: Option<String>,
    /// Server: the artifact that is the revision.
    pub(crate) revision_artifact: Option<String>,
    /// Lambda and ECS: where the AppSpec is.
    pub(crate) app_spec_template_artifact: Option<String>,
    pub(crate) app_spec_template_path: Option<String>,
    /// ECS: where the task definition is.
    pub(crate) task_definition_template_artifact: Option<String>,
    pub(crate) task_definition_template_path: Option<String>,
    image1_artifact_name: Option<String>,
    image1_container_name: Option<String>,
    image2_artifact_name: Option<String>,
    image2_container_name: Option<String>,
    image3_artifact_name: Option<String>,
    image3_container_name: Option<String>,
    image4_artifact_name: Option<String>,
    image4_container_name: Option<String>,
    /// Lambda and ECS: what `<NAME>` stands for in the AppSpec and in the task definition.
    #[serde(default)]
    pub(crate) placeholders: BTreeMap<String, String>,
}

/// An image of a task definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    /// Who names the artifact.
    pub(crate) member: String,
    /// The artifact with its imageDetail.json.
    pub(crate) artifact: String,
    /// `<NAME>` stands for it.
    pub(crate) placeholder: String,
}

impl Parameters {
    /// The parameters, in so far as they do not depend on the platform.
    pub(crate) fn read(text: &str) -> Result<Self, Trouble> {
        let wrong = |why: String| Trouble::configuration(format!("UserParameters: {why}"));
        let mut json = serde_json::Deserializer::from_str(text);
        let read: Result<Self, _> = serde_path_to_error::deserialize(&mut json);
        let read = read.map_err(|error| {
            let path = error.path().to_string();
            let place = if path == "." { String::new() } else { format!("{path}: ") };
            wrong(format!("{place}{}", error.into_inner()))
        })?;
        json.end().map_err(|error| wrong(error.to_string()))?;
        if let Some(version) = read.version.filter(|version| *version != 1) {
            return Err(wrong(format!("version is {version}; this Cutover knows 1")));
        }
        for (name, value) in &read.placeholders {
            check_placeholder(name, value).map_err(|why| wrong(format!("placeholders.{name}: {why}")))?;
        }
        read.images()?;
        Ok(read)
    }

    /// Refuses members that say nothing to this platform.
    pub(crate) fn check_for(&self, platform: ComputePlatform) -> Result<(), Trouble> {
        use ComputePlatform::{ECS, Lambda, Server};
        let members = [
            ("revisionArtifact", self.revision_artifact.is_some(), &[Server][..]),
            ("appSpecTemplateArtifact", self.app_spec_template_artifact.is_some(), &[Lambda, ECS]),
            ("appSpecTemplatePath", self.app_spec_template_path.is_some(), &[Lambda, ECS]),
            ("taskDefinitionTemplateArtifact", self.task_definition_template_artifact.is_some(), &[ECS]),
            ("taskDefinitionTemplatePath", self.task_definition_template_path.is_some(), &[ECS]),
            ("image1ArtifactName", !self.images()?.is_empty(), &[ECS]),
            ("placeholders", !self.placeholders.is_empty(), &[Lambda, ECS]),
        ];
        match members.into_iter().find(|(_, given, platforms)| *given && !platforms.contains(&platform)) {
            Some((member, ..)) => Err(Trouble::configuration(format!(
                "UserParameters: {member} says nothing to an application of the compute platform {}",
                platform.as_str()
            ))),
            None => Ok(()),
        }
    }

    /// The images, in order. Each has both members or neither.
    pub(crate) fn images(&self) -> Result<Vec<Image>, Trouble> {
        let pairs = [
            (&self.image1_artifact_name, &self.image1_container_name),
            (&self.image2_artifact_name, &self.image2_container_name),
            (&self.image3_artifact_name, &self.image3_container_name),
            (&self.image4_artifact_name, &self.image4_container_name),
        ];
        let mut images = Vec::new();
        for (number, pair) in (1..).zip(pairs) {
            let member = format!("image{number}ArtifactName");
            match pair {
                (None, None) => {}
                (Some(artifact), Some(placeholder)) if !placeholder.is_empty() => {
                    images.push(Image {
                        member,
                        artifact: artifact.clone(),
                        placeholder: placeholder.clone(),
                    });
                }
                _ => {
                    let both = format!("UserParameters: {member} and image{number}ContainerName go together");
                    return Err(Trouble::configuration(both));
                }
            }
        }
        Ok(images)
    }
}

/// A value may not become more than a value of the AppSpec that it is put into.
fn check_placeholder(name: &str, value: &str) -> Result<(), &'static str> {
    let named = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || !name.chars().all(named) {
        return Err("names are of capital letters, digits and _");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:@+=".contains(c);
    if value.is_empty() || !value.chars().all(plain) {
        return Err("values are of letters, digits and . _ - / : @ + =");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ComputePlatform::{ECS, Lambda, Server};

    fn with(members: &str) -> String {
        format!(r#"{{"applicationName":"shop","deploymentGroupName":"live"{members}}}"#)
    }

    #[test]
    fn wrong_parameters_are_told_by_their_member() {
        for (text, part) in [
            ("", "UserParameters: EOF while parsing"),
            ("shop", "UserParameters: expected"),
            ("{}", "missing field `applicationName`"),
            (r#"{"applicationName":"shop"}"#, "missing field `deploymentGroupName`"),
            (&with(r#","appSpec":1"#), "unknown field `appSpec`"),
            (&with(r#","description":7"#), "description: invalid type: integer `7`, expected a string"),
            (&with(r#","version":2"#), "version is 2; this Cutover knows 1"),
            (&with(r#","image2ArtifactName":"a""#), "image2ArtifactName and image2ContainerName go together"),
            (
                &with(r#","image1ContainerName":"A""#),
                "image1ArtifactName and image1ContainerName go together",
            ),
            (&with(r#","placeholders":{"a":"1"}"#), "placeholders.a: names are of capital letters"),
            (&with(r#","placeholders":{"A":"1\n- x"}"#), "placeholders.A: values are of letters"),
            (&with(r#","placeholders":{"A":{}}"#), "placeholders.A: invalid type: map, expected a string"),
            (&format!("{} 7", with("")), "trailing characters"),
        ] {
            let told = Parameters::read(text).expect_err(text).to_string();
            assert!(told.starts_with("UserParameters: ") && told.contains(part), "{text}: {told}");
        }
    }

    #[test]
    fn the_example_is_understood() {
        let example = include_str!("../../../examples/codepipeline/template.yaml");
        let (_, rest) = example.split_once("UserParameters: >-").expect("UserParameters");
        let (text, _) = rest.split_once("InputArtifacts").expect("the next member");
        let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        // As CodePipeline does before it asks.
        let text = lines.join(" ").replace("#{Build.CURRENT}", "1").replace("#{Build.VERSION}", "2");
        let parameters = Parameters::read(&text).expect("parameters");
        assert_eq!(parameters.check_for(Lambda), Ok(()));
        assert!(
            parameters.description.is_some_and(|text| text.contains("#{codepipeline.PipelineExecutionId}"))
        );
    }

    #[test]
    fn every_platform_has_members_of_its_own() {
        for (members, platforms) in [
            ("", &[Server, Lambda, ECS][..]),
            (r#","version":1,"description":"d","deploymentConfigName":"c""#, &[Server, Lambda, ECS]),
            (r#","revisionArtifact":"Build""#, &[Server]),
            (r#","appSpecTemplateArtifact":"Source""#, &[Lambda, ECS]),
            (r#","appSpecTemplatePath":"a.yaml""#, &[Lambda, ECS]),
            (r#","placeholders":{"VERSION":"7"}"#, &[Lambda, ECS]),
            (r#","taskDefinitionTemplateArtifact":"Source""#, &[ECS]),
            (r#","taskDefinitionTemplatePath":"t.json""#, &[ECS]),
            (r#","image1ArtifactName":"Image","image1ContainerName":"IMAGE1_NAME""#, &[ECS]),
        ] {
            let parameters = Parameters::read(&with(members)).expect("parameters");
            for platform in [Server, Lambda, ECS] {
                let told = parameters.check_for(platform);
                assert_eq!(told.is_ok(), platforms.contains(&platform), "{members} {platform:?}: {told:?}");
            }
        }
    }
}
