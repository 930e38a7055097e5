/** @file Turns the ```ts blocks of the documents into modules that run: one module for each `##` section. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

/**
 * The documents whose blocks run.
 * @returns {string[]} paths below the root folder
 */
function documents() {
  const docs = existsSync(join(root, "docs")) ? readdirSync(join(root, "docs")).toSorted() : [];
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}/README.md`);
  return [
    "README.md",
    ...docs.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`),
    ...packages.toSorted().filter((path) => existsSync(join(root, path))),
  ];
}

/** An expression statement is printed, so that what follows `// =>` can be compared with what came out. */
function printed(code) {
  const statement = code.trimEnd().replace(/;$/, "");
  return /^\s*(console\.log\(|[)}\]]|$)/.test(code) ? code : `console.log(${statement.trim()});`;
}

/** `line` with its `// =>` comment, if any, made a check; a bare `// =>` expects the comment lines below it. */
function withCheck(line, rest) {
  const match = /^(.*?)\s*\/\/ =>(.*)$/.exec(line);
  if (!match) return line;
  const [, code, text] = match;
  const below = rest.slice(
    0,
    rest.findIndex((next) => !/^\s*\/\//.test(next)),
  );
  const expected = text.trim() || below.map((next) => next.replace(/^\s*\/\/ ?/, "")).join("\n");
  return `${printed(code)} expectPrinted(${JSON.stringify(expected)});`;
}

/**
 * The modules of one document. A module's lines stand where they stand in the document, so that messages name the right line.
 * @param {string} markdown
 * @returns {{ section: string, source: string }[]}
 */
export function sectionModules(markdown) {
  const sections = [{ section: "introduction", code: [] }];
  let inside = false;
  let fenced = false;
  markdown.split("\n").forEach((line, index, lines) => {
    if (line.startsWith("```")) {
      inside = !fenced && line.trim() === "```ts";
      fenced = !fenced;
    } else if (!fenced && line.startsWith("## ")) {
      sections.push({ section: line.slice(3).trim(), code: [] });
    } else if (inside) {
      sections.at(-1).code[index] = withCheck(line, lines.slice(index + 1));
    }
  });
  return sections
    .filter(({ code }) => code.length > 0)
    .map(({ section, code }) => ({
      section,
      source: `${Array.from(code, (l) => l ?? "").join("\n")}\nexport {};\n`,
    }));
}

/**
 * Writes the modules of every document below `out/snippets`.
 * @returns {{ name: string, path: string }[]} a title and the absolute path of each module
 */
export function writeSnippets() {
  const folder = join(root, "out", "snippets");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return documents().flatMap((doc) =>
    sectionModules(readFileSync(join(root, doc), "utf8")).map(({ section, source }) => {
      const slug = section.toLowerCase().replace(/[^a-z0-9]+/g, "-");
      const path = join(folder, `${doc.replace(/^docs\/|\.md$/g, "").replaceAll("/", "-")}-${slug}.ts`);
      writeFileSync(path, source);
      return { name: `${doc}: ${section}`, path };
    }),
  );
}
