# The Kubernetes examples: read by a YAML parser, held against what an indexed
# Job has to have, and their commands run as the pods would run them.
. "$CLI_TESTS/lib.bash"
case ${XDG_CACHE_HOME:-} in
/*) cache=$XDG_CACHE_HOME/deepconf ;;
*) cache=${HOME:-}/.cache/deepconf ;;
esac
for python in "${DEEPCONF_CACHE:-$cache}/venv/bin/python" python3 none; do
    [ "$python" = none ] && { echo "SKIP: no Python with yaml; scripts/setup --dev makes one"; exit 77; }
    "$python" -c 'import yaml' 2>/dev/null && break
done
mkdir bin
ln -s "$DEEPCONF" bin/deepconf
export PATH="$PWD/bin:$PATH"
run --benchmark demo --data "$DEMO" -n 20 --quiet --out whole.db >/dev/null
"$python" - "$REPO/examples/cluster" "$DEMO" "$FAKE" <<'PY'
import os, pathlib, subprocess, sys, yaml
folder, data, model = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def job(name):
    docs = list(yaml.safe_load_all((folder / name).read_text()))
    assert len(docs) == 1, (name, len(docs))
    d = docs[0]
    assert (d["apiVersion"], d["kind"]) == ("batch/v1", "Job"), name
    pod = d["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    box, = pod["containers"]
    env = {e["name"]: e["value"] for e in box["env"]}
    assert all(isinstance(v, str) for v in env.values()), env
    mounts = {m["name"] for m in box["volumeMounts"]}
    assert mounts == {v["name"] for v in pod["volumes"]}
    assert env["OUT"].startswith(box["volumeMounts"][0]["mountPath"] + "/")
    return d, box, env

def start(box, env, **more):
    return subprocess.run(box["command"], capture_output=True, text=True,
                          env={**os.environ, **env, **more})

shards, box, env = job("kubernetes-shards.yaml")
spec, n = shards["spec"], int(env["SHARDS"])
assert spec["completionMode"] == "Indexed"
assert spec["completions"] == n >= spec["parallelism"]
merge, merge_box, merge_env = job("kubernetes-merge.yaml")
for key in ("SHARDS", "OUT"):
    assert merge_env[key] == env[key], key
assert merge_box["image"] == box["image"]

mine = {"OUT": "runs/a b", "MODEL": model, "DATA": data, "SHARDS": "3",
        "OPTIONS": "--backend fake --benchmark demo -n 20"}
assert set(mine) == set(env), set(env)
p = start(merge_box, merge_env, SHARDS="3", OUT="runs/a b")
assert p.returncode == 6, p  # nothing is there yet
for i in (2, 0, 1, 0):  # in any order; a pod that is made again goes on
    p = start(box, env, **mine, JOB_COMPLETION_INDEX=str(i))
    assert p.returncode == 0 and "finished, all" in p.stdout, p
    if i == 2:
        p = start(merge_box, merge_env, SHARDS="3", OUT="runs/a b")
        assert p.returncode == 2 and "1-2/3 is missing" in p.stderr, p
p = start(merge_box, merge_env, SHARDS="3", OUT="runs/a b")
assert p.returncode == 0 and "the whole run" in p.stdout, p
PY
tells '\([0-9]*\) of \1 traces have the same text, .* The configurations are the same' \
    dc compare whole.db 'runs/a b/run.db'
