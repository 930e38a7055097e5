/**
 * @file `npm run conformance`: runs every kernel against its oracle on every backend, and writes the table.
 *
 * `--backend wasm,jit` and `--kernel Sign,Abs` run a part, print what is wrong and write nothing; with `--write` these
 * columns and rows are written. `--trace` finds the kernels that our packages use first; without it they are those of
 * the last table.
 */
import "./lib/node-version.mjs";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format } from "prettier";
import { startVitest } from "vitest/node";
import { documentOf, tableOf } from "./lib/kernel-table.mjs";
import { root, runNode } from "./lib/run.mjs";

const GOLDEN = join(root, "packages/testing/golden/kernels.json");
const TRACED = join(root, "out/used-kernels.txt");

const { values } = parseArgs({
  options: {
    backend: { type: "string" },
    kernel: { type: "string" },
    trace: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
if (values.backend) process.env["NNX_CONFORMANCE_BACKENDS"] = values.backend;
if (values.kernel) process.env["NNX_CONFORMANCE_KERNELS"] = values.kernel;
const isWhole = !values.backend && !values.kernel;
const isPart = !isWhole && !values.write;
if (!isPart) process.env["NNX_REQUIRE_CHROMIUM"] = "1";

/** The kernels that layers, losses, metrics, optimisers and gradients use. */
async function usedKernels() {
  if (!values.trace) {
    const { kernels } = JSON.parse(readFileSync(GOLDEN, "utf8"));
    return Object.keys(kernels).filter((name) => kernels[name].used);
  }
  mkdirSync(join(root, "out"), { recursive: true });
  rmSync(TRACED, { force: true });
  const args = ["run", "--config", "test-env/conformance/trace.config.ts", "--reporter=dot"];
  const failed = await runNode("node_modules/vitest/vitest.mjs", args);
  if (failed) throw new Error("the tests whose kernels are written down failed");
  return [...new Set(readFileSync(TRACED, "utf8").trim().split("\n"))];
}

/** What came of each project and kernel. */
async function reportAll() {
  const vitest = await startVitest("test", [], {
    config: join(root, "test-env/conformance/vitest.config.ts"),
    run: true,
    watch: false,
    // The reports are all that counts.
    reporters: [{}],
  });
  const reports = {};
  for (const file of vitest.state.getTestModules()) {
    for (const test of file.children.allTests()) {
      const { conformance } = test.meta();
      if (!conformance)
        throw new Error(`${file.project.name}, ${test.name}: ${test.result().errors?.[0]?.message}`);
      (reports[file.project.name.replace(" (chromium)", "")] ??= {})[test.name] = conformance;
    }
    for (const error of file.errors()) throw new Error(`${file.project.name}: ${error.message}`);
  }
  await vitest.close();
  return reports;
}

function chromiumVersion() {
  const path = process.env["CHROMIUM_PATH"] ?? "chromium";
  const text = execFileSync(path, ["--version"], { encoding: "utf8" });
  return /\d[\d.]*/.exec(text)?.[0] ?? "of unknown version";
}

function print(reports) {
  for (const [project, kernels] of Object.entries(reports)) {
    const all = Object.entries(kernels);
    const wrong = all.filter(([, report]) => report.wrong.length > 0);
    console.log(`${project}: ${all.length} kernels, ${wrong.length} wrong`);
    for (const [name, { wrong, refused, isRegistered }] of all) {
      if (!isRegistered) console.log(`  ${name}: missing`);
      for (const fault of wrong) console.log(`  ${name}: ${fault.name}: ${fault.reason}`);
      if (refused.length > 0)
        console.log(`  ${name}: ${refused.length} refused, ${refused[0].name}: ${refused[0].reason}`);
    }
  }
}

const used = isPart ? [] : await usedKernels();
const reports = await reportAll();
if (isPart) {
  print(reports);
  const path = process.env["NNX_CONFORMANCE_OUT"];
  if (path) writeFileSync(path, JSON.stringify(reports));
} else {
  const { version } = JSON.parse(
    readFileSync(join(root, "node_modules/@tensorflow/tfjs-core/package.json"), "utf8"),
  );
  const stamp = {
    date: new Date().toISOString().slice(0, 10),
    versions: { tensorflow: version, node: process.versions.node, chromium: chromiumVersion() },
  };
  const last = isWhole ? undefined : JSON.parse(readFileSync(GOLDEN, "utf8"));
  const table = tableOf(reports, { used, stamp, last });
  writeFileSync(GOLDEN, await format(JSON.stringify(table), { parser: "json", printWidth: 110 }));
  writeFileSync(
    join(root, "docs/kernels.md"),
    await format(documentOf(table), { parser: "markdown", printWidth: 110 }),
  );
  for (const [project, kernels] of Object.entries(reports)) {
    const wrong = Object.values(kernels).filter((report) => report.wrong.length > 0).length;
    console.log(`${project}: ${Object.keys(kernels).length} kernels, ${wrong} wrong`);
  }
  console.log("Written: docs/kernels.md and packages/testing/golden/kernels.json");
}
