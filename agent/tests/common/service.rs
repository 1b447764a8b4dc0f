//! A service on 127.0.0.1 that plays what an agent needs of one: its queue, the queue of reports, EnrollHost and
//! AcceptOrder.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use cutover_signing::jws::{self, Kind};
use cutover_signing::keys::{KeySet, Signer, Verifier};
use cutover_wire::agent::message::{from_bytes, to_bytes};
use cutover_wire::agent::order::{Bundle, Order};
use cutover_wire::agent::report::Report;
use serde_json::{Value, json};

/// How long a test waits for something to happen: an install waits for all that others write to the disk.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What the service knows; its tests look in and change it.
#[derive(Default)]
pub(crate) struct State {
    /// Messages in the host's queue.
    pub(crate) queue: VecDeque<String>,
    /// Delivered, not deleted.
    pub(crate) hidden: Vec<(String, String)>,
    /// Deleted for good.
    pub(crate) deleted: usize,
    /// Reports as they came, their signatures checked.
    pub(crate) reports: Vec<(Report, Instant)>,
    /// What AcceptOrder answers; `None` is a fault.
    pub(crate) granted: Option<bool>,
    /// Orders that were asked for.
    pub(crate) asked: Vec<String>,
    /// Requests that were not signed, or not as they should be.
    pub(crate) unsigned: Vec<String>,
    /// Counts the agents that were killed: what they wait for is given to nobody.
    pub(crate) killed: usize,
    /// Reports are turned away.
    pub(crate) deaf: bool,
    /// So many enrolments are turned away before one is looked at.
    pub(crate) crowd: usize,
    keys: KeySet,
    deliveries: usize,
}

/// The service.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) signer: Signer,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Service {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let signer = Signer::from_seed([7; 32]);
        let state = State { granted: Some(true), ..State::default() };
        let state = Arc::new((Mutex::new(state), Condvar::new()));
        let (shared, public) = (Arc::clone(&state), (signer.id().to_owned(), signer.public()));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, public) = (Arc::clone(&shared), public.clone());
                thread::spawn(move || serve(stream, &shared, &public, address));
            }
        });
        Self { address, signer, state }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        let out = look(&mut self.state.0.lock().unwrap());
        self.state.1.notify_all();
        out
    }

    /// Puts a message into the host's queue.
    pub(crate) fn send(&self, body: String) {
        self.with(|state| state.queue.push_back(body));
    }

    /// Signs an order and puts it into the host's queue.
    pub(crate) fn order(&self, order: &Order) {
        self.send(jws::sign(&self.signer, Kind::Order, &to_bytes(order)));
    }

    /// Waits until something is so.
    pub(crate) fn wait<T>(&self, what: &str, mut look: impl FnMut(&mut State) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        let mut state = self.state.0.lock().unwrap();
        loop {
            if let Some(found) = look(&mut state) {
                return found;
            }
            assert!(Instant::now() < until, "{what} did not happen; reports: {:#?}", state.reports);
            state = self.state.1.wait_timeout(state, Duration::from_millis(20)).unwrap().0;
        }
    }

    /// The final report of an order.
    pub(crate) fn result(&self, order: &str) -> Report {
        self.wait("a final report", |state| {
            let mut reports = state.reports.iter().map(|(report, _)| report);
            reports.find(|report| report.order == order && report.news.is_final()).cloned()
        })
    }
}

