//! Requests of AWS's Query protocol: a signed form, answered in XML. For services whose SDK client is too much to
//! build for one operation. What only reads is asked again when it fails; what changes something is asked once.

use roxmltree::{Document, Node};

use crate::caller::{Caller, FORM, Place, patiently};
use crate::error::Fault;
use crate::sdk::Sdk;
use crate::signed::encode;
use crate::web::Answer;

/// The largest answer: a page of instances has a few KiB for each.
const MOST_BYTES: usize = 32 << 20;

/// A service that speaks it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service {
    /// How it is found.
    pub(crate) place: Place,
    /// The version of its API.
    pub(crate) version: &'static str,
}

/// Asks a service. Cheap to clone; nothing is loaded before the first request.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    caller: Caller,
    version: &'static str,
}

impl Client {
    pub(crate) fn new(sdk: Sdk, Service { place, version }: Service) -> Self {
        Self { caller: Caller::new(sdk, place).up_to(MOST_BYTES), version }
    }

    /// Asks for something in a region and hands the answer, an XML document, to `read`.
    ///
    /// # Errors
    /// When the service cannot be reached or refuses, or what it answers is no such document.
    pub(crate) async fn ask<T>(
        &self,
        region: &str,
        action: &str,
        parameters: &[(String, String)],
        read: impl Fn(Node<'_, '_>) -> T,
    ) -> Result<T, Fault> {
        let form = self.form(action, parameters);
        let answer = patiently(|| self.once(region, &form)).await?;
        parsed(&answer, &read)
    }

    /// Asks for something once, whatever becomes of it.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    #[cfg(any(feature = "notify", feature = "auto-scaling"))]
    pub(crate) async fn tell(
        &self,
        region: &str,
        action: &str,
        parameters: &[(String, String)],
    ) -> Result<(), Fault> {
        self.once(region, &self.form(action, parameters)).await.map(drop)
    }

    fn form(&self, action: &str, parameters: &[(String, String)]) -> String {
        let mut form = format!("Action={action}&Version={}", self.version);
        for (name, value) in parameters {
            form.push_str(&format!("&{name}={}", encode(value, false)));
        }
        form
    }

    async fn once(&self, region: &str, form: &str) -> Result<Answer, Fault> {
        let headers = [("content-type", FORM)];
        let answer = self.caller.post(Some(region), &headers, form.as_bytes().to_vec()).await?;
        if answer.status == 200 { Ok(answer) } else { Err(refused(&answer)) }
    }
}

/// The text of the first child of that name.
pub(crate) fn text<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    child(node, name).and_then(|child| child.text()).filter(|text| !text.is_empty())
}

/// The first child of that name.
pub(crate) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.tag_name().name() == name)
}

/// The elements of the list of that name.
pub(crate) fn list<'a, 'i>(
    node: Node<'a, 'i>,
    name: &str,
) -> impl Iterator<Item = Node<'a, 'i>> + use<'a, 'i> {
    child(node, name).into_iter().flat_map(|list| list.children()).filter(Node::is_element)
}

/// What `read` finds in an answer.
///
/// # Errors
/// When it is no XML document.
pub(crate) fn parsed<T>(answer: &Answer, read: impl Fn(Node<'_, '_>) -> T) -> Result<T, Fault> {
    let unreadable =
        |why: String| Fault::answered(200, None, Some(&format!("no readable answer: {why}")), "");
    let body = std::str::from_utf8(&answer.body).map_err(|error| unreadable(error.to_string()))?;
    let document = Document::parse(body).map_err(|error| unreadable(error.to_string()))?;
    Ok(read(document.root_element()))
}

/// What a service refuses with. EC2 and the others differ in what stands around the error.
pub(crate) fn refused(answer: &Answer) -> Fault {
    let body = String::from_utf8_lossy(&answer.body);
    let document = Document::parse(&body).ok();
    let find = |name: &str| {
        let mut all = document.iter().flat_map(|document| document.descendants());
        all.find(|node| node.tag_name().name() == name)
    };
    let error = find("Error");
    let request = ["RequestID", "RequestId"].into_iter().find_map(|name| find(name)?.text());
    let request = request.map(|id| format!(" (request {id})")).unwrap_or_default();
    let (code, message) = (error.and_then(|e| text(e, "Code")), error.and_then(|e| text(e, "Message")));
    Fault::answered(answer.status, code, message, &request)
}

#[cfg(test)]
#[cfg(all(feature = "ec2", feature = "auto-scaling"))]
#[path = "query_tests.rs"]
mod tests;
