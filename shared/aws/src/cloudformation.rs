//! What CloudFormation says of stacks.

use async_trait::async_trait;
use cutover_ports::call::CallError;
use cutover_ports::stacks::Stacks;
use roxmltree::Node;

use crate::caller::Place;
use crate::query::{Client, Service, child, list, text};
use crate::sdk::Sdk;

const CLOUD_FORMATION: Service =
    Service { place: Place { name: "cloudformation", id: "CloudFormation" }, version: "2010-05-15" };

/// The stacks of the configured account.
#[derive(Debug, Clone)]
pub struct CloudFormationStacks {
    client: Client,
}

impl CloudFormationStacks {
    /// Of the configured account.
    pub fn new(sdk: Sdk) -> Self {
        Self { client: Client::new(sdk, CLOUD_FORMATION) }
    }
}

#[async_trait]
impl Stacks for CloudFormationStacks {
    async fn status(&self, stack_id: &str) -> Result<String, CallError> {
        // arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID
        let region = stack_id.split(':').nth(3).unwrap_or_default();
        let asked = [("StackName".to_owned(), stack_id.to_owned())];
        let found = self.client.ask(region, "DescribeStacks", &asked, read).await;
        let what = || format!("the stack {stack_id}");
        found.map_err(|fault| fault.into_call_error(what))?.ok_or_else(|| CallError::Gone { what: what() })
    }
}

fn read(root: Node<'_, '_>) -> Option<String> {
    let stack = list(child(root, "DescribeStacksResult")?, "Stacks").next()?;
    text(stack, "StackStatus").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use roxmltree::Document;

    #[test]
    fn the_status_is_read() {
        let answer = |stacks: &str| {
            let text = format!(
                "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
                 <DescribeStacksResult><Stacks>{stacks}</Stacks></DescribeStacksResult></DescribeStacksResponse>"
            );
            read(Document::parse(&text).expect("XML").root_element())
        };
        let one = "<member><StackName>s</StackName><StackStatus>UPDATE_IN_PROGRESS</StackStatus></member>";
        assert_eq!(answer(one).as_deref(), Some("UPDATE_IN_PROGRESS"));
        assert_eq!(answer(""), None);
    }
}
