"""Makes the bundles that the agent is measured with: the same bytes whenever they are made.

    python3 bundles.py FOLDER NAME

`files` is 10,000 files in 100 directories, 100 MB in all; `big` is one file of 500 MB. Both compress to about 40 %. Each is
made as a directory, a tgz and a zip. Its files go to FOLDER/now/app: `now` is a link, so that every round has a place of its
own.
"""

import pathlib
import random
import subprocess
import sys

VERSION = 1
POOL, MEGA = 4_000_000, 1_000_000


def pool():
    """Text as compressible as programs are: words of a small language and some noise."""
    chance = random.Random(5)
    words = [bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(4000)]
    parts, size = [], 0
    while size < POOL:
        part = chance.randbytes(24).hex().encode() if chance.random() < 0.06 else b" ".join(chance.choices(words, k=12))
        parts.append(part + b"\n")
        size += len(part) + 1
    return b"".join(parts)[:POOL]


def make_files(tree, text):
    chance = random.Random(6)
    for n in range(10_000):
        folder = tree / f"{n % 100:02}"
        folder.mkdir(parents=True, exist_ok=True)
        at, size = chance.randrange(POOL - 20_000), chance.randint(2_000, 18_000)
        path = folder / f"file-{n:05}"
        path.write_bytes(text[at:at + size])
        path.chmod(0o755 if n % 7 == 0 else 0o644)


def make_big(tree, text):
    chance = random.Random(7)
    tree.mkdir(parents=True)
    with open(tree / "image", "wb") as out:
        for _ in range(500):
            at = chance.randrange(POOL - MEGA)
            out.write(text[at:at + MEGA])


def main():
    folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
    made = folder / f"{name}.made"
    if made.exists() and made.read_text() == str(VERSION):
        return
    tree = folder / name
    subprocess.run(["rm", "-rf", tree, tree.with_suffix(".tgz"), tree.with_suffix(".zip")], check=True)
    {"files": make_files, "big": make_big}[name](tree / "tree", pool())
    (tree / "appspec.yml").write_text(
        f"version: 0.0\nos: linux\nfiles:\n  - source: tree\n    destination: {folder.parent}/now/app\n")
    subprocess.run(["tar", "czf", tree.with_suffix(".tgz"), "-C", tree, "."], check=True)
    subprocess.run(["zip", "-qr", tree.with_suffix(".zip"), "."], cwd=tree, check=True)
    made.write_text(str(VERSION))


main()
