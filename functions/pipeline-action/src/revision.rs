//! What a job deploys: the revision that its artifacts make.

use std::collections::BTreeMap;

use cutover_core::config::ComputePlatform;
use cutover_ports::pipelines::Artifacts;
use cutover_wire::api::revision::{RawString, RevisionLocation, S3Location};
use serde_json::Value;

use crate::archive::{ARTIFACT_BYTES, Archive};
use crate::job::{Artifact, Job};
use crate::parameters::Parameters;
use crate::render::{self, Values};
use crate::trouble::Trouble;

/// Where the AppSpec is unless the action says so: CodeDeployToECS's default, and its other spellings.
const APP_SPECS: [&str; 3] = ["appspec.yaml", "appspec.yml", "appspec.json"];
const TASK_DEFINITION: &str = "taskdef.json";
const IMAGE_DETAIL: &str = "imageDetail.json";
/// What stands in an AppSpec for the task definition.
const TASK_DEFINITION_MARK: &str = "TASK_DEFINITION";

/// What is to be deployed.
pub(crate) enum Draft {
    /// This.
    Ready(Box<RevisionLocation>),
    /// This, once its task definition is registered.
    Ecs(EcsDraft),
}

/// An AppSpec that waits for its task definition.
pub(crate) struct EcsDraft {
    /// The input of RegisterTaskDefinition.
    pub(crate) definition: Value,
    template: String,
    placeholders: BTreeMap<String, String>,
}

impl EcsDraft {
    /// With that task definition.
    pub(crate) fn revision(&self, task_definition: &str) -> Result<RevisionLocation, Trouble> {
        let mut values = borrowed(&self.placeholders);
        values.insert(TASK_DEFINITION_MARK, task_definition);
        let content = render::app_spec(&self.template, &values).map_err(Trouble::configuration)?;
        Ok(app_spec_content(content))
    }
}

/// A file of an artifact.
struct Wanted<'a> {
    artifact: &'a Artifact,
    /// The first of these that is there.
    paths: Vec<&'a str>,
}

/// What the job's artifacts make for an application of that platform.
pub(crate) async fn draft(
    job: &Job,
    parameters: &Parameters,
    platform: ComputePlatform,
    artifacts: &dyn Artifacts,
) -> Result<Draft, Trouble> {
    parameters.check_for(platform)?;
    let app_spec = || {
        let named = parameters.app_spec_template_artifact.as_deref();
        let artifact = job.artifact("appSpecTemplateArtifact", named)?;
        let paths =
            parameters.app_spec_template_path.as_deref().map_or(APP_SPECS.to_vec(), |path| vec![path]);
        Ok::<_, Trouble>(Wanted { artifact, paths })
    };
    match platform {
        ComputePlatform::Server => {
            let Artifact { bucket, key, .. } =
                job.artifact("revisionArtifact", parameters.revision_artifact.as_deref())?.clone();
            let bundle_type = Some("zip".to_owned());
            let s3 =
                S3Location { bucket: Some(bucket), key: Some(key), bundle_type, ..S3Location::default() };
            Ok(ready(RevisionLocation {
                revision_type: Some("S3".to_owned()),
                s3_location: Some(s3),
                ..RevisionLocation::default()
            }))
        }
        ComputePlatform::Lambda => {
            let read = read(job, artifacts, &[app_spec()?]).await?;
            let content = render::app_spec(&read[0], &borrowed(&parameters.placeholders));
            Ok(ready(app_spec_content(content.map_err(Trouble::configuration)?)))
        }
        ComputePlatform::ECS => {
            let named = parameters.task_definition_template_artifact.as_deref();
            let artifact = job.artifact("taskDefinitionTemplateArtifact", named)?;
            let path = parameters.task_definition_template_path.as_deref().unwrap_or(TASK_DEFINITION);
            let mut wanted = vec![app_spec()?, Wanted { artifact, paths: vec![path] }];
            let images = parameters.images()?;
            for image in &images {
                let artifact = job.artifact(&image.member, Some(&image.artifact))?;
                wanted.push(Wanted { artifact, paths: vec![IMAGE_DETAIL] });
            }
            let mut read = read(job, artifacts, &wanted).await?;
            let details = read.split_off(2);
            let uris: Vec<String> = details
                .iter()
                .zip(&images)
                .map(|(detail, image)| {
                    render::image(detail).map_err(|why| format!("the artifact {}: {why}", image.artifact))
                })
                .collect::<Result<_, _>>()
                .map_err(Trouble::configuration)?;
            let uris: Values<'_> = images
                .iter()
                .zip(&uris)
                .map(|(image, uri)| (image.placeholder.as_str(), uri.as_str()))
                .collect();
            let is_in = |text: &str, name: &str| text.contains(&format!("<{name}>"));
            let missing = |name: &&String| !read.iter().any(|text| is_in(text, name));
            if let Some(name) = parameters.placeholders.keys().find(missing) {
                let message = format!("neither the AppSpec nor the task definition has <{name}>");
                return Err(Trouble::configuration(message));
            }
            let others = borrowed(&parameters.placeholders);
            let definition =
                render::task_definition(&read[1], &uris, &others).map_err(Trouble::configuration)?;
            let template = read.swap_remove(0);
            let mut placeholders = parameters.placeholders.clone();
            placeholders.retain(|name, _| is_in(&template, name));
            Ok(Draft::Ecs(EcsDraft { definition, template, placeholders }))
        }
    }
}

/// The texts of these files, in their order; every artifact is fetched once, and they are in memory one after the other.
async fn read(job: &Job, artifacts: &dyn Artifacts, wanted: &[Wanted<'_>]) -> Result<Vec<String>, Trouble> {
    let mut texts = vec![None; wanted.len()];
    for first in 0..wanted.len() {
        if texts[first].is_some() {
            continue;
        }
        let Artifact { name, bucket, key } = wanted[first].artifact;
        let bytes = artifacts.read(bucket, key, job.credentials()?, ARTIFACT_BYTES).await?;
        let mut archive = Archive::open(name, &bytes).map_err(Trouble::configuration)?;
        for (text, file) in texts.iter_mut().zip(wanted) {
            if file.artifact == wanted[first].artifact {
                *text = Some(archive.text(&file.paths).map_err(Trouble::configuration)?);
            }
        }
    }
    Ok(texts.into_iter().flatten().collect())
}

fn ready(revision: RevisionLocation) -> Draft {
    Draft::Ready(Box::new(revision))
}

fn borrowed(values: &BTreeMap<String, String>) -> Values<'_> {
    values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn app_spec_content(content: String) -> RevisionLocation {
    RevisionLocation {
        revision_type: Some("AppSpecContent".to_owned()),
        app_spec_content: Some(RawString { content: Some(content), sha256: None }),
        ..RevisionLocation::default()
    }
}
