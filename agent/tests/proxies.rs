//! A host that reaches its service through a proxy alone.

#![allow(clippy::unwrap_used, reason = "a test's helpers may fail as tests do")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::{fs, io, thread};

use common::Host;
use common::agent::{HOOK, SPEC, command, run_with};
use common::service::{Service, order};
use cutover_wire::agent::report::News;

/// What this proxy was asked for, and who asked. Whatever the name, it leads to this machine.
#[derive(Clone)]
struct Proxy {
    address: String,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Proxy {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let proxy = Self { address, asked: Arc::default() };
        let serving = proxy.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let proxy = serving.clone();
                thread::spawn(move || proxy.serve(stream));
            }
        });
        proxy
    }

    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(client.try_clone()?);
        let (mut lines, mut who) = (Vec::new(), String::new());
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
                break;
            }
            if let Some((_, value)) = line.split_once(": ").filter(|(name, _)| *name == "Proxy-Authorization")
            {
                value.trim().clone_into(&mut who);
            }
            lines.push(line);
        }
        let to = lines[0].strip_prefix("CONNECT ").unwrap().split(' ').next().unwrap().to_owned();
        self.asked.lock().unwrap().push((to.clone(), who));
        let port: u16 = to.rsplit(':').next().unwrap().parse().unwrap();
        let mut server = TcpStream::connect(("127.0.0.1", port))?;
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        let (mut from, mut back) = (server.try_clone()?, client.try_clone()?);
        thread::spawn(move || io::copy(&mut from, &mut back));
        io::copy(&mut reader, &mut server).map(drop)
    }

    fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().unwrap().clone()
    }
}

#[test]
fn a_host_reaches_its_service_through_a_proxy() {
    let (host, service, proxy) = (Host::new(), Service::new(), Proxy::new());
    let here = service.endpoint();
    let there = here.replace("127.0.0.1", "service.test");
    let register = |endpoint: &str, none: &str| {
        let mut command = command(&host, "register");
        command.args(["--endpoint", endpoint, "--token", "once"]);
        command.env("HTTP_PROXY", format!("http://{}", proxy.address)).env("NO_PROXY", none);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, errors) = register(&there, "service.test");
    assert!(code == Some(1) && errors.contains("does not answer"), "{errors}");
    assert!(proxy.asked().is_empty(), "what is exempt is asked directly");
    assert_eq!(register(&there, "").0, Some(0), "{:?}", proxy.asked());
    let place = there.strip_prefix("http://").unwrap().to_owned();
    assert_eq!(proxy.asked(), [(place.clone(), String::new())]);

    // The configuration's proxy goes before that of the environment, which does not answer.
    let identity = fs::read_to_string(host.path("identity.json")).unwrap();
    fs::write(host.path("identity.json"), identity.replace(&here, &there)).unwrap();
    let config = host.path("config.yml");
    fs::write(&config, format!(":proxy_uri: http://me:se%20cret@{}\n", proxy.address)).unwrap();
    let agent = run_with(&host, |command| {
        command.arg("--config").arg(&config).env("HTTP_PROXY", "http://127.0.0.1:1");
    });
    let bundle = host.bundle("b", SPEC, &[("web/a", "one"), ("hook", HOOK)]);
    service.order(&order("aa", &bundle));
    assert_eq!(service.result("aa").news, News::Succeeded);
    let asked = proxy.asked();
    let mine = (place, "Basic bWU6c2UgY3JldA==".to_owned());
    assert!(asked.len() > 1 && asked[1..].iter().all(|asked| *asked == mine), "{asked:?}");
    drop(agent);
    let log = host.read("log");
    let told = format!("through the proxy http://{}.", proxy.address);
    assert!(log.contains(&told) && !log.contains("cret"), "{log}");

    let mut doctor = command(&host, "doctor");
    doctor.arg("--root-dir").arg(host.path("root")).arg("--config").arg(&config);
    let output = doctor.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let told = format!("{there}: http://{}, ", proxy.address);
    assert!(said.contains(&told) && !said.contains("cret"), "{said}");
    assert!(said.contains(&format!("{there} answers")), "{said}");
}

#[test]
fn this_machine_is_asked_directly() {
    let (host, service, proxy) = (Host::new(), Service::new(), Proxy::new());
    let mut command = command(&host, "register");
    command.args(["--endpoint", &service.endpoint(), "--token", "once"]);
    command.env("ALL_PROXY", format!("http://{}", proxy.address));
    assert!(command.status().unwrap().success());
    assert!(proxy.asked().is_empty());
}
