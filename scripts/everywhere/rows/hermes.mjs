/** @file React Native's engine, by its shell of npm: no WebAssembly, no threads, no file system, no classes. */
import { build } from "esbuild";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { columnsOf } from "../expect.mjs";
import { load, tool, versionIn } from "../tools.mjs";
import { Unavailable } from "../unavailable.mjs";

const BACKENDS = ["cpu"];
const PROGRAMS = { linux: "linux64-bin/hermes", darwin: "osx-bin/hermes", win32: "win64-bin/hermes.exe" };

/** What an app for React Native does not have, as `{ type: "empty" }` of Metro's `resolveRequest` makes it. */
const absent = {
  name: "absent",
  setup({ onResolve, onLoad }) {
    onResolve(
      { filter: /^(@tensorflow\/tfjs-backend-(wasm|webgl|webgpu)|h5wasm|fflate)($|\/)/ },
      ({ path }) => ({
        path,
        namespace: "absent",
      }),
    );
    onLoad({ filter: /./, namespace: "absent" }, () => ({ contents: "module.exports = {};" }));
  },
};

/** Bundles the program in one script. */
async function bundle(folder, plan) {
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: ["hermes.mjs"],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    // Neither the engine nor the preset has them.
    supported: { "class-static-blocks": false, "dynamic-import": false },
    conditions: ["react-native"],
    mainFields: ["react-native", "browser", "module", "main"],
    // The engine's shell passes nothing on.
    banner: { js: `globalThis.PLAN = ${JSON.stringify(plan)};` },
    plugins: [absent],
    logLevel: "error",
  });
  return outputFiles[0].text;
}

/** Lowers a script as React Native does for the engine. */
async function lowered(tools, text) {
  const { default: babel } = await load(tools, "@babel/core");
  const preset = createRequire(join(tools, "package.json")).resolve("@react-native/babel-preset");
  const options = {
    unstable_transformProfile: "hermes-stable",
    enableBabelRuntime: false,
    disableImportExportTransform: true,
  };
  const { code } = await babel.transformAsync(text, {
    filename: join(tools, "hermes.js"),
    babelrc: false,
    configFile: false,
    sourceType: "script",
    presets: [[preset, options]],
    envName: "production",
  });
  return code;
}

export const rows = [
  {
    name: "hermes",
    title: "React Native's Hermes",
    limit: 600,
    async run(place) {
      const program = PROGRAMS[process.platform];
      if (!program) throw new Unavailable(`hermes-engine-cli has no program for ${process.platform}`);
      // The last of both before the engine's classes, which no shell of npm has.
      const tools = await tool("hermes-engine-cli@0.12", "@react-native/babel-preset@0.81", "@babel/core@7");
      const plan = { backends: BACKENDS, options: { fallback: "kernels" }, steps: 2 };
      const script = join(place.folder, "hermes.js");
      writeFileSync(script, await lowered(tools, await bundle(place.folder, plan)));
      const command = join(tools, "node_modules", "hermes-engine-cli", program);
      // With the queue of microtasks, as in React Native, come weak references.
      const report = await place.printed(command, ["-w", "-Xmicrotask-queue", script], plan);
      return {
        version: versionIn(tools, "hermes-engine-cli"),
        ...columnsOf(report, { backends: BACKENDS, threads: false }),
      };
    },
  },
];
