#!/usr/bin/env bash
# Installs Python's JAX, NumPy, onnx, safetensors and tensorboard, which tests compare with, into the folder that is named, out/python unless
# given: a virtual environment of their own.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-out/python}
if "$folder/bin/python" -c "import jax, numpy, onnx, safetensors, tensorboard" 2>/dev/null; then exit 0; fi
# Debian's Python comes without the module that makes environments.
if ! python3 -c "import ensurepip, venv" 2>/dev/null; then
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends python3 python3-venv
fi
rm -rf "$folder"
python3 -m venv "$folder"
# The versions of the reference figures.
grep -E '^(jax|numpy|onnx|safetensors|tensorboard)==' scripts/reference/requirements.txt >"$folder/requirements.txt"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
  --requirement "$folder/requirements.txt"
