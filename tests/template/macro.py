"""What the macro is tested with: templates as people write them, as SAM expands them, and as the macro leaves them.

Beside each `functions/stack-transform/tests/templates/NAME.yaml` (or .json, as CDK writes them) stand
`expanded/NAME.json`, which this file makes, and `transformed/NAME.json`, which the macro's own test makes.
"""

import concurrent.futures
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "tools"))

import cfnlint.api  # noqa: E402
import cdk  # noqa: E402
from expand_sam import dump, expand, parse  # noqa: E402

FOLDER = ROOT / "functions" / "stack-transform" / "tests" / "templates"
# The mention of the macro is taken out before it is asked.
OURS = "Cutover"
# The macro's own stack.
STACK = ROOT / "infra" / "macro.yaml"
EXAMPLE = ROOT / "examples" / "sam" / "template.yaml"
PIPELINE = ROOT / "examples" / "codepipeline" / "template.yaml"
LEFT_ALONE = [
    "W2001",  # a parameter that SAM has put in itself
    "W3005",  # CDK says twice what depends on what
]


def sources():
    return sorted(path for path in FOLDER.iterdir() if path.suffix in (".yaml", ".json"))


def expanded(path):
    """The text of the template that the macro gets."""
    template = parse(path.read_text(encoding="utf-8"))
    transforms = template.pop("Transform")
    transforms = [transforms] if isinstance(transforms, str) else transforms
    assert transforms.pop() == OURS, f"{path.name} does not end its transforms with {OURS}"
    if transforms:
        template = expand(template)
    return json.dumps(template, indent=2) + "\n"


def stale():
    """The expansions are what SAM makes of the templates today."""
    for path in sources():
        kept = FOLDER / "expanded" / f"{path.stem}.json"
        if not kept.is_file() or kept.read_text(encoding="utf-8") != expanded(path):
            yield f"{kept.relative_to(ROOT)} is not what {path.name} expands to; bless, and read the difference"


def bless():
    if cdk.is_here():
        (FOLDER / cdk.KEPT).write_text(cdk.synthesized(), encoding="utf-8")
    (FOLDER / "expanded").mkdir(exist_ok=True)
    for path in sources():
        (FOLDER / "expanded" / f"{path.stem}.json").write_text(expanded(path), encoding="utf-8")


def findings(text, left_alone=()):
    """What cfn-lint says of a template's text."""
    settings = cfnlint.api.ManualArgs(regions=["us-east-1"], ignore_checks=list(left_alone))
    return [f"{match.rule.id} line {match.linenumber}: {match.message}"
            for match in cfnlint.api.lint(text, config=settings)]


def one(path):
    return [f"{path.stem}: {said}" for said in findings(path.read_text(encoding="utf-8"), LEFT_ALONE)]


def transformed():
    """cfn-lint has nothing to say about what the macro leaves, and there is one for each template."""
    made = sorted((FOLDER / "transformed").glob("*.json"))
    yield from sorted({path.stem for path in made} ^ {path.stem for path in sources()})
    with concurrent.futures.ProcessPoolExecutor() as pool:
        for said in pool.map(one, made, chunksize=4):
            yield from said


def stack(text):
    """The macro's own stack lints, is built from its package, and its function may only log."""
    sam = parse(text)
    uri = sam["Resources"]["StackTransform"]["Properties"]["CodeUri"]
    if not (STACK.parent / uri / "src" / "main.rs").is_file():
        yield f"nothing is built from {uri}"
    plain = expand(sam)
    yield from findings(dump(plain))
    role = plain["Resources"]["StackTransformRole"]["Properties"]
    allowed = [action for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]
               for action in statement["Action"]]
    if allowed != ["logs:CreateLogStream", "logs:PutLogEvents"] or "ManagedPolicyArns" in role:
        yield f"the macro's function may {allowed}"


def checks():
    """Each check of the macro with its title, and whether it finds what it has to."""
    text = STACK.read_text(encoding="utf-8")
    yield "expanded templates of the macro", list(stale())
    yield "transformed templates", list(transformed())
    if cdk.is_here():
        yield "examples/cdk", list(cdk.stale(FOLDER))
    else:
        print("examples/cdk: left out, there is no npm here")
    yield "examples/sam", findings(expanded(EXAMPLE))
    pipeline = PIPELINE.read_text(encoding="utf-8")
    yield "examples/codepipeline", findings(pipeline)
    noticed = findings(pipeline.replace("!Ref Build}", "!Ref Nowhere}"))
    yield "examples/codepipeline: !Ref Nowhere is noticed", [] if noticed else ["it has nothing to say"]
    yield "macro.yaml", list(stack(text))
    for spoilt in (("logs:PutLogEvents", "s3:GetObject"), ("!Ref StackTransformLogs", "!Ref Nowhere")):
        noticed = list(stack(text.replace(*spoilt)))
        yield f"macro.yaml: {spoilt[1]} is noticed", [] if noticed else ["it has nothing to say"]
