"""The CDK example, and the template that it makes: one of those that the macro is tested with."""

import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "cdk"
KEPT = "cdk-example.json"


def modules():
    """Where `tests/tools/setup cdk` has put the example's packages."""
    tools = pathlib.Path(os.environ.get("CUTOVER_TOOLS") or ROOT / "target" / "tools")
    return tools / "cdk" / "node_modules"


def is_here():
    return modules().is_dir()


def synthesized():
    """The text of the template that the example makes today."""
    with tempfile.TemporaryDirectory(prefix="cutover-cdk-") as folder:
        app = pathlib.Path(folder) / "app"
        shutil.copytree(EXAMPLE, app, ignore=shutil.ignore_patterns("node_modules", "cdk.out"))
        (app / "node_modules").symlink_to(modules())
        out = pathlib.Path(folder) / "out"
        subprocess.run(["node", "shop.js"], cwd=app, check=True, timeout=120, stdin=subprocess.DEVNULL,
                       env=os.environ | {"CDK_OUTDIR": str(out), "CDK_DISABLE_VERSION_CHECK": "1"})
        return (out / "Shop.template.json").read_text(encoding="utf-8").rstrip("\n") + "\n"


def stale(folder):
    """The kept template is what the example makes."""
    kept = folder / KEPT
    if not kept.is_file() or kept.read_text(encoding="utf-8") != synthesized():
        yield f"{kept.relative_to(ROOT)} is not what examples/cdk makes; bless, and read the difference"
