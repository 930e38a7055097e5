#!/usr/bin/env bash
# WebKit 2.50 (WebKitGTK; Chromium and Firefox differ): under a Content-Security-Policy without 'wasm-unsafe-eval',
# `new WebAssembly.Module(bytes)` succeeds; only `new WebAssembly.Instance(module)` throws. So a probe that compiles a
# module, or `WebAssembly.validate`, answers that WebAssembly is allowed, and the first program is what fails.
# Needs Debian's webkit2gtk-driver, xvfb, and node.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$folder"' EXIT
cat >"$folder/server.mjs" <<'JS'
import { createServer } from "node:http";
const script = `
  const bytes = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const tried = (work) => { try { work(); return "allowed"; } catch (error) { return error.name; } };
  const module = new WebAssembly.Module(bytes);
  document.title = [
    "module " + tried(() => new WebAssembly.Module(bytes)),
    "instance " + tried(() => new WebAssembly.Instance(module)),
  ].join(", ");`;
createServer((request, response) => {
  response.setHeader("Content-Security-Policy", "script-src 'self'");
  if (request.url === "/a.js") response.setHeader("Content-Type", "text/javascript").end(script);
  else response.setHeader("Content-Type", "text/html").end('<!doctype html><script src="/a.js"></script>');
}).listen(0, "localhost", function () { console.log(this.address().port); });
JS
cat >"$folder/drive.mjs" <<'JS'
const [driver, page, binary] = process.argv.slice(2);
const ask = async (path, method, body) => {
  const response = await fetch(driver + path, { method, body: body && JSON.stringify(body) });
  return (await response.json()).value;
};
for (let tries = 0; tries < 50; tries++) {
  if (await ask("/status", "GET").catch(() => undefined)) break;
  await new Promise((resolve) => setTimeout(resolve, 100));
}
const alwaysMatch = { browserName: "MiniBrowser", "webkitgtk:browserOptions": { binary, args: ["--automation"] } };
const { sessionId } = await ask("/session", "POST", { capabilities: { alwaysMatch } });
await ask(`/session/${sessionId}/url`, "POST", { url: page });
console.log(await ask(`/session/${sessionId}/title`, "GET"));
await ask(`/session/${sessionId}`, "DELETE");
JS
node "$folder/server.mjs" >"$folder/port" &
Xvfb -displayfd 3 3>"$folder/display" >/dev/null 2>&1 &
sleep 2
DISPLAY=:$(cat "$folder/display") WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1 WebKitWebDriver --port=18765 >/dev/null 2>&1 &
binary=$(ls /usr/lib/*/webkit2gtk-4.*/MiniBrowser | tail -n 1)
diff <(node "$folder/drive.mjs" http://127.0.0.1:18765 "http://localhost:$(cat "$folder/port")/" "$binary") - <<'OUT'
module allowed, instance CompileError
OUT
echo "as described"
