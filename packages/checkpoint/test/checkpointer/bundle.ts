/** @file Makes programs of the sources, for processes and pages of their own. */
import { fileURLToPath } from "node:url";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Builds `entry`, a file beside this one, for Node or for a page, into `folder` as `name`. */
export async function bundle(
  entry: string,
  folder: string,
  name: string,
  target: "node" | "page",
): Promise<void> {
  const conditions = target === "node" ? ["node"] : ["browser"];
  await build({
    root: ROOT,
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["@nnx-js/source", "module", ...conditions, "production"] },
    ...(target === "node" && {
      ssr: { noExternal: true, resolve: { conditions: ["@nnx-js/source", "module", "node", "production"] } },
    }),
    build: {
      ssr: target === "node",
      outDir: folder,
      emptyOutDir: false,
      target: "es2022",
      minify: false,
      modulePreload: false,
      rolldownOptions: {
        input: fileURLToPath(new URL(entry, import.meta.url)),
        external: [/^@tensorflow\/tfjs-backend-(wasm|webgl|webgpu)$/, "webgpu", /^node:/],
        output: { entryFileNames: name, codeSplitting: false },
      },
    },
  });
}
