/** @file Runs every ```ts block of the documents; `// =>` comments are checked against what is printed. */
import { format } from "node:util";
import { useBackend } from "@nnx-js/tensor";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { sectionModules, writeSnippets } from "../scripts/lib/snippets.mjs";

let printed: string[] = [];

/** Trailing blanks do not survive in a document. */
const trimmed = (text: string): string => text.replace(/[ \t]+$/gm, "").trimEnd();

function checkPrinted(text: string): void {
  expect(trimmed(printed.at(-1) ?? "nothing was printed")).toBe(trimmed(text));
}

beforeEach(async () => {
  printed = [];
  vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
    printed.push(format(...values));
  });
  vi.stubGlobal("expectPrinted", checkPrinted);
  // A document may have chosen another backend.
  await useBackend("cpu");
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("the code of the documents runs and prints what it says", () => {
  test.each(writeSnippets())("$name", async ({ path }) => {
    await expect(import(/* @vite-ignore */ path)).resolves.toBeDefined();
  });
});

describe("documents as modules", () => {
  const fence = "```";

  test("an expression's comment becomes a check of its printed value, on the same line", () => {
    const [module] = sectionModules(`## One\n${fence}ts\nconst a = 1;\na + 1; // => 2\n${fence}\n`);
    expect(module?.section).toBe("One");
    expect(module?.source.split("\n").slice(2, 4)).toEqual([
      "const a = 1;",
      'console.log(a + 1); expectPrinted("2");',
    ]);
  });

  test("a bare arrow expects the comment lines below it", () => {
    const [module] = sectionModules(`${fence}ts\nconsole.log(t);\n// =>\n// a\n//   b\nmore();\n${fence}\n`);
    expect(module?.source).toContain('expectPrinted("a\\n  b")');
  });

  test("blocks of one section share a module, other languages are left out", () => {
    const blocks = `${fence}ts\nf();\n${fence}\n\n${fence}sh\nls\n${fence}\n\n${fence}ts\ng();\n${fence}\n`;
    const modules = sectionModules(`## A\n${blocks}## B\n${blocks}`);
    expect(modules.map(({ section }) => section)).toEqual(["A", "B"]);
    expect(modules[0]?.source).toMatch(/^\s*f\(\);\s*g\(\);\s*export \{\};\s*$/);
  });

  test("a check fails when something else was printed", () => {
    console.log("2");
    expect(() => expectPrinted("3")).toThrow(/3/);
  });
});
