#!/usr/bin/env bash
# esbuild 0.28: `export * as name from "./part.js"` in an index makes an object of getters that is kept whole: who uses
# `name.one` has every other export of the part in the bundle, side effects or none. Rollup 4 keeps `one` alone. An
# `import * as name from "./part.js"` of the file itself is shaken by both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "private": true, "sideEffects": false }' >package.json
npm install --silent --no-audit --no-fund esbuild@0.28.2 rollup@4
echo 'export const one = () => "used"; export const two = () => "unused";' >part.js
echo 'export * as part from "./part.js";' >index.js
echo 'import { part } from "./index.js"; console.log(part.one());' >through-index.js
echo 'import * as part from "./part.js"; console.log(part.one());' >direct.js
cat >run.mjs <<'JS'
import { build } from "esbuild";
import { rollup } from "rollup";
for (const entry of ["through-index.js", "direct.js"]) {
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", minify: true, write: false });
  const { output } = await (await rollup({ input: entry })).generate({ format: "es" });
  const keeps = (code) => (code.includes("unused") ? "keeps all" : "keeps one");
  console.log(`${entry}: esbuild ${keeps(outputFiles[0].text)}, Rollup ${keeps(output[0].code)}`);
}
JS
diff <(node run.mjs) - <<'OUT'
through-index.js: esbuild keeps all, Rollup keeps one
direct.js: esbuild keeps one, Rollup keeps one
OUT
echo "as described"
