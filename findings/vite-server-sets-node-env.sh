#!/usr/bin/env bash
# Vite 8: `createServer` and `build` set NODE_ENV of the process that calls them ("development", "production") and leave
# it so. Programs that this process starts later inherit it: `next build` with NODE_ENV=development fails while it
# prerenders, with "<Html> should not be imported outside of pages/_document", far from the cause. Give children an
# environment of their own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "private": true }' >package.json
npm install --silent --no-audit --no-fund vite@8
cat >run.mjs <<'JS'
import { execFileSync } from "node:child_process";
import { createServer } from "vite";
const inChild = () => execFileSync(process.execPath, ["-p", "process.env.NODE_ENV"]).toString().trim();
console.log("before", inChild());
const server = await createServer({ configFile: false, logLevel: "silent", server: { port: 0 } });
await server.close();
console.log("after", inChild());
JS
unset NODE_ENV
diff <(node run.mjs) - <<'OUT'
before undefined
after development
OUT
echo "as described"
