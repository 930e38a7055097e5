/** @file Bundles code that tests are given as text, from the sources of the packages. */
import { fileURLToPath } from "node:url";
import { build, type BuildEnvironmentOptions, type Rolldown } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const ENTRY = "\0entry";

/** How code is bundled. */
export interface BundleOptions {
  /** Packages that stay imports. */
  readonly external: readonly (string | RegExp)[];
  /** For a process on a server, with all that it needs, instead of for a browser. */
  readonly isServer?: boolean;
  /** All in one file, imports by `import()` included. */
  readonly isOneFile?: boolean;
  readonly minify?: boolean;
  /** What the code exports stays, too. */
  readonly keepsExports?: boolean;
}

/** The files of a bundle. */
export async function bundle(code: string, options: BundleOptions): Promise<Rolldown.OutputChunk[]> {
  const { external, isServer = false, isOneFile = false, minify, keepsExports = false } = options;
  const conditions = ["@nnx-js/source", "module", isServer ? "node" : "browser", "production"];
  const settings: BuildEnvironmentOptions = {
    write: false,
    target: "es2022",
    modulePreload: false,
    ssr: isServer,
    rolldownOptions: {
      input: "entry",
      external: [...external],
      ...(isOneFile && { output: { codeSplitting: false } }),
      ...(keepsExports && { preserveEntrySignatures: "strict" }),
    },
  };
  if (minify !== undefined) settings.minify = minify;
  const result = await build({
    root,
    configFile: false,
    logLevel: "error",
    resolve: { conditions },
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === "entry" ? ENTRY : undefined),
        load: (id) => (id === ENTRY ? code : undefined),
      },
    ],
    ...(isServer && { ssr: { noExternal: true, resolve: { conditions } } }),
    build: settings,
  });
  const files = [result].flat().flatMap((part) => ("output" in part ? part.output : []));
  return files.flatMap((file) => (file.type === "chunk" ? [file] : []));
}

/** The code of a bundle that is one file. */
export async function bundleOne(code: string, options: BundleOptions): Promise<string> {
  const [chunk] = await bundle(code, { ...options, isOneFile: true });
  if (!chunk) throw new Error("expected one file");
  return chunk.code;
}

/** The files that the first one imports, directly or not, and those that come later, by `import()`. */
export function byArrival(chunks: readonly Rolldown.OutputChunk[]) {
  const names = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName));
  for (const name of names) {
    for (const imported of chunks.find(({ fileName }) => fileName === name)?.imports ?? [])
      names.add(imported);
  }
  return {
    atOnce: chunks.filter(({ fileName }) => names.has(fileName)),
    later: chunks.filter(({ fileName }) => !names.has(fileName)),
  };
}

/** The modules with code in one of the files. */
export function modulesOf(chunks: readonly Rolldown.OutputChunk[]): string[] {
  return chunks
    .flatMap(({ modules }) => Object.entries(modules))
    .filter(([, { renderedLength }]) => renderedLength > 0)
    .map(([id]) => id);
}
