//! Answers that are lost on the way: the request was carried out, and the client cannot know.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use contract::names::unique;
use cutover_aws::aliases::LambdaAliases;
use cutover_aws::sdk::Sdk;
use cutover_aws::table::DynamoTable;
use cutover_core::alias::{AliasRef, AliasState};
use cutover_ports::aliases::FunctionAliases;
use cutover_ports::call::CallError;
use cutover_ports::table::{Expect, Item, Key, Table, TableError, Write};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A way to the emulator that swallows an answer when told to.
struct Lossy {
    endpoint: String,
    lose: Arc<AtomicBool>,
}

impl Lossy {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let lose = Arc::new(AtomicBool::new(false));
        let losing = Arc::clone(&lose);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, Arc::clone(&losing)));
            }
        });
        Self { endpoint, lose }
    }

    fn lose_next(&self) {
        self.lose.store(true, Ordering::SeqCst);
    }
}

async fn pass(client: TcpStream, lose: Arc<AtomicBool>) {
    let address = crate::endpoint().trim_start_matches("http://").to_owned();
    let server = TcpStream::connect(address).await.expect("the emulator");
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let asking = async { tokio::io::copy(&mut from_client, &mut to_server).await.map(drop) };
    let answering = async {
        let mut bytes = vec![0; 64 * 1024];
        loop {
            let read = from_server.read(&mut bytes).await?;
            if read == 0 || lose.swap(false, Ordering::SeqCst) {
                return Ok(());
            }
            to_client.write_all(&bytes[..read]).await?;
        }
    };
    // Either end closing closes both.
    let _: std::io::Result<()> = tokio::select! { end = asking => end, end = answering => end };
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_are_known_again() {
    let way = Lossy::start().await;
    let table = DynamoTable::new(Sdk::emulator(&way.endpoint), unique("lossy"));
    cutover_aws::provision::create_table(&table).await.expect("create the table");
    let item = |sk: &str, version| Item::new(Key::new("P", sk), version, format!("{{\"v\":{version}}}"));

    way.lose_next();
    assert_eq!(table.put_if(item("a", 1), Expect::Absent).await, Ok(()));
    assert!(!way.lose.load(Ordering::SeqCst), "an answer was lost");
    way.lose_next();
    assert_eq!(table.put_if(item("a", 2), Expect::Version(1)).await, Ok(()));
    // A second call is no second attempt: what it meets is somebody else's.
    assert_eq!(table.put_if(item("a", 2), Expect::Version(1)).await, Err(TableError::Condition(0)));
    way.lose_next();
    assert_eq!(table.put_if(item("a", 3), Expect::Version(1)).await, Err(TableError::Condition(0)));

    way.lose_next();
    let writes = vec![
        Write::Put { item: item("a", 3), expect: Expect::Version(2) },
        Write::Put { item: item("b", 1), expect: Expect::Absent },
    ];
    assert_eq!(table.transact(writes.clone()).await, Ok(()));
    assert!(!way.lose.load(Ordering::SeqCst), "an answer was lost");
    assert_eq!(table.transact(writes).await, Err(TableError::Condition(0)));
    assert_eq!(table.get(&Key::new("P", "a")).await, Ok(Some(item("a", 3))));
}

/// An alias has no memory of who wrote: the reading that follows the conflict tells.
#[tokio::test(flavor = "multi_thread")]
async fn an_alias_that_was_set_reads_as_set() {
    let way = Lossy::start().await;
    let sdk = Sdk::emulator(&way.endpoint);
    let (function, _) = crate::functions::function(&aws_sdk_lambda::Client::new(sdk.config().await)).await;
    let (aliases, live) = (LambdaAliases::new(sdk), AliasRef { function, alias: "live".to_owned() });
    let seen = aliases.read(&live).await.expect("read");
    let tenth = AliasState::shifted("1", "2", 10);
    way.lose_next();
    assert_eq!(aliases.set(&live, &tenth, &seen.revision_id).await, Err(CallError::Conflict));
    assert_eq!(aliases.read(&live).await.expect("read").state, tenth);
}
