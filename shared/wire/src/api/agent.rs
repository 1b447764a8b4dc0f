//! What agents ask: Cutover's own operations AcceptOrder, EnrollHost, EnrollInstance and GetOrderKeys, and
//! CreateEnrollmentToken and RotateOrderKey for those who set hosts up.

shapes! {
    /// AcceptOrder: a host asks whether it may begin. Nothing is done without an answer. GetBundleAddress: it has begun, and
    /// cannot read the revision on GitHub.
    AcceptOrderInput {
        deployment_id: Option<String>,
        order_id: Option<String>,
        host_name: Option<String>,
        shard: Option<u16>,
        index: Option<u16>,
        attempt: Option<u16>,
    }

    /// What AcceptOrder answers.
    AcceptOrderOutput {
        granted: bool,
        reason: Option<String>,
    }

    /// What GetBundleAddress answers: an address that is good for some minutes.
    GetBundleAddressOutput {
        url: String,
    }

    /// CreateEnrollmentToken: lets one host enrol itself, once.
    CreateEnrollmentTokenInput {
        instance_name: Option<String>,
        tags: Option<Vec<super::tag::Tag>>,
        expires_in_seconds: Option<u64>,
    }

    /// What CreateEnrollmentToken answers; the token is told this once. The endpoint is where the host enrols, if that is
    /// not where it was asked for.
    CreateEnrollmentTokenOutput {
        token: String,
        expires_at: Option<super::time::Time>,
        endpoint: Option<String>,
    }

    /// EnrollHost: the token is all that the caller has.
    EnrollHostInput {
        token: Option<String>,
        instance_name: Option<String>,
        public_key: Option<String>,
    }

    /// EnrollInstance: an EC2 instance proves itself by the credentials of its role, which have signed a request
    /// GetCallerIdentity for the STS of this region, bound to this key. These are the parts that only they could make.
    EnrollInstanceInput {
        public_key: Option<String>,
        region: Option<String>,
        access_key_id: Option<String>,
        date: Option<String>,
        session_token: Option<String>,
        signature: Option<String>,
    }

    /// What EnrollHost and EnrollInstance answer: all that an agent needs.
    EnrollHostOutput {
        instance_name: String,
        account: String,
        region: String,
        queue_url: String,
        report_queue_url: String,
        access_key_id: Option<String>,
        secret_access_key: Option<String>,
        order_keys: Vec<OrderKey>,
        /// The host signs what it asks with its own key, and is lent credentials for its queues.
        signed_requests: Option<bool>,
    }

    /// What RefreshHostCredentials answers: they reach the host's own queue and the one of reports.
    RefreshHostCredentialsOutput {
        access_key_id: String,
        secret_access_key: String,
        session_token: String,
        expires_at: Option<super::time::Time>,
    }

    /// GetOrderKeys: a host that is sent an order signed with a key that it does not know asks how that came to be.
    GetOrderKeysOutput {
        announcements: Vec<String>,
    }

    /// RotateOrderKey: from now on orders are signed with this key.
    RotateOrderKeyOutput {
        key_id: String,
    }

    /// RotateHostKey: a host gives itself other keys. They count at once; once it confirms, the old ones end.
    RotateHostKeyInput {
        instance_name: Option<String>,
        public_key: Option<String>,
        confirm: Option<bool>,
    }

    /// What RotateHostKey answers: the new access key, where keys are checked and until it is confirmed.
    RotateHostKeyOutput {
        instance_name: String,
        access_key_id: Option<String>,
        secret_access_key: Option<String>,
    }

    /// A key that the service signs orders with.
    OrderKey {
        key_id: String,
        public_key: String,
    }
}
