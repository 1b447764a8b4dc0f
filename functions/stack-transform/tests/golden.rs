//! Templates as SAM expands them, as plain CloudFormation and as CDK writes them, and what the macro makes of each.
//!
//! `CUTOVER_BLESS=1 cargo test -p stack-transform` writes `transformed/` anew; read the difference before committing it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

const TOKEN: &str = "arn:aws:lambda:eu-west-1:111122223333:function:cutover-StackShift";

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/templates").join(name)
}

fn names() -> Vec<String> {
    let files = fs::read_dir(folder("expanded")).expect("the expanded templates");
    let mut names: Vec<_> =
        files.map(|file| file.expect("a file").file_name().to_string_lossy().replace(".json", "")).collect();
    names.sort();
    names
}

fn expanded(name: &str) -> String {
    fs::read_to_string(folder("expanded").join(format!("{name}.json"))).expect("a template")
}

/// What the macro makes of a template, whose parameters have their defaults.
fn transformed(template: &str) -> Value {
    let fragment: Value = serde_json::from_str(template).expect("JSON");
    let parameters = fragment["Parameters"].as_object().cloned().unwrap_or_default();
    let values: Map<_, _> =
        parameters.into_iter().map(|(name, one)| (name, one["Default"].clone())).collect();
    let request =
        json!({ "requestId": "r", "fragment": fragment, "params": {}, "templateParameterValues": values });
    let mut answer = stack_transform::answer(&request, TOKEN);
    assert_eq!((&answer["requestId"], &answer["status"]), (&json!("r"), &json!("success")), "{answer}");
    answer["fragment"].take()
}

#[test]
fn each_template_becomes_what_is_written_down() {
    let names = names();
    assert!(names.len() >= 20, "{}", names.len());
    let bless = std::env::var_os("CUTOVER_BLESS").is_some();
    for name in names {
        let kept = folder("transformed").join(format!("{name}.json"));
        let made = format!("{:#}\n", transformed(&expanded(&name)));
        if bless {
            fs::create_dir_all(folder("transformed")).expect("a folder");
            fs::write(&kept, &made).expect("written");
        }
        assert_eq!(fs::read_to_string(&kept).unwrap_or_default(), made, "{name}");
    }
}

#[test]
fn nothing_of_codedeploy_is_left_that_an_alias_used_and_ids_stay() {
    for name in names() {
        let (before, after) = (expanded(&name), transformed(&expanded(&name)));
        let before: Value = serde_json::from_str(&before).expect("JSON");
        assert!(!after.to_string().contains("CodeDeployLambdaAliasUpdate"), "{name}");
        let added: BTreeSet<_> = ids(&after).difference(&ids(&before)).cloned().collect();
        assert!(added.iter().all(|id| id.contains("Shift")), "{name}: {added:?}");
        for gone in ids(&before).difference(&ids(&after)) {
            let kind = before["Resources"][gone]["Type"].as_str().unwrap_or_default();
            assert!(kind.starts_with("AWS::CodeDeploy::") || kind == "AWS::IAM::Role", "{name}: {gone}");
        }
        let again = transformed(&after.to_string());
        assert_eq!(again, after, "{name}: nothing is left to do");
    }
}

fn ids(template: &Value) -> BTreeSet<String> {
    template["Resources"].as_object().expect("resources").keys().cloned().collect()
}

/// The logical id of the version that an alias points to.
fn version(template: &str) -> Option<String> {
    let template: Value = serde_json::from_str(template).expect("JSON");
    let resources = template["Resources"].as_object().expect("resources");
    resources.iter().find(|(_, one)| one["Type"] == "AWS::Lambda::Version").map(|(id, _)| id.clone())
}

#[test]
fn other_code_changes_the_version_its_handle_and_its_wait() {
    let mut compared = 0;
    for name in names().iter().filter(|name| *name != "nothing-to-shift" && *name != "sam-disabled") {
        let old = expanded(name);
        let Some(version) = version(&old) else { continue };
        // Names that sort as the old ones do.
        let new = old.replace(&version, &format!("{version}0"));
        let (old, new) = (transformed(&old), transformed(&new));
        let differ = |here: &Value, there: &Value| {
            let resources = here["Resources"].as_object().expect("resources").clone();
            let other = resources.into_iter().filter(|(id, one)| there["Resources"].get(id) != Some(one));
            other.map(|(id, _)| id).collect::<Vec<_>>()
        };
        let (left, came) = (differ(&old, &new), differ(&new, &old));
        assert_eq!(left.len(), came.len(), "{name}");
        for (left, came) in left.iter().zip(&came) {
            let same = left == came;
            let kind = old["Resources"][left]["Type"].as_str().unwrap_or_default();
            let expected = match kind {
                "AWS::Lambda::Version"
                | "AWS::CloudFormation::WaitCondition"
                | "AWS::CloudFormation::WaitConditionHandle" => !same,
                // They name the version, and keep their ids.
                "AWS::Lambda::Alias" | "Custom::CutoverLambdaShift" => same,
                // A hook that tells which version it tests.
                "AWS::Lambda::Function" => same,
                _ => false,
            };
            assert!(expected, "{name}: {left} ({kind}) became {came}");
        }
        compared += 1;
    }
    assert!(compared > 15, "{compared}");
}
