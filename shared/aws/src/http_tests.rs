use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion, version};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(10);

/// An authority and the TLS of a server that it vouches for.
fn authority(version: &'static SupportedProtocolVersion) -> (RootCertStore, ServerConfig) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(issuer.der().clone()).unwrap();

    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["127.0.0.1", "service.test"].map(str::to_owned)).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key);
    (roots, config.unwrap())
}

/// Answers every request on a connection with "no content".
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut head = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        head.push(byte);
        if head.ends_with(b"\r\n\r\n") {
            head.clear();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        }
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn serve_tls(config: ServerConfig) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(answer(stream));
            }
        }
    });
    address
}

fn pool(timeouts: Timeouts, roots: RootCertStore) -> Pool {
    Pool::new(timeouts, connect::tls(roots))
}

async fn get(pool: &Pool, url: String) -> Result<u16, ConnectorError> {
    let request = hyper::Request::get(url).body(SdkBody::empty()).unwrap();
    pool.call(request.try_into().unwrap()).await.map(|answer| answer.status().as_u16())
}

fn words(error: &ConnectorError) -> String {
    let causes = std::iter::successors(error.source(), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[tokio::test]
async fn plain_endpoints_are_answered_over_one_connection() {
    let (listener, address) = listen().await;
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        drop(listener);
        answer(stream).await;
    });
    let pool = pool((Some(LONG), Some(LONG)), RootCertStore::empty());
    for _ in 0..3 {
        assert_eq!(get(&pool, format!("http://{address}")).await.unwrap(), 204);
    }
    drop(pool);
    served.await.unwrap();
}

#[tokio::test]
async fn servers_are_reached_whose_authority_is_trusted() {
    for version in [&version::TLS12, &version::TLS13] {
        let (roots, config) = authority(version);
        let url = format!("https://{}", serve_tls(config).await);
        assert_eq!(get(&pool((Some(LONG), None), roots), url.clone()).await.unwrap(), 204);

        let (others, _) = authority(version);
        let error = get(&pool((Some(LONG), None), others), url).await.unwrap_err();
        assert!(error.is_io() && words(&error).contains("invalid peer certificate"), "{}", words(&error));
    }
}

/// The proxy of this whole process; nobody else in it asks far addresses.
#[cfg(feature = "hosts")]
#[tokio::test]
async fn tls_is_spoken_with_the_server_through_a_proxy() {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            let port = head.strip_prefix("CONNECT service.test:").unwrap().split(' ').next().unwrap();
            let port: u16 = port.parse().unwrap();
            let mut server = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        }
    });
    crate::proxy::Proxies::one(&format!("http://{address}")).unwrap().hold();
    let (roots, config) = authority(&version::TLS13);
    let url = format!("https://service.test:{}", serve_tls(config).await.port());
    assert_eq!(get(&pool((Some(LONG), None), roots), url.clone()).await.unwrap(), 204);
    let (others, _) = authority(&version::TLS13);
    let error = get(&pool((Some(LONG), None), others), url).await.unwrap_err();
    assert!(words(&error).contains("invalid peer certificate"), "{}", words(&error));
}

#[tokio::test]
async fn servers_must_have_the_name_that_they_are_called_by() {
    let (roots, config) = authority(&version::TLS13);
    let port = serve_tls(config).await.port();
    let error = get(&pool((Some(LONG), None), roots), format!("https://localhost:{port}")).await.unwrap_err();
    assert!(words(&error).contains("not valid for name"), "{}", words(&error));
}

#[tokio::test]
async fn nobody_is_waited_for_longer_than_allowed() {
    let (_silent, address) = listen().await;
    for (timeouts, scheme, told) in [
        ((Some(SHORT), None), "https", "no connection within 50ms"),
        ((Some(LONG), Some(SHORT)), "http", "no answer within 50ms"),
    ] {
        let error = get(&pool(timeouts, RootCertStore::empty()), format!("{scheme}://{address}")).await;
        let error = error.unwrap_err();
        assert!(error.is_timeout() && words(&error).contains(told), "{}", words(&error));
    }
}

#[tokio::test]
async fn what_may_be_sent_again_is_told_apart() {
    let (listener, address) = listen().await;
    drop(listener);
    let pool = pool((Some(LONG), None), RootCertStore::empty());
    let refused = get(&pool, format!("http://{address}")).await.unwrap_err();
    assert!(refused.is_io(), "{}", words(&refused));

    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read_u8().await;
    });
    let cut = get(&pool, format!("http://{address}")).await.unwrap_err();
    assert!(cut.is_io() || cut.as_other() == Some(ErrorKind::TransientError), "{}", words(&cut));

    let unknown = get(&pool, format!("ftp://{address}")).await.unwrap_err();
    assert!(!unknown.is_timeout(), "{}", words(&unknown));
}
