# The package deepconf_safety is typed throughout, for itself and for who uses
# it: mypy --strict, which has to notice what is wrong.
. "$CLI_TESTS/lib.bash"
check() { "$REPO/tests/notebook/run" ../python/types_test.py "$@"; }
cp -r "$REPO/python/deepconf_safety" .
cat >good.py <<'PY'
from typing import Any, Dict, List
import deepconf_safety as dc
run = dc.open("run.db", pandas=False)
rows: List[Dict[str, Any]] = run.traces(tokens=True)
bound: float = dc.stat.upper_bound(0, 299)
kind: str = dc.conf.weighted_vote([("refusal", 1.0)]).decision
dc.open("run.db").summary().plot()
PY
check deepconf_safety good.py
for wrong in 'run.traces(tokens="no")' 'run.verdicts().plot()' \
    'dc.stat.wilson("3", 10)' 'dc.conf.Logits(8).scan(None)'; do
    { cat good.py; echo "$wrong"; } >bad.py
    if check bad.py >said 2>&1; then die "no fault in $wrong"; fi
    grep -q 'bad.py:8: error' said || { cat said; die "another fault"; }
done
