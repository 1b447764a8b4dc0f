//! What moto's own tests of CodeDeploy expect where moto and the service differ, and their reset. For tests
//! alone: `cutover serve --moto-compat` puts it around the API, which knows nothing of it.
//!
//! | request | the API | here |
//! |---|---|---|
//! | GetDeployment, a malformed id | InvalidDeploymentIdException | DeploymentDoesNotExistException |
//! | ListDeploymentGroups, no such application | ApplicationDoesNotExistException | an empty list |
//! | ListTagsForResource, a deployment's ARN | ArnNotSupportedException | the tags of its group |
//! | POST /moto-api/reset | | forgets everything of CodeDeploy's, in every region |

use std::sync::Arc;

use api::{Api, ApiRequest, ApiResponse, Asked, CODEDEPLOY};
use cutover_local::sqlite::table::SqliteTable;
use cutover_ports::table::TableError;
use cutover_wire::api::error::ApiError;
use serde_json::{Value, json};

/// Where a reset is asked for.
pub const RESET_PATH: &str = "/moto-api/reset";
/// What a reset leaves, by the part of a partition key after the region: functions and alarms of this
/// machine, and the key of page tokens. Neither is CodeDeploy's.
const KEPT: [&str; 2] = ["LOCAL", "SECRET"];

/// The differences.
pub struct Moto {
    table: Arc<SqliteTable>,
}

impl Moto {
    /// Over this store.
    pub fn new(table: Arc<SqliteTable>) -> Self {
        Self { table }
    }

    /// Forgets applications, groups, deployments and whatever else clients have made, in every region.
    pub async fn reset(&self) -> Result<(), TableError> {
        self.table.clear(is_kept).await
    }

    /// The API's answer, or moto's where they differ.
    pub async fn handle(&self, api: &Api, request: ApiRequest<'_>) -> ApiResponse {
        let answer = api.handle(request.clone()).await;
        let operation = request.asked.named_in(CODEDEPLOY);
        let other = match (operation, answer.error_type) {
            (Some("GetDeployment"), Some("InvalidDeploymentIdException")) => {
                Some(no_deployment(&request.asked))
            }
            (Some("ListDeploymentGroups"), Some("ApplicationDoesNotExistException")) => {
                request.asked.answered(&json!({ "deploymentGroups": [] })).ok()
            }
            (Some("ListTagsForResource"), Some("ArnNotSupportedException")) => {
                tags_of_its_group(api, &request).await
            }
            _ => None,
        };
        other.unwrap_or(answer)
    }
}

fn is_kept(partition: &str) -> bool {
    partition.splitn(3, '/').nth(2).is_some_and(|rest| KEPT.contains(&rest))
}

fn no_deployment(asked: &Asked<'_>) -> ApiResponse {
    asked.refused(&ApiError::refused("DeploymentDoesNotExistException", "The deployment could not be found"))
}

/// None when there is no such deployment, or no such group any more.
async fn tags_of_its_group(api: &Api, request: &ApiRequest<'_>) -> Option<ApiResponse> {
    let arn = serde_json::from_slice::<Value>(request.body).ok()?;
    let (account, id) = arn.get("ResourceArn")?.as_str()?.split_once(":deployment:")?;
    let found = call(api, request, "GetDeployment", &json!({ "deploymentId": id })).await?;
    let found: Value = serde_json::from_slice(&found.body).ok()?;
    let name = |member: &str| found.get("deploymentInfo")?.get(member)?.as_str();
    let (application, group) = (name("applicationName")?, name("deploymentGroupName")?);
    let group = format!("{account}:deploymentgroup:{application}/{group}");
    call(api, request, "ListTagsForResource", &json!({ "ResourceArn": group })).await
}

/// Another operation for the same caller, if it succeeds.
async fn call(api: &Api, request: &ApiRequest<'_>, operation: &str, input: &Value) -> Option<ApiResponse> {
    let (target, body) = (format!("{CODEDEPLOY}.{operation}"), input.to_string());
    let request = ApiRequest { asked: Asked::json(Some(&target)), body: body.as_bytes(), ..request.clone() };
    Some(api.handle(request).await).filter(|answer| answer.status == 200)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_leaves_what_is_not_codedeploys() {
        let scope = "123456789012/eu-west-1";
        for (partition, kept) in [
            ("LOCAL", true),
            ("SECRET", true),
            ("CATALOG", false),
            ("A#uuid", false),
            ("ALARM#a/LOCAL", false),
            ("ALARM#LOCAL", false),
        ] {
            assert_eq!(is_kept(&format!("{scope}/{partition}")), kept, "{partition}");
        }
        assert!(!is_kept("LOCAL") && !is_kept(""));
    }
}
