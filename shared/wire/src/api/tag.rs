//! Tags, and filters that select by them.

shapes! {
    /// A tag.
    Tag {
        #[serde(rename = "Key")] key: Option<String>,
        #[serde(rename = "Value")] value: Option<String>,
    }

    /// Selects what carries a tag (behaviour: tag selection).
    TagFilter {
        #[serde(rename = "Key")] key: Option<String>,
        #[serde(rename = "Value")] value: Option<String>,
        #[serde(rename = "Type")] kind: Option<String>,
    }

    /// Groups of EC2 tag filters, all of which must select.
    Ec2TagSet {
        ec2_tag_set_list: Option<Vec<Vec<TagFilter>>>,
    }

    /// Groups of on-premises tag filters, all of which must select.
    OnPremisesTagSet {
        on_premises_tag_set_list: Option<Vec<Vec<TagFilter>>>,
    }

    /// ListTagsForResource.
    ListTagsForResourceInput {
        #[serde(rename = "ResourceArn")] resource_arn: Option<String>,
        #[serde(rename = "NextToken")] next_token: Option<String>,
    }

    /// What ListTagsForResource answers.
    ListTagsForResourceOutput {
        #[serde(rename = "Tags")] tags: Vec<Tag>,
    }

    /// TagResource.
    TagResourceInput {
        #[serde(rename = "ResourceArn")] resource_arn: Option<String>,
        #[serde(rename = "Tags")] tags: Option<Vec<Tag>>,
    }

    /// UntagResource.
    UntagResourceInput {
        #[serde(rename = "ResourceArn")] resource_arn: Option<String>,
        #[serde(rename = "TagKeys")] tag_keys: Option<Vec<String>>,
    }
}
