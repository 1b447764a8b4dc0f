//! The direction of the crates: who may build on whom.

use tidy::packages;

const PURE: [&str; 3] = ["cutover-core", "cutover-appspec", "cutover-wire"];
const FUNCTIONS: [&str; 17] = [
    "api",
    "pre-traffic-hook",
    "canary-shift",
    "linear-shift",
    "alarm-check",
    "post-traffic-hook",
    "fleet-plan",
    "fleet-dispatch",
    "fleet-report",
    "host-desk",
    "notify",
    "pipeline-action",
    "push-trigger",
    "rollback",
    "stack-shift",
    "stack-transform",
    "sweep",
];

fn ours(name: &str) -> bool {
    name.starts_with("cutover-") || FUNCTIONS.contains(&name)
}

#[test]
fn pure_crates_touch_no_runtime() {
    let packages = packages();
    let runtime = ["tokio", "rusqlite", "axum", "hyper", "rand", "getrandom", "async-trait", "reqwest"];
    for name in PURE {
        for dep in &packages[name] {
            assert!(
                !runtime.contains(&dep.as_str()) && !dep.starts_with("aws-"),
                "{name} is pure, but builds on {dep}"
            );
            assert!(!ours(dep) || PURE.contains(&dep.as_str()), "{name} is pure, but builds on {dep}");
        }
    }
}

#[test]
fn data_flows_one_way() {
    let packages = packages();
    for (name, allowed) in [
        ("cutover-core", &[][..]),
        ("cutover-appspec", &[]),
        ("cutover-wire", &["cutover-core"]),
        ("cutover-ports", &["cutover-core", "cutover-wire"]),
        ("cutover-store", &["cutover-core", "cutover-wire", "cutover-ports"]),
        (
            "cutover-driver",
            &["cutover-core", "cutover-wire", "cutover-ports", "cutover-signing", "cutover-store"],
        ),
        (
            "cutover-service",
            &[
                "cutover-core",
                "cutover-wire",
                "cutover-ports",
                "cutover-store",
                "cutover-driver",
                "cutover-appspec",
                "cutover-signing",
            ],
        ),
        ("cutover-local", &["cutover-core", "cutover-wire", "cutover-ports"]),
        ("cutover-access", &["cutover-core", "cutover-wire"]),
        ("cutover-seal", &["cutover-ports"]),
        ("cutover-post", &["cutover-core", "cutover-ports"]),
        ("cutover-signing", &[]),
        (
            "cutover-agent",
            &[
                "cutover-core",
                "cutover-appspec",
                "cutover-wire",
                "cutover-ports",
                "cutover-signing",
                "cutover-access",
                "cutover-aws",
            ],
        ),
        ("cutover-aws", &["cutover-core", "cutover-wire", "cutover-ports"]),
    ] {
        for dep in packages[name].iter().filter(|d| ours(d)) {
            assert!(allowed.contains(&dep.as_str()), "{name} must not build on {dep}");
        }
    }
}

#[test]
fn functions_know_neither_each_other_nor_the_machine() {
    let packages = packages();
    for name in FUNCTIONS {
        for dep in &packages[name] {
            assert!(!FUNCTIONS.contains(&dep.as_str()), "{name} must not build on {dep}");
            assert!(dep != "cutover-local" && !dep.starts_with("aws-sdk"), "{name} must not build on {dep}");
        }
    }
}

#[test]
fn only_the_edge_checks_signatures() {
    for (name, deps) in packages() {
        let edge = ["cutover", "cutover-server", "cutover-agent"].contains(&name.as_str());
        assert!(!deps.contains("cutover-access") || edge, "{name} must not build on cutover-access");
    }
}

#[test]
fn only_the_command_rehearses() {
    for (name, deps) in packages() {
        assert!(!deps.contains("sim") || name == "cutover", "{name} must not build on the simulator");
    }
}

#[test]
fn only_one_crate_names_sdk_crates_and_only_one_yaml() {
    for (name, deps) in packages() {
        for dep in deps {
            let sdk = dep.starts_with("aws-sdk") || dep.starts_with("aws-smithy") || dep == "aws-config";
            let test_crate = ["conformance", "contract", "e2e"].contains(&name.as_str());
            assert!(!sdk || name == "cutover-aws" || test_crate, "{name} names {dep}; only cutover-aws may");
            let yaml = dep.contains("yaml") || dep.contains("saphyr") || dep == "granit-parser";
            assert!(!yaml || name == "cutover-appspec", "{name} names {dep}; only cutover-appspec may");
        }
    }
}
