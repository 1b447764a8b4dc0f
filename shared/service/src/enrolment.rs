//! How a host gets in: somebody who may makes a token, and the host uses it once; or it is an EC2 instance, and AWS says
//! so ([`instance_proof`](crate::instance_proof)).
//!
//! The edge keeps the order of things: [`Service::admit`] finds the token good, the edge issues an access key
//! where keys are checked, [`Service::enroll`] lets the host in and uses the token up, both or neither.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cutover_core::ids::Scope;
use cutover_signing::keys::Verifier;
use cutover_store::catalog::NameError;
use cutover_store::enrolment::{self, ENROLMENT_VERSION, EnrolmentToken, Newcomer};
use cutover_store::hosts::{HOST_VERSION, Host, Identity};
use cutover_wire::api::agent::{CreateEnrollmentTokenInput, CreateEnrollmentTokenOutput, EnrollHostInput};
use cutover_wire::api::error::ApiError;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::arn::{ec2_arn, host_session, instance_arn};
use crate::error::{Answer, ServiceError, contended, refuse, store_error};
use crate::hosts::{NewName, identity_taken, is_ec2};
use crate::rules::rule::Rule;
use crate::rules::words::HOST;
use crate::rules::{Valid, given};
use crate::service::{Caller, Service, TRIES};
use crate::tags::MOST_OF_HOST;

/// How long a token is good unless it is asked otherwise, in seconds.
const HOUR_S: u64 = 3_600;
/// The longest that it can be good, in seconds.
const MOST_S: u64 = 7 * 86_400;
/// The longest token that is looked at.
const TOKEN_CHARS: usize = 128;

/// A host that may come in.
#[derive(Debug, Clone)]
pub struct Admission {
    pub(crate) by: Proof,
    pub(crate) scope: Scope,
    pub(crate) host: String,
    pub(crate) public_key: String,
}

/// What lets it in.
#[derive(Debug, Clone)]
pub(crate) enum Proof {
    /// A token that was found good, and its stored version.
    Token(EnrolmentToken, u64),
    /// AWS says that it is the EC2 instance of that name: the ARN that AWS knows it by.
    Aws(String),
}

impl Admission {
    /// Where the host is to be.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The host's name.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Who enrols, for the audit.
    pub fn principal(&self) -> String {
        match &self.by {
            Proof::Token(..) => host_session(&self.scope.account, &self.host),
            Proof::Aws(arn) => arn.clone(),
        }
    }

    fn token(&self) -> Option<(&EnrolmentToken, u64)> {
        match &self.by {
            Proof::Token(token, version) => Some((token, *version)),
            Proof::Aws(_) => None,
        }
    }
}

impl Service {
    /// CreateEnrollmentToken. The secret is in the answer and nowhere else.
    pub async fn create_enrollment_token(
        &self,
        caller: &Caller,
        input: Valid<CreateEnrollmentTokenInput>,
    ) -> Answer<CreateEnrollmentTokenOutput> {
        let now = self.now();
        let id: String = self.uuid().chars().filter(char::is_ascii_hexdigit).take(16).collect();
        let halves = [self.entropy.bits().to_le_bytes(), self.entropy.bits().to_le_bytes()];
        let secret = BASE64_URL_SAFE_NO_PAD.encode(halves.as_flattened());
        let mut tags: Vec<(String, String)> = Vec::new();
        for tag in input.tags.iter().flatten() {
            put_tag(&mut tags, given(&tag.key), given(&tag.value));
        }
        let token = EnrolmentToken {
            v: ENROLMENT_VERSION,
            digest: digest(&secret),
            scope: caller.scope.clone(),
            host: input.instance_name.clone(),
            tags,
            created_at: now,
            created_by: caller.principal.clone(),
            expires_at: now.plus_ms(input.expires_in_seconds.unwrap_or(HOUR_S) * 1_000),
            used_by: None,
            id,
        };
        enrolment::create(self.table(), &token).await?;
        Ok(CreateEnrollmentTokenOutput {
            token: format!("{}.{secret}", token.id),
            expires_at: Some(token.expires_at.into()),
            endpoint: self.desk.clone(),
        })
    }

