/** @file `npm run conformance`: runs every kernel against its oracle on every backend. */
import "./lib/node-version.mjs";
import { writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./lib/run.mjs";
import { startVitest } from "vitest/node";

const { values } = parseArgs({
  options: { backend: { type: "string" }, kernel: { type: "string" } },
});
if (values.backend) process.env["NNX_CONFORMANCE_BACKENDS"] = values.backend;
if (values.kernel) process.env["NNX_CONFORMANCE_KERNELS"] = values.kernel;

const vitest = await startVitest("test", [], {
  config: join(root, "test-env/conformance/vitest.config.ts"),
  run: true,
  watch: false,
  reporters: [{ onUserConsoleLog() {} }],
});
const columns = {};
for (const file of vitest.state.getTestModules()) {
  for (const test of file.children.allTests()) {
    const report = test.meta().conformance;
    if (report) (columns[file.project.name] ??= {})[test.name] = report;
    else console.error(file.project.name, test.name, test.result());
  }
}
await vitest.close();
mkdirSync(join(root, "out"), { recursive: true });
const path = join(root, "out", `conformance${values.backend ? `-${values.backend}` : ""}.json`);
writeFileSync(path, JSON.stringify(columns, null, 1));
for (const [column, kernels] of Object.entries(columns)) {
  const all = Object.entries(kernels);
  const wrong = all.filter(([, { wrong }]) => wrong.length > 0);
  console.log(`${column}: ${all.length} kernels, ${wrong.length} wrong`);
  if (values.kernel) for (const [k, r] of all) console.log(k, r);
}
