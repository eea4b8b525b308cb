#!/usr/bin/env python3
"""Finish the wheel that scikit-build-core built: wheel IN.whl OUT-DIR.

What the program and its libraries need of this system, but for what every glibc
Linux has, goes into lib/deepconf beside libllama, with licences and an SBOM
(CycloneDX, dist-info/sboms) that name the packages it came from. The platform tag
is what the files need: the newest GLIBC_ symbol among them is the floor.

Libraries find each other by $ORIGIN: lib/deepconf is one folder, and the program
knows the way to it from its own (cmake/install.cmake). auditwheel is not used for
that: it does not see that scripts and data become bin and lib of one prefix, and so
takes the libraries inside for the system's.
"""
import base64
import csv
import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Those that the manylinux policies allow to be the system's, as far as used here.
SYSTEM = re.compile(r"^(lib(c|m|dl|rt|pthread|resolv|gcc_s|stdc\+\+)\.so\.\d+"
                    r"|ld-linux-x86-64\.so\.2)$")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes from the same files


def die(text):
    sys.exit(f"wheel: {text}")


def run(*command):
    p = subprocess.run(command, capture_output=True, text=True)
    if p.returncode:
        die(f"{' '.join(map(str, command))}: {p.stderr.strip() or p.stdout}")
    return p.stdout


def is_elf(path):
    with open(path, "rb") as f:
        return f.read(4) == b"\x7fELF"


def needs(path):
    """The libraries and the versions of glibc's symbols that a file needs."""
    libraries, versions = [], set()
    with open(path, "rb") as f:
        for section in ELFFile(f).iter_sections():
            if isinstance(section, DynamicSection):
                libraries += [t.needed for t in section.iter_tags("DT_NEEDED")]
            if isinstance(section, GNUVerNeedSection):
                for _, entries in section.iter_versions():
                    versions |= {e.name for e in entries}
    return libraries, versions


def floor_of(files):
    """(2, NN): the newest glibc that one of the files asks for."""
    found = {(2, 17)}
    for path in files:
        for name in needs(path)[1]:
            m = re.fullmatch(r"GLIBC_(\d+)\.(\d+)(\.\d+)?", name)
            if m:
                found.add((int(m[1]), int(m[2])))
    return max(found)


def system_library(name, of):
    """Where the dynamic linker finds a library on this machine."""
    for line in run("ldd", of).splitlines():
        m = re.match(rf"\s*{re.escape(name)} => (/\S+)", line)
        if m:
            return pathlib.Path(m[1]).resolve()
    die(f"{of} needs {name}, which the dynamic linker doesn't find here")


def vendor(program, folder):
    """Copies what is needed into the folder: {name: where it was}."""
    taken, queue = {}, [program, *folder.glob("*.so*")]
    while queue:
        path = queue.pop()
        source = taken.get(path.name, path)
        for name in needs(path)[0]:
            if SYSTEM.match(name) or (folder / name).exists():
                continue
            taken[name] = system_library(name, source)
            to = folder / name
            to.write_bytes(taken[name].read_bytes())
            to.chmod(0o755)
            run("patchelf", "--set-rpath", "$ORIGIN", to)
            queue.append(to)
    return taken


def package_of(path):
    """(name, version, source, copyright file) of Debian's package."""
    for way in (path, pathlib.Path(str(path).removeprefix("/usr"))):
        p = subprocess.run(["dpkg-query", "-S", way], capture_output=True,
                           text=True)
        if p.returncode == 0:
            break
    else:
        die(f"{path}: no package of the system's: where are its licence and its "
            "version from?")
    name = p.stdout.split(": ")[0].split(",")[0]
    version, source = run("dpkg-query", "-W", "-f",
                          "${Version}\t${source:Package}", name).split("\t")
    name = name.split(":")[0]
    return name, version, source, pathlib.Path(
        "/usr/share/doc", name, "copyright")


def licence_ids(text):
    """What a machine-readable copyright file names, in its own short words."""
    return sorted(set(re.findall(r"^License: *(\S.*)$", text, re.M)))


def component(name, version, licences, purl, files, folder):
    return {
        "type": "library", "name": name, "version": version, "purl": purl,
        "licenses": [{"license": {"name": x}} for x in licences],
        "properties": [{"name": f"file:{f}", "value": "sha256:" +
                        hashlib.sha256((folder / f).read_bytes()).hexdigest()}
                       for f in sorted(files)]}


