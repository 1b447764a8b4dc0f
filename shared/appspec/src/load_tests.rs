use super::*;

fn fails(text: &str) -> (&'static str, Option<Place>) {
    let finding = load(text).unwrap_err();
    (finding.code, finding.place)
}

fn at(line: u32, column: u32) -> Option<Place> {
    Some(Place { line, column })
}

#[test]
fn values_know_their_place() {
    let root = load("a: 1\nb:\n  - x\n  - {c: \"y\"}\nd:\ne: ''\n").unwrap().root.unwrap();
    let entries = root.entries();
    assert_eq!(Some(entries[0].value.place), at(1, 4));
    assert_eq!(Some(entries[1].value.items()[0].place), at(3, 5));
    assert_eq!(Some(entries[1].value.items()[1].entries()[0].value.place), at(4, 9));
    assert_eq!(Some(entries[2].value.place), at(5, 1), "an empty value has the place of its key");
    assert!(entries[2].value.is_null());
    assert!(!entries[3].value.is_null());
}

#[test]
fn bad_texts_are_findings_with_a_place() {
    for (text, code, place) in [
        ("a:\n\t- b", "syntax", at(2, 2)),
        ("a: *b", "syntax", at(1, 4)),
        ("source: *", "syntax", at(1, 9)),
        ("a: 'b", "syntax", at(1, 4)),
        ("a: b: c", "syntax", at(1, 5)),
        ("? [a]\n: b", "key", at(1, 3)),
        ("a: &x [*x]", "alias", at(1, 8)),
    ] {
        let (found, at) = fails(text);
        assert_eq!((found, at), (code, place), "{text}");
    }
}

#[test]
fn size_depth_and_alias_bombs_are_bounded() {
    assert_eq!(fails(&" ".repeat(MAX_BYTES + 1)).0, "too-large");
    assert!(load(&" ".repeat(MAX_BYTES)).is_ok());
    assert_eq!(fails(&"[".repeat(5_000)).0, "too-deep");
    assert_eq!(fails(&format!("{}x", "- ".repeat(5_000))).0, "too-deep");
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let copies = vec![format!("*a{}", n - 1); 9].join(", ");
        bomb.push_str(&format!("a{n}: &a{n} [{copies}]\n"));
    }
    assert_eq!(fails(&bomb).0, "too-many-values");
    let mut tower = String::from("a0: &a0 [x]\n");
    for n in 1..80 {
        tower.push_str(&format!("a{n}: &a{n} [*a{}]\n", n - 1));
    }
    assert_eq!(fails(&tower).0, "too-deep");
}

#[test]
fn tags_aliases_and_further_documents_are_seen() {
    let loaded = load("a: &x !GetAtt F.Version\nb: *x\nc: !!str 1\n---\nd: 1\n").unwrap();
    assert_eq!(loaded.alias, at(2, 4));
    assert_eq!(loaded.second, at(4, 1));
    let root = loaded.root.unwrap();
    assert_eq!(root.entries()[0].value.intrinsic(), Some("!GetAtt"));
    assert_eq!(Some(root.entries()[1].value.place), at(2, 4));
    assert_eq!(root.entries()[2].value.plain(), None, "forced to be a text");
    assert!(load("").unwrap().root.is_none());
    assert!(load("# only a comment\n").unwrap().root.is_none());
}
