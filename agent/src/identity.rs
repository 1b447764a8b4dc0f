//! Who this host is to the service: a file that only the agent may read, made when the host enrols.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use cutover_access::credentials::Credentials;
use cutover_core::ids::Scope;
use cutover_core::time::Timestamp;
use cutover_signing::keys::{KeySet, Signer, Verifier};
use serde::{Deserialize, Serialize};

/// Where it is unless somebody says otherwise.
pub const DEFAULT_IDENTITY: &str = "/etc/cutover-agent/identity.json";
/// The version that this code writes and reads.
pub const VERSION: u32 = 1;

/// Who this host is, and where its orders come from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// [`VERSION`].
    pub v: u32,
    /// The service: `http://…` or `https://…`.
    pub endpoint: String,
    /// Where the host enrolled.
    pub region: String,
    /// Where the host enrolled.
    pub account: String,
    /// The host's name.
    pub host: String,
    /// Its own queue.
    pub queue_url: String,
    /// The queue of all reports.
    pub report_queue_url: String,
    /// The id of the host's access key, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// Its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_access_key: Option<String>,
    /// Whether the host proves itself with its own key and is lent credentials for its queues.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub signed_requests: bool,
    /// What the host signs its reports with, as text.
    pub signing_key: String,
    /// What the service signs its orders with.
    pub order_keys: Vec<PinnedKey>,
    /// Keys that the host is changing to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextKeys>,
}

/// Keys of a host that are not yet its only ones.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextKeys {
    /// What the host will sign with, as text.
    pub signing_key: String,
    /// Whether the service knows them.
    #[serde(default)]
    pub granted: bool,
    /// The id of the access key, if there will be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// Its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_access_key: Option<String>,
}

/// No secrets in logs.
impl std::fmt::Debug for NextKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NextKeys").field("granted", &self.granted).finish_non_exhaustive()
    }
}

/// The public half of a key of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedKey {
    /// Names it.
    pub id: String,
    /// In base64.
    pub public: String,
    /// When it does not count any more, once another has come after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl From<&Verifier> for PinnedKey {
    fn from(key: &Verifier) -> Self {
        Self { id: key.id().to_owned(), public: key.public(), until: None }
    }
}

