/** @file The WGSL module of a launch: finds out to which task a workgroup belongs, and does that. */
import { libraryCode } from "../library.ts";
import { WORKGROUP } from "../task.ts";
import { alongOfWord, type TaskCode } from "./task-code.ts";

/** Tasks of equal code in a launch. */
export interface Branch {
  readonly code: TaskCode;
  /** How many tasks there are. */
  readonly tasks: number;
  readonly sharedWords: number;
  readonly sharedQuads?: number | undefined;
  readonly sharedHalves?: number | undefined;
}

/** Words in front of those of the task in each row of a table: its first workgroup, and the one after its last. */
export const ROW_HEAD = 2;

/** The number of words of a row of the table. */
function rowLength({ code }: Branch): number {
  return ROW_HEAD + code.words.length;
}

/**
 * The text of the module. Its table has a row for each task: those of the first branch, then those of the second, and
 * so on. Modules of the same text do the same for tables of different contents.
 */
export function moduleText(branches: readonly Branch[]): string {
  const shared = branches.reduce((most, { sharedWords }) => Math.max(most, sharedWords), 0);
  const quads = branches.reduce((most, { sharedQuads = 0 }) => Math.max(most, sharedQuads), 0);
  const halves = branches.reduce((most, { sharedHalves = 0 }) => Math.max(most, sharedHalves), 0);
  const hasSubgroups = branches.some(({ code }) => code.hasSubgroups);
  const hasTurns = branches.some(({ code }) => code.words.some((word) => alongOfWord(word) !== undefined));
  const uses = new Set(branches.flatMap(({ code }) => [...code.uses]));
  let begin = 0;
  const calls = branches.map((branch, i) => {
    const text = branchText(branch, i, begin);
    begin += branch.tasks * rowLength(branch);
    return text;
  });
  return [
    ...(halves > 0 ? ["enable f16;"] : []),
    ...(hasSubgroups ? ["enable subgroups;"] : []),
    "@group(0) @binding(0) var<storage, read_write> heap: array<u32>;",
    "@group(0) @binding(1) var<storage, read> table: array<u32>;",
    ...(hasTurns ? ["@group(0) @binding(2) var<storage, read> turn: array<u32>;"] : []),
    ...(shared > 0 ? [`var<workgroup> shared_words: array<u32, ${shared}>;`] : []),
    ...(quads > 0 ? [`var<workgroup> shared_quads: array<vec4<f32>, ${quads}>;`] : []),
    ...(halves > 0 ? [`var<workgroup> shared_halves: array<vec2<u32>, ${halves}>;`] : []),
    libraryCode(uses),
    ...branches.map(({ code }, i) => functionText(code, i)),
    `@compute @workgroup_size(${WORKGROUP})`,
    "fn main(",
    "  @builtin(workgroup_id) at: vec3<u32>,",
    "  @builtin(num_workgroups) count: vec3<u32>,",
    "  @builtin(local_invocation_index) lane: u32,",
    ...(hasSubgroups ? ["  @builtin(subgroup_size) subgroup: u32,"] : []),
    ") {",
    "  let group = at.x + at.y * count.x;",
    ...calls,
    "}",
    "",
  ]
    .filter((part) => part !== "")
    .join("\n")
    .concat("\n");
}

/** The word with this number of a task's row. */
function wordInTable(i: number): string {
  return `table[row + ${ROW_HEAD + i}u]`;
}

function functionText({ body, words, hasSubgroups }: TaskCode, index: number): string {
  const parameters = `group: u32, lane: u32, row: u32${hasSubgroups ? ", subgroup: u32" : ""}`;
  const lets = words.map((word, i) => {
    const along = alongOfWord(word);
    const piece = along === undefined ? "" : ` + turn[${along}] * ${wordInTable(i + 1)}`;
    return `  let w${i} = ${wordInTable(i)}${piece};`;
  });
  return [`fn task${index}(${parameters}) {`, ...lets, body.replace(/\n$/, ""), "}"].join("\n");
}

/** Calls the function of a branch for its workgroups, after which there is nothing to do for them. */
function branchText(branch: Branch, index: number, begin: number): string {
  const length = rowLength(branch);
  const last = begin + (branch.tasks - 1) * length;
  const more = branch.code.hasSubgroups ? ", subgroup" : "";
  const call = (row: string) => `task${index}(group - table[${row}], lane, ${row}${more});`;
  const inside =
    branch.tasks === 1
      ? [`    ${call(`${begin}u`)}`]
      : [
          "    var low = 0u;",
          `    var high = ${branch.tasks - 1}u;`,
          "    while (low < high) {",
          "      let middle = (low + high) / 2u;",
          `      if (group < table[${begin}u + middle * ${length}u + 1u]) { high = middle; } else { low = middle + 1u; }`,
          "    }",
          `    let row = ${begin}u + low * ${length}u;`,
          `    ${call("row")}`,
        ];
  return [`  if (group < table[${last + 1}u]) {`, ...inside, "    return;", "  }"].join("\n");
}
