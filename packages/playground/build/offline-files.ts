/** @file Tells the service worker which files there are, when the page has been built. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import type { Plugin } from "vite";

const SCRIPT = "offline.js";
/** What is larger is a format of other libraries' files, which the page does not read. */
const MOST_BYTES = 2e6;

/** Writes the list before the script, so that a new build is a new script. */
export function offlineFiles(): Plugin {
  let folder = "";
  return {
    name: "offline-files",
    apply: "build",
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir);
    },
    closeBundle() {
      const script = join(folder, SCRIPT);
      const files = filesBelow(folder)
        .filter((file) => !file.endsWith(".map") && statSync(file).size <= MOST_BYTES && file !== script)
        .map((file) => relative(folder, file).split(sep).join("/"))
        .sort();
      writeFileSync(script, `globalThis.FILES=${JSON.stringify(files)};\n${readFileSync(script, "utf8")}`);
    },
  };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}
