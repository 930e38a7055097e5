/** @file Makes programs of the sources, for processes and pages of their own. */
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Builds a program of Node's of the file `entry`, at `path`. */
export async function bundle(entry: URL, path: string): Promise<void> {
  const conditions = ["@nnx-js/source", "module", "node", "production"];
  await build({
    root: ROOT,
    configFile: false,
    logLevel: "error",
    resolve: { conditions },
    ssr: { noExternal: true, resolve: { conditions } },
    build: {
      ssr: true,
      outDir: dirname(path),
      emptyOutDir: false,
      target: "es2022",
      minify: false,
      rolldownOptions: {
        input: fileURLToPath(entry),
        external: [/^@tensorflow\/tfjs-backend-(wasm|webgl|webgpu)$/, "webgpu", /^node:/],
        output: { entryFileNames: basename(path), codeSplitting: false },
      },
    },
  });
}
