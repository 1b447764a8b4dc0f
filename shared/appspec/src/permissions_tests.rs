use crate::{ObjectType, Place, check, parse_server};

const GOOD: &str = "version: 0.0
os: linux
permissions:
  - object: /srv/app
    pattern: '*.sh'
    except: [a.sh, b.sh]
    owner: app
    group: 33
    mode: 750
    acls: [\"jane:rw\", \"d:g:staff:5\"]
    context:
      name: system_u
      type: httpd_t
      range: s0:c2,c1
    type: [file]
  - object: /srv/other
";

#[test]
fn reads_every_field() {
    assert_eq!(check(GOOD, None).findings, vec![]);
    let permissions = parse_server(GOOD).unwrap().permissions;
    let first = &permissions[0];
    assert_eq!((first.object.as_str(), first.pattern.as_str()), ("/srv/app", "*.sh"));
    assert_eq!(first.except, ["a.sh", "b.sh"]);
    assert_eq!((first.owner.as_deref(), first.group.as_deref()), (Some("app"), Some("33")));
    assert_eq!((first.mode, first.types.as_slice()), (Some(0o750), [ObjectType::File].as_slice()));
    let acls: Vec<String> = first.acls.iter().map(ToString::to_string).collect();
    assert_eq!(acls, ["user:jane:rw-", "default:group:staff:r-x"]);
    let context = first.context.as_ref().unwrap();
    assert_eq!((context.user.as_deref(), context.type_name.as_str()), (Some("system_u"), "httpd_t"));
    assert_eq!(context.range.as_deref(), Some("s0:c1.c2"));
    let second = &permissions[1];
    assert_eq!(second.pattern, "**");
    assert_eq!(second.types, [ObjectType::File, ObjectType::Directory]);
    assert!(second.except.is_empty() && second.acls.is_empty() && second.context.is_none());
}

#[test]
fn wrong_values_are_found_where_they_are() {
    for (from, to, code, line, column, part) in [
        ("object: /srv/app", "object:", "missing", 4, 5, "object is empty"),
        ("object: /srv/app", "object: ' '", "missing", 4, 13, "object is blank"),
        ("  - object: /srv/other", "  - owner: app", "missing", 16, 5, "permissions[1] has no object"),
        ("[a.sh, b.sh]", "a.sh", "wrong-type", 6, 13, "must be a list"),
        ("type: [file]", "type: file", "wrong-type", 15, 11, "type: [file]"),
        ("type: [file]", "type: [link]", "permission", 15, 12, "\"link\""),
        ("\"jane:rw\"", "\"user::rw\"", "acl", 10, 12, "use mode"),
        ("s0:c2,c1", "s1-s0", "context", 14, 14, "levels that rise"),
        ("      type: httpd_t\n", "", "missing", 11, 5, "context has no type"),
        ("name: system_u", "user: system_u", "unknown-key", 12, 7, "written as name"),
        ("os: linux", "os: windows", "permission", 4, 3, "Remove the section"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let findings = check(&text, None).findings;
        let [finding] = findings.as_slice() else { panic!("{to}: {findings:#?}") };
        assert_eq!((finding.code, finding.place), (code, Some(Place { line, column })), "{finding}");
        assert!(finding.to_string().contains(part), "{to}: {finding}");
    }
}
