//! Hosts: on-premises instances, and the tokens that they enrol with.

use cutover_wire::api::agent::{
    CreateEnrollmentTokenInput, CreateEnrollmentTokenOutput, RotateOrderKeyOutput,
};
use cutover_wire::api::instance::{
    BatchGetOnPremisesInstancesOutput, InstanceInfo, ListOnPremisesInstancesInput,
    ListOnPremisesInstancesOutput,
};
use serde_json::{Value, json};

use super::Api;
use crate::failure::Failure;

/// How many instances one request asks for.
const BATCH: usize = 100;

impl Api {
    /// Makes a token that one host enrols with; the answer is the only one that tells it.
    pub(crate) async fn enrollment_token(
        &self,
        input: &CreateEnrollmentTokenInput,
    ) -> Result<CreateEnrollmentTokenOutput, Failure> {
        self.own("CreateEnrollmentToken", input).await
    }

    /// Makes the next key that orders are signed with.
    pub(crate) async fn rotate_order_key(&self) -> Result<RotateOrderKeyOutput, Failure> {
        self.own("RotateOrderKey", &json!({})).await
    }

    /// Every on-premises instance, also those that are deregistered, by name.
    pub(crate) async fn hosts(&self) -> Result<Vec<InstanceInfo>, Failure> {
        let (mut names, mut input) = (Vec::new(), ListOnPremisesInstancesInput::default());
        loop {
            let page: ListOnPremisesInstancesOutput =
                self.codedeploy("ListOnPremisesInstances", &input).await?;
            names.extend(page.instance_names);
            input.next_token = page.next_token;
            if input.next_token.is_none() {
                break;
            }
        }
        let mut infos: Vec<InstanceInfo> = Vec::with_capacity(names.len());
        for batch in names.chunks(BATCH) {
            let input = json!({ "instanceNames": batch });
            let answer: BatchGetOnPremisesInstancesOutput =
                self.codedeploy("BatchGetOnPremisesInstances", &input).await?;
            infos.extend(answer.instance_infos);
        }
        infos.sort_by(|one, other| one.instance_name.cmp(&other.instance_name));
        Ok(infos)
    }

    /// Cuts a host off, for good.
    pub(crate) async fn deregister_host(&self, name: &str) -> Result<Value, Failure> {
        self.codedeploy("DeregisterOnPremisesInstance", &json!({ "instanceName": name })).await
    }
}
