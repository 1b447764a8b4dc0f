//! Makes the table and the queues where no template does: in tests and small installations. What stands
//! here and the template's resources must say the same.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TableStatus, TimeToLiveSpecification,
};
use aws_sdk_sqs::types::QueueAttributeName;
use cutover_core::queue::QueueName;
use cutover_ports::queue::{MAX_RECEIVES, QueueError};
use cutover_ports::table::TableError;

use crate::error::Fault;
use crate::queue_urls::QueueUrls;
use crate::sdk::Sdk;
use crate::table::DynamoTable;
use crate::table::item::{GSI1, GSI2, Layout, MAIN, WAKE};

/// Looks at a new table until it is there: half a minute in all.
const LOOKS: u32 = 60;
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// Creates the table (on demand, three indexes, TTL) and waits until it can be used. A table of that name
/// is taken for ours.
pub async fn create_table(table: &DynamoTable) -> Result<(), TableError> {
    let broken = |message: String| TableError::Broken(message);
    let mut request = table
        .client()
        .await
        .create_table()
        .table_name(&table.name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(key_schema(MAIN).map_err(|error| broken(error.to_string()))?));
    for layout in [MAIN, GSI1, GSI2, WAKE] {
        for attribute in [layout.pk, layout.sk] {
            let definition = AttributeDefinition::builder()
                .attribute_name(attribute)
                .attribute_type(ScalarAttributeType::S)
                .build();
            request = request.attribute_definitions(definition.map_err(|error| broken(error.to_string()))?);
        }
        if layout.name.is_some() {
            request =
                request.global_secondary_indexes(index(layout).map_err(|error| broken(error.to_string()))?);
        }
    }
    if let Err(error) = request.send().await {
        let fault = Fault::of(&error);
        if !fault.is("ResourceInUseException") {
            return Err(broken(fault.message));
        }
    }
    wait_until_active(table).await?;
    forget_expired(table).await
}

type Built<T> = Result<T, aws_sdk_dynamodb::error::BuildError>;

fn key_schema(layout: Layout) -> Built<Vec<KeySchemaElement>> {
    let element = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    Ok(vec![element(layout.pk, KeyType::Hash)?, element(layout.sk, KeyType::Range)?])
}

fn index(layout: Layout) -> Built<GlobalSecondaryIndex> {
    let holds = if layout == WAKE { ProjectionType::KeysOnly } else { ProjectionType::All };
    GlobalSecondaryIndex::builder()
        .set_index_name(layout.name.map(str::to_owned))
        .set_key_schema(Some(key_schema(layout)?))
        .projection(Projection::builder().projection_type(holds).build())
        .build()
}

async fn wait_until_active(table: &DynamoTable) -> Result<(), TableError> {
    for _ in 0..LOOKS {
        let answer = table.client().await.describe_table().table_name(&table.name).send().await;
        let status = match answer {
            Ok(answer) => answer.table.and_then(|table| table.table_status),
            Err(error) if Fault::of(&error).is("ResourceNotFoundException") => None,
            Err(error) => return Err(TableError::Unavailable(Fault::of(&error).message)),
        };
        if status == Some(TableStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Err(TableError::Unavailable(format!("table {} does not become active", table.name)))
}

async fn forget_expired(table: &DynamoTable) -> Result<(), TableError> {
    let setting = TimeToLiveSpecification::builder().enabled(true).attribute_name("expires_at").build();
    let setting = setting.map_err(|error| TableError::Broken(error.to_string()))?;
    let request = table.client().await.update_time_to_live().table_name(&table.name);
    match request.time_to_live_specification(setting).send().await {
        Ok(_) => Ok(()),
        Err(error) => {
            let fault = Fault::of(&error);
            // DynamoDB refuses to enable what is enabled.
            let already = fault.is("ValidationException") && fault.message.contains("already enabled");
            if already { Ok(()) } else { Err(TableError::Broken(fault.message)) }
        }
    }
}

/// Creates `<prefix><queue>` for every phase queue, with its dead letters in `<prefix><queue>-dead`.
pub async fn create_queues(sdk: &Sdk, prefix: &str, visibility: Duration) -> Result<QueueUrls, QueueError> {
    let mut urls = Vec::new();
    for queue in QueueName::ALL {
        let dead = create_queue(sdk, &format!("{prefix}{queue}-dead"), visibility, None).await?;
        let dead = arn(sdk, &dead).await?;
        let redrive = format!(r#"{{"deadLetterTargetArn":"{dead}","maxReceiveCount":{MAX_RECEIVES}}}"#);
        let url = create_queue(sdk, &format!("{prefix}{queue}"), visibility, Some(redrive)).await?;
        urls.push((queue, url));
    }
    Ok(QueueUrls::new(urls))
}

async fn create_queue(
    sdk: &Sdk,
    name: &str,
    visibility: Duration,
    redrive: Option<String>,
) -> Result<String, QueueError> {
    let seconds = visibility.as_secs().to_string();
    let mut request = sdk.sqs().await.create_queue().queue_name(name);
    request = request.attributes(QueueAttributeName::VisibilityTimeout, seconds);
    if let Some(redrive) = redrive {
        request = request.attributes(QueueAttributeName::RedrivePolicy, redrive);
    }
    let answer = request.send().await.map_err(|error| QueueError { message: Fault::of(&error).message })?;
    answer.queue_url.ok_or_else(|| QueueError { message: format!("no URL came back for queue {name}") })
}

async fn arn(sdk: &Sdk, url: &str) -> Result<String, QueueError> {
    let request = sdk.sqs().await.get_queue_attributes().queue_url(url);
    let answer = request.attribute_names(QueueAttributeName::QueueArn).send().await;
    let answer = answer.map_err(|error| QueueError { message: Fault::of(&error).message })?;
    let arn = answer.attributes.and_then(|mut all| all.remove(&QueueAttributeName::QueueArn));
    arn.ok_or_else(|| QueueError { message: format!("no ARN came back for queue {url}") })
}
