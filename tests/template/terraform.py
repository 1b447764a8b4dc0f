"""What must hold of the Terraform module: it gives the template's parameters, no others, and reads outputs that exist."""

import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULE = ROOT / "infra" / "terraform"
FOLDERS = [MODULE, ROOT / "examples" / "terraform"]


def parameters(template, text):
    """Those of the template and those of the module's variable are the same."""
    given = re.search(r"type = object\(\{(.*?)\}\)", text, re.S).group(1)
    given = set(re.findall(r"^\s*(\w+)\s*=\s*optional\(string\)$", given, re.M))
    yield from (f"the module does not know {name}" for name in sorted(set(template["Parameters"]) - given))
    yield from (f"the template does not know {name}" for name in sorted(given - set(template["Parameters"])))


def outputs(template, text):
    """What the module reads of the stack is told by it."""
    read = set(re.findall(r'\.outputs\["(\w+)"\]', text))
    yield from ([] if read else ["the module reads nothing"])
    yield from (f"the stack does not tell {name}" for name in sorted(read - set(template["Outputs"])))


def capabilities(template, text):
    """Roles and policies with names of their own would need more than CAPABILITY_IAM."""
    named = [name for name, resource in template["Resources"].items() if resource["Type"].startswith("AWS::IAM::")
             and any(key in resource.get("Properties", {}) for key in ("RoleName", "ManagedPolicyName"))]
    if named and "CAPABILITY_NAMED_IAM" not in text:
        yield f"{named} have names, and the module does not ask for CAPABILITY_NAMED_IAM"


def form():
    """Files are as `terraform fmt` writes them, where there is one to ask."""
    if shutil.which("terraform"):
        for folder in FOLDERS:
            done = subprocess.run(["terraform", "fmt", "-check", "-diff", folder], capture_output=True, text=True, check=False)
            if done.returncode:
                yield done.stdout + done.stderr


def checks(template):
    """Titles and findings; every rule must notice when its text is spoilt."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(MODULE.glob("*.tf")))
    for rule, old, new in ((parameters, "LogLevel ", "LogLevels"), (outputs, '"ApiUrl"', '"ApiUrls"')):
        yield f"terraform {rule.__name__}", list(rule(template, text))
        noticed = list(rule(template, text.replace(old, new)))
        yield f"terraform {rule.__name__} notices {new}", [] if noticed else ["it has nothing to say"]
    yield "terraform capabilities", list(capabilities(template, text))
    yield "terraform fmt", list(form())