    /// Finds out whom a token lets in. It changes nothing.
    ///
    /// # Errors
    /// When the token is not good, or not for that host.
    pub async fn admit(&self, home: &Scope, input: Valid<EnrollHostInput>) -> Answer<Admission> {
        let unknown = || wrong_token("The enrollment token is not known; make another.");
        let (id, secret) = given(&input.token).split_once('.').ok_or_else(unknown)?;
        let (token, version) = enrolment::find(self.table(), home, id).await?.ok_or_else(unknown)?;
        // Only who knows the secret is told anything else about the token.
        if !bool::from(token.digest.as_bytes().ct_eq(digest(secret).as_bytes())) {
            return Err(unknown());
        }
        self.still_good(&token)?;
        let host = match (&token.host, &input.instance_name) {
            (Some(only), Some(name)) if only != name => {
                return Err(wrong_token(format!("The enrollment token is for the instance {only}.")));
            }
            (Some(name), _) => name.clone(),
            // Who passes for an EC2 instance gets what is meant for its tags: only by a token made for it.
            (None, name @ Some(_)) => {
                NewName.check(name).map_err(ServiceError::Refused)?;
                name.clone().unwrap_or_default()
            }
            (None, None) => {
                let message = "The instance name is required: the enrollment token does not give one.";
                return Err(refuse("InstanceNameRequiredException", message));
            }
        };
        let (scope, public_key) = (token.scope.clone(), given(&input.public_key).to_owned());
        let admission = Admission { by: Proof::Token(token, version), scope, host, public_key };
        self.newcomer(&admission, None).await?;
        Ok(admission)
    }

    /// Lets the host in with this access key, if keys are checked, and uses the token up.
    ///
    /// # Errors
    /// When the token was used in the meantime, or the name or the identity was taken.
    pub async fn enroll(&self, admission: &Admission, access_key: Option<&str>) -> Answer<()> {
        let token = admission.token();
        for _ in 0..TRIES {
            if let Some((token, _)) = token {
                self.still_good(token)?;
            }
            let newcomer = self.newcomer(admission, access_key).await?;
            match enrolment::enrol(self.table(), admission.scope(), token, &newcomer).await {
                Ok(()) => return Ok(()),
                Err(NameError::Taken) => return Err(identity_taken(&newcomer.host.identity)),
                // The token is written once: a change of it is its use by somebody else.
                Err(NameError::Changed) => {
                    if let Some((token, _)) = token {
                        self.unused(token).await?;
                    }
                }
                Err(error) => return Err(store_error(error)),
            }
        }
        Err(contended())
    }

    fn still_good(&self, token: &EnrolmentToken) -> Answer<()> {
        match &token.used_by {
            Some(host) => Err(used(host)),
            None if self.now() >= token.expires_at => {
                let message = format!("The enrollment token ended at {}; make another.", token.expires_at);
                Err(wrong_token(message))
            }
            None => Ok(()),
        }
    }

    async fn unused(&self, token: &EnrolmentToken) -> Answer<()> {
        match enrolment::find(self.table(), &token.scope, &token.id).await? {
            Some((EnrolmentToken { used_by: Some(host), .. }, _)) => Err(used(&host)),
            _ => Ok(()),
        }
    }

