/** @file Finds the files of a package that was put into a bundle for Node. */

/** The parts of Node that are used here; imports of them would stop bundlers for browsers. */
interface NodeProcess {
  argv: string[];
  cwd(): string;
  getBuiltinModule?(name: "node:module"): { createRequire(from: string): NodeRequire };
}

interface NodeRequire {
  (name: string): unknown;
  resolve(name: string): string;
  cache: Record<string, unknown>;
}

/**
 * A folder of a package that was bundled, as a path that ends with "/"; undefined where the package was not bundled, so
 * that it finds its own files, and where it is not installed in this version.
 */
export function folderOfBundled(name: string, version: string, folder: string): string | undefined {
  const { process } = globalThis as { process?: NodeProcess };
  const node = process?.getBuiltinModule?.("node:module");
  if (!process || !node) return undefined;
  // The packages are installed beside the program, or where it runs.
  for (const place of [() => process.argv[1] ?? "", () => `${process.cwd()}/`]) {
    try {
      const found = node.createRequire(place());
      if (found.resolve(name) in found.cache) return undefined;
      const manifest = `${name}/package.json`;
      if ((found(manifest) as { version?: unknown }).version !== version) continue;
      return found.resolve(manifest).replace(/package\.json$/, `${folder}/`);
    } catch {
      // Not to be found from there.
    }
  }
  return undefined;
}