/// No secrets in logs.
impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("host", &self.host)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// Why there is no identity to go by.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The host has not enrolled.
    #[error("{0} is not there: this host is not enrolled. Run `cutover-agent register`.")]
    Missing(PathBuf),
    /// The disk.
    #[error("{path} cannot be used: {error}")]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Others may read it.
    #[error("{path} may be read by others (mode {mode:o}), and it holds keys. Run: chmod 600 {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Not what `register` writes.
    #[error("{path} cannot be used: {problem}. Run `cutover-agent register` again.")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl Identity {
    /// The identity in a file.
    ///
    /// # Errors
    /// When there is none, others may read it, or it cannot be used.
    pub fn read(path: &Path) -> Result<Self, IdentityError> {
        let disk = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => IdentityError::Missing(path.to_owned()),
            _ => IdentityError::Disk { path: path.to_owned(), error },
        };
        let mode = fs::metadata(path).map_err(disk)?.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(IdentityError::Open { path: path.to_owned(), mode });
        }
        let text = fs::read_to_string(path).map_err(disk)?;
        let broken = |problem: String| IdentityError::Broken { path: path.to_owned(), problem };
        let identity: Self = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
        identity.check().map_err(broken)?;
        Ok(identity)
    }

    /// Finds out whether an identity could be written there; the folder is made.
    ///
    /// # Errors
    /// When it could not.
    pub fn try_place(path: &Path) -> io::Result<()> {
        let trial = path.with_extension("writing");
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        File::create(&trial)?;
        fs::remove_file(&trial)
    }

    /// Writes it, whole or not at all, for nobody else to read.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let fresh = path.with_extension("writing");
        let _ = fs::remove_file(&fresh);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        File::open(folder)?.sync_all()
    }

    /// Puts it back as it is after `change`, while nobody else does; what it is then.
    ///
    /// # Errors
    /// When there is none any more, or it cannot be written.
    pub fn change(path: &Path, change: impl FnOnce(&mut Self)) -> Result<Self, IdentityError> {
        let disk = |error| IdentityError::Disk { path: path.to_owned(), error };
        let lock = path.with_extension("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(lock);
        let lock = lock.map_err(disk)?;
        lock.lock().map_err(disk)?;
        let mut identity = Self::read(path)?;
        let before = identity.clone();
        change(&mut identity);
        if identity != before {
            identity.write(path).map_err(disk)?;
        }
        Ok(identity)
    }

    /// The same with the keys that it is changing to as its only ones.
    pub fn renewed(&self) -> Option<Self> {
        let NextKeys { signing_key, access_key_id, secret_access_key, .. } = self.next.clone()?;
        Some(Self { signing_key, access_key_id, secret_access_key, next: None, ..self.clone() })
    }

    /// Whether everything in it can be used.
    ///
    /// # Errors
    /// What cannot.
    pub fn check(&self) -> Result<(), String> {
        if self.v != VERSION {
            return Err(format!("it has version {}, this agent knows {VERSION}", self.v));
        }
        if Signer::from_text(&self.signing_key).is_none() {
            return Err("its signing_key is none".to_owned());
        }
        if self.order_keys.is_empty() {
            return Err("it has no order_keys, so that no order could be believed".to_owned());
        }
        for key in &self.order_keys {
            if Verifier::from_public(&key.public).is_none_or(|found| found.id() != key.id) {
                return Err(format!("its order key {:?} is not the key of that id", key.id));
            }
        }
        Ok(())
    }

    /// What the host signs with.
    pub fn signer(&self) -> Option<Signer> {
        Signer::from_text(&self.signing_key)
    }

    /// What orders are checked with at that time.
    pub fn keys(&self, now: Timestamp) -> KeySet {
        let counts = |key: &&PinnedKey| key.until.is_none_or(|until| now < until);
        let keys = self.order_keys.iter().filter(counts);
        KeySet::new(keys.filter_map(|key| Verifier::from_public(&key.public)))
    }

    /// Where the host enrolled.
    pub fn scope(&self) -> Scope {
        Scope::new(&self.account, &self.region)
    }

    /// The host's access key.
    pub fn credentials(&self) -> Option<Credentials> {
        Some(Credentials { id: self.access_key_id.clone()?, secret: self.secret_access_key.clone()? })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn identity() -> Identity {
        let key = Signer::from_seed([3; 32]);
        Identity {
            v: VERSION,
            endpoint: "http://127.0.0.1:1".into(),
            region: "us-east-1".into(),
            account: "123456789012".into(),
            host: "web-1".into(),
            queue_url: "http://127.0.0.1:1/123456789012/host-web-1".into(),
            report_queue_url: "http://127.0.0.1:1/123456789012/fleet-report".into(),
            access_key_id: Some("CUTOID".into()),
            secret_access_key: Some("hush".into()),
            signed_requests: false,
            signing_key: key.to_text(),
            order_keys: vec![PinnedKey { id: key.id().into(), public: key.public(), until: None }],
            next: None,
        }
    }

    #[test]
    fn it_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/identity.json");
        assert!(matches!(Identity::read(&path), Err(IdentityError::Missing(_))));
        identity().write(&path).unwrap();
        identity().write(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(Identity::read(&path).unwrap(), identity());
        assert!(!format!("{:?}", identity()).contains("hush"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Identity::read(&path).unwrap_err().to_string();
        assert!(error.contains("mode 640") && error.contains("chmod 600"), "{error}");
    }

    #[test]
    fn what_cannot_be_used_is_told() {
        let broken = |change: fn(&mut Identity)| {
            let mut identity = identity();
            change(&mut identity);
            identity.check().unwrap_err()
        };
        assert!(broken(|identity| identity.v = 2).contains("version 2"));
        assert!(broken(|identity| identity.signing_key.clear()).contains("signing_key"));
        assert!(broken(|identity| identity.order_keys.clear()).contains("no order_keys"));
        assert!(broken(|identity| identity.order_keys[0].id = "x".into()).contains("\"x\""));
    }
}
