#!/usr/bin/env bash
# terser 5.44.0 with `compress: { passes: 2 }`, what webpack 5's production mode asks for, inlines an argument
# `new.target` into the body of a plain function that is called there. In it `new.target` is undefined, so a class
# whose constructor says `wrap(new.target)` works unminified and with one pass, and throws with two.
# `Object.getPrototypeOf(this).constructor` in the constructor says the same and is left alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund terser@5.44.0
cat >run.mjs <<'JS'
import { minify } from "terser";
const source = `
  const names = [];
  function note(target) {
    for (let each = target; each !== Base; each = Object.getPrototypeOf(each)) names.push(each.name);
  }
  class Base { constructor() { note(new.target); } }
  class Child extends Base { static name = "Child"; }
  try { new Child(); globalThis.answer = names.join(); } catch (error) { globalThis.answer = error.name; }`;
for (const passes of [1, 2]) {
  const { code } = await minify(source, { module: true, compress: { passes } });
  (0, eval)(code);
  console.log(passes, globalThis.answer);
}
JS
# Seen: "1 Child", "2 TypeError".
diff <(node run.mjs) <(printf '1 Child\n2 TypeError\n')
echo "as described"
