//! CodeCommit, which packs nothing: the folders of a commit are read, then what is in them, and packed here.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cutover_ports::archives::Commit;
use cutover_ports::call::CallError;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use super::packed::{Kind, pack};
use super::{Most, named, too_large};
use crate::caller::{Place, patiently};
use crate::error::Fault;
use crate::json::{Client, Service};
use crate::sdk::Sdk;

const CODE_COMMIT: Service =
    Service { place: Place { name: "codecommit", id: "CodeCommit" }, target: "CodeCommit_20150413" };
/// Requests under way at a time.
const AT_ONCE: usize = 16;
/// What an answer has around its content.
const AROUND: usize = 1 << 20;

#[derive(Debug, Clone)]
pub(super) struct CodeCommit {
    client: Client,
    most: Most,
}

/// A file or link of a commit.
#[derive(Debug)]
struct Entry {
    path: String,
    blob: String,
    kind: Kind,
}

/// What was found so far, and where to look on.
#[derive(Debug, Default)]
struct Found {
    entries: Vec<Entry>,
    /// Not yet looked into.
    folders: Vec<String>,
    /// Entries and folders.
    count: usize,
}

impl CodeCommit {
    pub(super) fn new(sdk: Sdk, most: Most) -> Self {
        // Content comes in base64.
        let client = Client::new(sdk, CODE_COMMIT).up_to(most.bytes / 3 * 4 + AROUND);
        Self { client, most }
    }

    /// The archive of a commit: the same bytes at every time.
    pub(super) async fn archive(&self, commit: &Commit) -> Result<Vec<u8>, CallError> {
        let entries = self.entries(commit).await?;
        let contents = self.contents(commit, entries).await?;
        let packed = tokio::task::spawn_blocking(move || pack(&contents)).await;
        packed
            .map_err(|error| CallError::Transient { message: error.to_string() })?
            .map_err(|problem| CallError::Refused { message: format!("{}: {problem}", named(commit)) })
    }

    async fn entries(&self, commit: &Commit) -> Result<Vec<Entry>, CallError> {
        let mut found = Found { folders: vec!["/".to_owned()], ..Found::default() };
        while !found.folders.is_empty() {
            let level = std::mem::take(&mut found.folders);
            let mut answers =
                stream::iter(level).map(|folder| self.folder(commit, folder)).buffer_unordered(AT_ONCE);
            while let Some(answer) = answers.try_next().await? {
                let refused =
                    |problem| CallError::Refused { message: format!("{}: {problem}", named(commit)) };
                found.add(&answer, self.most.entries).map_err(refused)?;
            }
        }
        Ok(found.entries)
    }

    async fn contents(
        &self,
        commit: &Commit,
        entries: Vec<Entry>,
    ) -> Result<BTreeMap<String, (Kind, Vec<u8>)>, CallError> {
        let (mut contents, mut bytes) = (BTreeMap::new(), 0);
        let mut read =
            stream::iter(entries).map(|entry| self.content(commit, entry)).buffer_unordered(AT_ONCE);
        while let Some((Entry { path, kind, .. }, content)) = read.try_next().await? {
            bytes += content.len();
            if bytes > self.most.bytes {
                return Err(too_large(commit, self.most));
            }
            contents.insert(path, (kind, content));
        }
        Ok(contents)
    }

    async fn folder(&self, commit: &Commit, folder: String) -> Result<Value, CallError> {
        let input = json!({
            "repositoryName": commit.repository, "commitSpecifier": commit.commit, "folderPath": folder,
        });
        let told = patiently(|| self.client.call("GetFolder", &input)).await;
        told.map_err(|fault| refusal(fault, commit, &folder))
    }

    async fn content(&self, commit: &Commit, entry: Entry) -> Result<(Entry, Vec<u8>), CallError> {
        let input = json!({ "repositoryName": commit.repository, "blobId": entry.blob });
        let told = patiently(|| self.client.call("GetBlob", &input)).await;
        let told = told.map_err(|fault| refusal(fault, commit, &entry.path))?;
        let content = told["content"].as_str().and_then(|content| STANDARD.decode(content).ok());
        let nothing =
            || CallError::Transient { message: format!("CodeCommit answered no content of {}", entry.path) };
        let content = content.ok_or_else(nothing)?;
        Ok((entry, content))
    }
}

impl Found {
    /// Adds what GetFolder answered.
    ///
    /// # Errors
    /// In words, when it cannot be packed.
    fn add(&mut self, folder: &Value, most: usize) -> Result<(), String> {
        if let Some(module) = listed(folder, "subModules").next() {
            let path = module["absolutePath"].as_str().unwrap_or_default();
            return Err(format!("{path} is a submodule, whose commit CodeCommit does not have"));
        }
        for folder in listed(folder, "subFolders") {
            self.folders.push(format!("/{}", path(folder)?));
        }
        let files = listed(folder, "files").map(|file| (file, None));
        let links = listed(folder, "symbolicLinks").map(|link| (link, Some(Kind::Link)));
        for (entry, kind) in files.chain(links) {
            let blob = entry["blobId"].as_str().unwrap_or_default().to_owned();
            let kind = kind.unwrap_or(match entry["fileMode"].as_str() {
                Some("EXECUTABLE") => Kind::Executable,
                Some("SYMLINK") => Kind::Link,
                _ => Kind::File,
            });
            self.entries.push(Entry { path: path(entry)?, blob, kind });
        }
        self.count += ["subFolders", "files", "symbolicLinks"]
            .map(|name| listed(folder, name).count())
            .iter()
            .sum::<usize>();
        if self.count > most {
            return Err(format!("it has more than {most} files and folders"));
        }
        Ok(())
    }
}

fn listed<'a>(folder: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    folder[name].as_array().into_iter().flatten()
}

/// A path that stays below where the archive is unpacked.
fn path(entry: &Value) -> Result<String, String> {
    let path = entry["absolutePath"].as_str().unwrap_or_default();
    let plain = |name: &str| !matches!(name, "" | "." | "..") && !name.contains('\0');
    if path.split('/').all(plain) {
        Ok(path.to_owned())
    } else {
        Err(format!("{path:?} is no path of a file"))
    }
}

fn refusal(mut fault: Fault, commit: &Commit, path: &str) -> CallError {
    let gone =
        ["CommitDoesNotExistException", "CommitIdDoesNotExistException", "RepositoryDoesNotExistException"];
    if gone.iter().any(|code| fault.is(code)) {
        return CallError::Gone { what: named(commit) };
    }
    fault.message.push_str(&format!(" ({path})"));
    fault.into_call_error(|| named(commit))
}