def pinned(variable):
    text = (ROOT / "scripts/setup").read_text()
    return re.search(rf"^{variable}=(\S+)$", text, re.M)[1]


def describe(folder, taken, info, version):
    """Licence files and SBOM of what is inside; returns the SBOM."""
    parts, by_package = [], {}
    for name, path in taken.items():
        by_package.setdefault(package_of(path), []).append(name)
    licences = info / "licenses"
    for (name, v, source, copyright_), files in sorted(by_package.items()):
        text = copyright_.read_text(encoding="utf-8", errors="replace")
        to = licences / "vendored" / f"{name}.copyright"
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text, encoding="utf-8")
        parts.append(component(
            name, v, licence_ids(text), f"pkg:deb/debian/{name}@{v}?arch=amd64"
            f"&upstream={source}", files, folder))
    llama = [p.name for p in folder.glob("*.so*") if p.name not in taken]
    v = pinned("llama_version")
    parts.append(component("llama.cpp", v, ["MIT"],
                           f"pkg:pypi/llama-cpp-python@{v}", llama, folder))
    parts.append(component("nlohmann-json", v, ["MIT"],
                           f"pkg:pypi/llama-cpp-python@{v}", [], folder))
    v = pinned("yyjson_version")
    parts.append(component("yyjson", v, ["MIT"], f"pkg:pypi/yyjson@{v}", [],
                           folder))
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "metadata": {"component": {
                "type": "application", "name": "deepconf-safety",
                "version": version,
                "purl": f"pkg:pypi/deepconf-safety@{version}",
                "licenses": [{"license": {"id": "Apache-2.0"}}]}},
            "components": parts}


def write(tree, info, out, stem):
    """The archive, RECORD last."""
    rows, record = [], f"{info.name}/RECORD"
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{stem}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        def put(name, data, mode):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100000 | mode) << 16
            z.writestr(entry, data)
        for file in sorted(p for p in tree.rglob("*") if p.is_file()):
            name = file.relative_to(tree).as_posix()
            if name == record:
                continue
            data = file.read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
            rows.append((name, "sha256=" + digest.rstrip(b"=").decode(),
                         len(data)))
            put(name, data, 0o755 if data[:4] == b"\x7fELF" else 0o644)
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([*rows, (record, "", "")])
        put(record, text.getvalue(), 0o644)
    return path


def finish(wheel, out):
    name, version = wheel.name.split("-")[:2]
    with tempfile.TemporaryDirectory() as tmp:
        tree = pathlib.Path(tmp)
        with zipfile.ZipFile(wheel) as z:
            z.extractall(tree)
        info = tree / f"{name}-{version}.dist-info"
        data = tree / f"{name}-{version}.data"
        program = data / "scripts" / "deepconf"
        folder = data / "data" / "lib" / "deepconf"
        if not is_elf(program) or not (folder / "libllama.so.0").exists():
            die(f"{wheel}: the program or libllama is not where it should be")
        if not list(folder.glob("libggml-cpu-*.so")):
            die(f"{wheel}: libllama was built for one machine; "
                "build it with DEEPCONF_CPU=any")
        taken = vendor(program, folder)
        sbom = describe(folder, taken, info, version)
        (info / "sboms").mkdir()
        (info / "sboms" / "deepconf.cdx.json").write_text(
            json.dumps(sbom, indent=1) + "\n")
        for licence in (data / "data/share/deepconf").glob("LICENSE.*"):
            (info / "licenses" / licence.name).write_bytes(licence.read_bytes())
        major, minor = floor_of([program, *folder.iterdir()])
        tag = f"py3-none-manylinux_{major}_{minor}_x86_64"
        text = (info / "WHEEL").read_text()
        text = re.sub(r"^Tag: .*\n", "", text, flags=re.M).rstrip("\n")
        (info / "WHEEL").write_text(f"{text}\nTag: {tag}\n")
        path = write(tree, info, out, f"{name}-{version}-{tag}")
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, glibc {major}.{minor}, "
          f"{len(taken)} libraries of the system's and libllama's "
          f"{len(sbom['components'][-3]['properties'])} inside")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        die("usage: wheel IN.whl OUT-DIR")
    os.environ["PATH"] = str(pathlib.Path(sys.executable).parent) + \
        os.pathsep + os.environ["PATH"]
    finish(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
