#!/usr/bin/env bash
# Brings Mesa's software driver for Vulkan, lavapipe, to the folder that is named, out/lavapipe unless given: a second
# one beside SwiftShader, with float16. It comes from Debian's packages or backports, 25 MB, unpacked into that folder:
# nothing of the system changes.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-out/lavapipe}
[ ! -e "$folder/lvp_icd.json" ] || exit 0
mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
folder=$(realpath "$folder")
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -1 || true)
for suite in "$release" "$release-backports"; do
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} $suite main"
done >"$folder/sources.list"
apt() {
  apt-get -q -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$folder/lists" -o Dir::Cache="$folder/cache" -o Acquire::Languages=none \
    -o APT::Sandbox::User=root "$@"
}
apt update
apt install --download-only --no-install-recommends -y -t "$release-backports" libvulkan1 mesa-vulkan-drivers
for package in "$folder"/cache/archives/*.deb; do dpkg -x "$package" "$folder/unpacked"; done
mkdir -p "$folder/lib"
libraries=$(dirname "$(find "$folder/unpacked" -name libvulkan_lvp.so)")
# What others load by these names too, stays the system's.
find "$libraries" -maxdepth 1 -name '*.so*' ! -name 'libEGL*' ! -name 'libGL*' ! -name 'libgbm*' \
  ! -name 'libvulkan_[!l]*' ! -name 'libVkLayer*' -exec mv -t "$folder/lib" {} +
manifest=$(find "$folder/unpacked" -name 'lvp_icd*.json')
sed "s#\"library_path\": *\"[^\"]*\"#\"library_path\": \"$folder/lib/libvulkan_lvp.so\"#" "$manifest" >"$folder/manifest"
rm -rf "$folder/lists" "$folder/cache" "$folder/unpacked" "$folder/sources.list"
# Last, so that a driver that is there is whole.
mv "$folder/manifest" "$folder/lvp_icd.json"
