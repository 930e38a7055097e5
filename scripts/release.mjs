/**
 * @file Publishes what is not on npm yet, from the workflow of a release: builds, says in each package which repository
 * it comes from (npm's provenance compares that with the workflow), and leaves the rest to changesets.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, runPnpm } from "./lib/run.mjs";

const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
if (!server || !repository) {
  throw new Error(
    "GITHUB_SERVER_URL and GITHUB_REPOSITORY are not set: releases are made by .github/workflows/release.yml",
  );
}
const address = `${server}/${repository}`;

/** Writes into the checkout of the workflow, which nobody commits. */
function nameRepository(folder) {
  const path = join(root, "packages", folder, "package.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  if (manifest.private) return;
  const origin = {
    homepage: `${address}#readme`,
    bugs: `${address}/issues`,
    repository: { type: "git", url: `git+${address}.git`, directory: `packages/${folder}` },
  };
  writeFileSync(path, `${JSON.stringify({ ...origin, ...manifest }, null, 2)}\n`);
}

async function must(...args) {
  const code = await runPnpm(args);
  if (code !== 0) process.exit(code);
}

await must("run", "build");
for (const folder of readdirSync(join(root, "packages"))) nameRepository(folder);
await must("exec", "changeset", "publish");