    /// The host as it will be: a new one, or the registered one of that name with another key.
    pub(crate) async fn newcomer(&self, admission: &Admission, access_key: Option<&str>) -> Answer<Newcomer> {
        let Admission { by, scope, host: name, public_key } = admission;
        let found = self.hosts.find(scope, name).await?;
        let over = found.as_ref().map(|(_, version)| *version);
        let before = found.map(|(host, _)| host).filter(|host| host.deregistered_at.is_none());
        let registered = before.is_some();
        if let Some(host) = &before {
            may_replace(host, by, public_key)?;
        }
        let mut host = before.unwrap_or_else(|| Host {
            v: HOST_VERSION,
            name: name.to_owned(),
            arn: if is_ec2(name) {
                ec2_arn(scope, name)
            } else {
                instance_arn(scope, name, self.entropy.bits())
            },
            identity: Identity::Session(host_session(&scope.account, name)),
            tags: Vec::new(),
            public_key: None,
            access_key: None,
            next: None,
            former: None,
            registered_at: self.now(),
            deregistered_at: None,
        });
        for (key, value) in admission.token().iter().flat_map(|(token, _)| &token.tags) {
            put_tag(&mut host.tags, key, value);
        }
        if host.tags.len() > MOST_OF_HOST {
            let count = host.tags.len();
            let message = format!("{name} would have {count} tags; at most {MOST_OF_HOST} are allowed.");
            return Err(refuse("TagLimitExceededException", message));
        }
        host.without_keys();
        host.public_key = Some(public_key.clone());
        host.access_key = access_key.map(str::to_owned);
        Ok(Newcomer { host, over, registered })
    }
}

/// Whether this proof may give a registered host another key. AWS says the same of whatever runs on an instance, so that it
/// lets in whoever has the key already, whose first answer was lost, and nobody else.
fn may_replace(host: &Host, by: &Proof, public_key: &str) -> Answer<()> {
    let name = &host.name;
    let message = match by {
        Proof::Token(token, _) if token.host.is_none() => format!(
            "The on-premises instance {name} is already registered; only an enrollment token made for {name} replaces \
             its key"
        ),
        Proof::Aws(_) if host.is_enrolled() && host.public_key.as_deref() != Some(public_key) => format!(
            "The instance {name} has enrolled with another key. If that is lost, deregister {name}, or enrol it with a \
             token that was made for it."
        ),
        _ => return Ok(()),
    };
    Err(refuse("InstanceNameAlreadyRegisteredException", message))
}

/// A key that is there gets the new value.
fn put_tag(tags: &mut Vec<(String, String)>, key: &str, value: &str) {
    tags.retain(|(known, _)| known != key);
    tags.push((key.to_owned(), value.to_owned()));
    tags.sort();
}

fn digest(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn wrong_token(message: impl Into<String>) -> ServiceError {
    refuse("InvalidEnrollmentTokenException", message)
}

fn used(host: &str) -> ServiceError {
    wrong_token(format!("The enrollment token was used by {host}; make another."))
}

/// A name that a host can enrol under, where one is given: also that of an EC2 instance.
pub(crate) struct OptionalName;

impl Rule<String> for OptionalName {
    fn check(&self, name: &Option<String>) -> Result<(), ApiError> {
        if name.is_some() { HOST.check(name) } else { Ok(()) }
    }
}

/// How long a token is good, in seconds.
pub(crate) fn lifetime(seconds: &u64) -> Result<(), ApiError> {
    if (1..=MOST_S).contains(seconds) {
        return Ok(());
    }
    let message = format!("expiresInSeconds must be between 1 and {MOST_S}, not {seconds}.");
    Err(ApiError::refused("InvalidParameterException", message))
}

/// A token, by its length alone: which one it is, the store tells.
pub(crate) struct Token;

impl Rule<String> for Token {
    fn check(&self, token: &Option<String>) -> Result<(), ApiError> {
        match given(token).len() {
            1..=TOKEN_CHARS => Ok(()),
            _ => Err(ApiError::refused("InvalidEnrollmentTokenException", "The token is required.")),
        }
    }
}

/// The public half of an Ed25519 key.
pub(crate) struct PublicKey;

impl Rule<String> for PublicKey {
    fn check(&self, key: &Option<String>) -> Result<(), ApiError> {
        match Verifier::from_public(given(key)) {
            Some(_) => Ok(()),
            None => {
                let message = "publicKey must be the 32 bytes of an Ed25519 public key in base64.";
                Err(ApiError::refused("InvalidPublicKeyException", message))
            }
        }
    }
}
