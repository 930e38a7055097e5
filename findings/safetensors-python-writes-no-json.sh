#!/usr/bin/env bash
# Python's safetensors 0.8.0 writes a file of no tensors and of empty metadata as `{},"__metadata__":{}}`, which is no
# JSON: its own reader refuses it. Two more things that writers of files meet: of several keys of metadata the order
# changes from file to file, so that equal contents are not equal bytes; and of two tensors of one name the reader takes
# the last, silently.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/python -m pip install --quiet --disable-pip-version-check numpy==2.4.6 safetensors==0.8.0
cat >run.py <<'PY'
import numpy as np
from safetensors.numpy import load, save

data = save({}, metadata={})
print(data[8:].decode().rstrip())
try:
    load(data)
except Exception as error:
    print(type(error).__name__)
orders = {save({"x": np.zeros(1)}, metadata={key: key for key in "abcdefgh"}) for _ in range(20)}
print("orders of metadata:", "several" if len(orders) > 1 else "one")
entry = '"x":{"dtype":"U8","shape":[1],"data_offsets":[%d,%d]}'
header = ("{" + entry % (0, 1) + "," + entry % (0, 1) + "}").encode()
print("a name twice:", load(len(header).to_bytes(8, "little") + header + b"\x07"))
PY
# Seen: the text that is no JSON, SafetensorError, several orders, and a tensor.
diff <(python/bin/python run.py) - <<'OUT'
{},"__metadata__":{}}
SafetensorError
orders of metadata: several
a name twice: {'x': array([7], dtype=uint8)}
OUT
echo "as described"
