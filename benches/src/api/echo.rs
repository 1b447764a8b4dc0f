//! What is measured beside: a service of axum that reads JSON and answers it, and does nothing else.

use std::io::Read;

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::Value;

/// Serves until standard input is closed, and tells where.
///
/// # Panics
/// When it cannot listen.
pub async fn serve() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    println!("{}", serde_json::json!({ "endpoint": format!("http://{address}") }));
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    axum::serve(listener, Router::new().fallback(post(answer))).await.expect("it serves");
}

async fn answer(body: Bytes) -> impl IntoResponse {
    match serde_json::from_slice::<Value>(&body).and_then(|value| serde_json::to_vec(&value)) {
        Ok(body) => (StatusCode::OK, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], body),
        Err(_) => (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "text/plain")], Vec::new()),
    }
}
