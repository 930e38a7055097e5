/** @file What the parts of the compiler may import: only targets know of machines, and nobody knows of targets. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src", import.meta.url));

/** Of each folder, what it may import beside itself and the files in `src`; what stands in no list imports no other. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  call: ["capture", "graph", "memory", "residency", "targets", "tree"],
  capture: ["graph", "tree"],
  expr: [],
  graph: ["capture"],
  lower: ["expr", "graph", "steps"],
  memory: [],
  passes: ["expr", "steps"],
  plan: ["expr", "graph", "lower", "passes", "steps"],
  recording: ["capture", "graph", "tree"],
  residency: ["graph", "memory"],
  steps: ["expr", "graph"],
  targets: ["capture", "graph", "memory", "residency", "targets/kernels", "targets/wasm", "targets/webgpu"],
  "targets/kernels": ["capture", "graph", "memory", "targets"],
  "targets/wasm": ["capture", "expr", "graph", "memory", "passes", "plan", "residency", "steps", "targets"],
  "targets/webgpu": [
    "capture",
    "expr",
    "graph",
    "lower",
    "memory",
    "passes",
    "plan",
    "residency",
    "steps",
    "targets",
  ],
  tree: ["capture", "graph", "residency"],
};

/** The files that know which targets there are. */
const TABLES = ["targets/table.ts", "wasm.ts", "webgpu.ts"];

function folderOf(file: string): string {
  const [first = "", second = ""] = file.split("/");
  if (!file.includes("/")) return "";
  return first === "targets" && file.split("/").length > 2 ? `${first}/${second}` : first;
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts"));

/** The files of the package that `file` imports. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const paths = [...text.matchAll(/(?:from|import|import\()\s*"(\.[^"]+)"/g)].map(([, path]) => path!);
  return paths.map((path) => relative(SRC, join(SRC, dirname(file), path)).replaceAll("\\", "/"));
}

describe.each(Object.entries(MAY_IMPORT))("%s", (folder, allowed) => {
  test(`imports ${allowed.join(", ") || "nothing"}`, () => {
    const own = files.filter((file) => folderOf(file) === folder);
    expect(own.length).toBeGreaterThan(0);
    const wrong = own.flatMap((file) =>
      importsOf(file)
        .filter((path) => ![folder, "", ...allowed].includes(folderOf(path)))
        .map((path) => `${file} imports ${path}`),
    );
    expect(wrong).toEqual([]);
  });
});

test("only the table knows which targets there are", () => {
  const wrong = files.filter(
    (file) =>
      !TABLES.includes(file) &&
      importsOf(file).some(
        (path) => folderOf(path).startsWith("targets/") && folderOf(path) !== folderOf(file),
      ),
  );
  expect(wrong).toEqual([]);
});

test("all folders are known", () => {
  const folders = new Set(files.map(folderOf).filter(Boolean));
  expect([...folders].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
});
