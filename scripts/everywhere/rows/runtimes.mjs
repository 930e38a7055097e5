/** @file Node, Deno and Bun. */
import { join } from "node:path";
import { columnsOf } from "../expect.mjs";
import { tool } from "../tools.mjs";

const BACKENDS = ["cpu", "wasm"];

/** What a program of the command line does: all cases, with a file. */
async function runtime(place, { command, args = [], version, backends = BACKENDS, threads = true }) {
  const plan = { backends, path: join(place.folder, "run.safetensors") };
  const report = await place.printed(command, [...args, "main.mjs"], plan);
  return { version: await version, ...columnsOf(report, { backends, threads, file: true }) };
}

const node = (major) => ({
  name: `node${major}`,
  title: "Node",
  limit: 120,
  async run(place) {
    const folder = await tool(`node@${major}`);
    const command = join(folder, "node_modules", "node", "bin", "node");
    const version = (await place.output(command, ["--version"])).trim().slice(1);
    return runtime(place, { command, version });
  },
});

async function denoOf(place) {
  const folder = await tool("deno@2");
  const command = join(folder, "node_modules", ".bin", "deno");
  return { command, version: /deno (\S+)/.exec(await place.output(command, ["--version"]))[1] };
}

async function bunOf(place) {
  const folder = await tool("bun@1");
  const command = join(folder, "node_modules", ".bin", "bun");
  return { command, version: (await place.output(command, ["--version"])).trim() };
}

export const rows = [
  ...[20, 22, 24, 26].map(node),
  {
    name: "deno",
    title: "Deno",
    limit: 120,
    run: async (place) => runtime(place, { ...(await denoOf(place)), args: ["run", "-A"] }),
  },
  {
    name: "bun",
    title: "Bun",
    limit: 120,
    run: async (place) => runtime(place, await bunOf(place)),
  },
];
