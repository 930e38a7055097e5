/**
 * @file `npm run bench:pack`: puts the benchmark, Node and Dawn into one folder, out/bench-pack, that runs on a machine of
 * the same kind without a network. With `--check` it moves the folder elsewhere and runs a small product there.
 */
import "./lib/node-version.mjs";
import { build } from "esbuild";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { runnerImport } from "vite";
import { output, root, runNode } from "./lib/run.mjs";

/** Megabytes that the folder may have. */
const LIMIT = 60;

const TARGET = join(root, "out", "bench-pack");

const README = `Times the benchmark of nnx-js on this machine's GPU, without a network:

  sh run.sh                                    all workloads, products and convolutions
  sh run.sh products --json figures.json       products and convolutions, and the figures as JSON
  sh run.sh small-matmul                       whether everything works
  sh run.sh --help

The first run unpacks Node and Dawn in this folder. They need the driver of a GPU with Vulkan (libvulkan.so.1 on Linux).
`;

const RUN = `#!/bin/sh
# Runs the benchmark on webgpu; options as those of npm run bench.
cd "$(dirname "$0")" || exit 1
for packed in $(find . -name '*.gz'); do
  file=\${packed%.gz}
  [ -f "$file" ] && continue
  gzip -dc "$packed" > "$file.part" && chmod +x "$file.part" && mv "$file.part" "$file" || exit 1
done
exec ./node bench/main.js --backend webgpu "$@"
`;

/** Stops with a line that says what is missing. */
function refuse(message) {
  console.error(message);
  process.exit(1);
}

async function packed(from, to) {
  await mkdir(dirname(to), { recursive: true });
  const level = { level: constants.Z_BEST_COMPRESSION };
  await writeFile(`${to}.gz`, await promisify(gzip)(await readFile(from), level));
}

/** One file with all that a program of the benchmark imports. */
async function bundle(entry, external = []) {
  await build({
    entryPoints: [join(root, "packages/examples/dist/bench", entry)],
    outfile: join(TARGET, "bench", entry),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    minify: true,
    keepNames: true,
    external: ["webgpu", ...external],
    // Parts of TensorFlow.js are CommonJS.
    banner: {
      js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
    },
    logLevel: "error",
  });
}

async function sizeOf(folder) {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / 1e6;
}

async function pack() {
  if (process.platform === "win32") refuse("bench:pack packs for Linux and macOS: run it there.");
  if ((await stat(process.execPath)).size < 2e7) {
    refuse(
      `${process.execPath} needs libraries beside it: run this with a Node from nodejs.org, which is one file.`,
    );
  }
  await rm(TARGET, { recursive: true, force: true });
  // ONNX Runtime stays out: where it is missing, its rows say so.
  await bundle("main.js", ["./plain/process.js", "onnxruntime-node", "onnxruntime-web"]);
  await bundle("plain/process.js");
  await bundle("plain/main.js");
  await packed(process.execPath, join(TARGET, "node"));
  const ofTensor = createRequire(join(root, "packages/tensor/package.json"));
  const dawn = dirname(ofTensor.resolve("webgpu"));
  const modules = join(TARGET, "node_modules", "webgpu");
  for (const file of ["index.js", "package.json", "LICENSE.md"]) {
    await cp(join(dawn, file), join(modules, file));
  }
  const machine = `${process.platform}-${process.platform === "darwin" ? "universal" : process.arch}`;
  await packed(join(dawn, "dist", machine, "dawn.node"), join(modules, "dist", machine, "dawn.node"));
  await writeFile(join(TARGET, "package.json"), '{ "type": "module" }\n');
  await writeFile(join(TARGET, "README.txt"), README);
  await writeFile(join(TARGET, "run.sh"), RUN);
  await chmod(join(TARGET, "run.sh"), 0o755);
  const size = await sizeOf(TARGET);
  console.log(`${TARGET}: ${size.toFixed(1)} MB`);
  if (size > LIMIT) refuse(`It is to have ${LIMIT} MB at most.`);
}

/** Runs a small product, and what runs in processes of its own, in a copy elsewhere. */
async function check() {
  const { module } = await runnerImport(join(root, "test-env", "chromium.ts"));
  const executablePath = module.findChromium();
  const driver = executablePath && module.findSwiftShader(executablePath);
  if (!driver) refuse("No Chromium, whose software driver could run it (Debian: apt-get install chromium).");
  const elsewhere = await mkdtemp(join(tmpdir(), "nnx-bench-"));
  try {
    const folder = join(elsewhere, basename(TARGET));
    await cp(TARGET, folder, { recursive: true });
    const env = { PATH: "/usr/bin:/bin", VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: dirname(driver) };
    const args = ["small-matmul", "guide", "--rounds", "1", "--turn", "1", "--json", "figures.json"];
    console.log(await output("sh", [join(folder, "run.sh"), ...args], { env, cwd: elsewhere }));
    const { products, results } = JSON.parse(await readFile(join(folder, "figures.json"), "utf8"));
    const names = [...products, ...results].flatMap(({ measurements }) =>
      measurements.map(({ name }) => name),
    );
    for (const wanted of ["nnx-js, jit", "TensorFlow.js", "jax-js, jit"]) {
      if (!names.includes(wanted)) refuse(`The packed benchmark did not time ${wanted}.`);
    }
  } finally {
    await rm(elsewhere, { recursive: true, force: true });
  }
}

const built = await runNode("node_modules/typescript/bin/tsc", ["-b"]);
if (built !== 0) process.exit(built);
await pack();
if (process.argv.includes("--check")) await check();