fn serve(stream: TcpStream, state: &(Mutex<State>, Condvar), public: &(String, String), address: SocketAddr) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let (mut target, mut length, mut signed, mut first) =
            (String::new(), 0, String::new(), String::new());
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if first.is_empty() {
                first.clone_from(&line);
            }
            let Some((name, value)) = line.trim().split_once(':') else {
                if line.trim().is_empty() {
                    break;
                }
                continue;
            };
            let value = value.trim().to_owned();
            match name.to_ascii_lowercase().as_str() {
                "x-amz-target" => target = value,
                "content-length" => length = value.parse().unwrap(),
                "authorization" => signed = value,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let input: Value = serde_json::from_slice(&body).unwrap_or_default();
        let (status, output) = answer(&target, &input, &signed, state, public, address, &|| is_gone(&stream));
        state.1.notify_all();
        let body = output.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\ndate: Sat, 21 Nov 2026 15:14:56 GMT\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

/// Whether who asked has been killed since. A request may be read late, and nobody gives a message back that a dead agent
/// was handed: a queue would, once it is visible again.
fn is_gone(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let gone = match stream.peek(&mut [0]) {
        Ok(bytes) => bytes == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    };
    stream.set_nonblocking(false).unwrap();
    gone
}

fn answer(
    target: &str,
    input: &Value,
    signed: &str,
    state: &(Mutex<State>, Condvar),
    (id, public): &(String, String),
    address: SocketAddr,
    is_gone: &dyn Fn() -> bool,
) -> (u16, Value) {
    let (mutex, changed) = state;
    let mut state = mutex.lock().unwrap();
    let by = if target.starts_with("AmazonSQS") {
        "/us-east-1/sqs/aws4_request"
    } else {
        "/us-east-1/codedeploy/aws4_request"
    };
    let needs_none = target.is_empty() || target.ends_with("EnrollHost");
    let is_signed = signed.contains("Credential=CUTOHOST/") && signed.contains(by);
    if !needs_none && !is_signed {
        state.unsigned.push(format!("{target}: {signed}"));
    }
    let text = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
    match target {
        "Cutover_20261101.EnrollHost" if state.crowd > 0 => {
            state.crowd -= 1;
            (400, json!({ "__type": "ThrottlingException", "message": "Rate exceeded" }))
        }
        "Cutover_20261101.EnrollHost" if text("token") != "once" => {
            (400, json!({ "__type": "InvalidTokenException", "message": "The token is not known." }))
        }
        "Cutover_20261101.EnrollHost" => {
            state.keys = KeySet::new(Verifier::from_public(&text("publicKey")));
            let name = input["instanceName"].as_str().unwrap_or("web-1");
            let queue = |queue: &str| format!("http://{address}/123456789012/{queue}");
            let output = json!({
                "instanceName": name, "account": "123456789012", "region": "us-east-1",
                "queueUrl": queue(&format!("host-{name}")), "reportQueueUrl": queue("fleet-report"),
                "accessKeyId": "CUTOHOST", "secretAccessKey": "hush",
                "orderKeys": [{ "keyId": id, "publicKey": public }],
            });
            (200, output)
        }
        "Cutover_20261101.GetOrderKeys" => (200, json!({ "announcements": [] })),
        "Cutover_20261101.AcceptOrder" => {
            state.asked.push(text("orderId"));
            match state.granted {
                None => (500, json!({ "__type": "ServiceException", "message": "Away." })),
                Some(true) => (200, json!({ "granted": true })),
                Some(false) => (200, json!({ "granted": false, "reason": "The deployment was stopped." })),
            }
        }
        "AmazonSQS.ReceiveMessage" => {
            assert!(input["VisibilityTimeout"].as_u64().is_some_and(|seconds| seconds > 0), "{input}");
            let wait = Duration::from_secs(input["WaitTimeSeconds"].as_u64().unwrap_or(0));
            let until = Instant::now() + wait;
            let killed = state.killed;
            while state.queue.is_empty() && state.killed == killed && Instant::now() < until {
                state = changed.wait_timeout(state, Duration::from_millis(100)).unwrap().0;
            }
            if state.killed != killed || is_gone() {
                return (200, json!({}));
            }
            let Some(body) = state.queue.pop_front() else { return (200, json!({})) };
            state.deliveries += 1;
            let receipt = format!("r{}", state.deliveries);
            state.hidden.push((receipt.clone(), body.clone()));
            (200, json!({ "Messages": [{ "MessageId": receipt, "ReceiptHandle": receipt, "Body": body }] }))
        }
        "AmazonSQS.DeleteMessage" => {
            let receipt = text("ReceiptHandle");
            state.hidden.retain(|(hidden, _)| *hidden != receipt);
            state.deleted += 1;
            (200, json!({}))
        }
        "AmazonSQS.ChangeMessageVisibility" => (200, json!({})),
        "AmazonSQS.SendMessage" if state.deaf => {
            (500, json!({ "__type": "com.amazonaws.sqs#InternalFailure", "message": "Away." }))
        }
        "AmazonSQS.SendMessage" => {
            assert!(text("QueueUrl").ends_with("/fleet-report"), "{input}");
            let payload =
                jws::verify(&state.keys, Kind::Report, &text("MessageBody")).expect("a signed report");
            state.reports.push((from_bytes(&payload).expect("a report"), Instant::now()));
            (200, json!({ "MessageId": "m" }))
        }
        "" => (404, json!({})),
        other => (400, json!({ "__type": "UnknownOperationException", "message": other })),
    }
}

/// An order for web-1: all events of a host, of the bundle in a folder.
pub(crate) fn order(id: &str, bundle: &std::path::Path) -> Order {
    let events: Vec<_> = cutover_agent::events::EVENTS.into_iter().map(str::to_owned).collect();
    let order = json!({
        "v": 1, "jti": id, "aud": "web-1",
        "scope": { "account": "123456789012", "region": "us-east-1" },
        "deployment": format!("d-{}", id.to_uppercase()),
        "seat": { "shard": 0, "index": 0, "segment": 0, "attempt": 1 },
        "generation": 1, "issued_at": 1, "accept_by": 2,
        "work": {
            "application": "shop", "group": "web", "group_id": "g",
            "bundle": { "from": "local", "path": bundle, "bundle_type": "directory" },
            "events": events, "file_exists": "DISALLOW", "creator": "user",
        },
    });
    let order: Order = serde_json::from_value(order).unwrap();
    assert!(matches!(order.work.bundle, Bundle::Local { .. }));
    order
}
