/**
 * @file Draws the pictures and the table of docs/optimisers.md anew: `npm run optimisers`. With `-- --rates`, tells the
 * best of the learning rates for each optimiser instead.
 */
import { useBackend } from "@nnx-js/tensor";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { CATALOGUE, type Entry, RATES } from "./catalogue.ts";
import { figuresOf, writeFigures } from "./figures.ts";
import { curves, lastLosses } from "./pictures.ts";
import { withTable } from "./table.ts";
import { disposeTask, loadTask, type Task } from "./task.ts";
import { type Run, train } from "./train.ts";

const DOCS = fileURLToPath(new URL("../../../../docs/", import.meta.url));

/** All run in turn, that often: the losses stay, the times are those that the machine disturbs least. */
const ROUNDS = 3;

await useBackend("wasm");
const task = await loadTask();
if (process.argv.includes("--rates")) searchRates(task);
else await draw(task);
disposeTask(task);

async function draw(task: Task): Promise<void> {
  const rounds = Array.from({ length: ROUNDS }, () => CATALOGUE.map((entry) => train(entry, task)));
  const runs = CATALOGUE.map(({ name }, i) => described(name, fastestOf(rounds.map((round) => round[i]!))));
  const figures = figuresOf(CATALOGUE, runs);
  const folder = `${DOCS}images/optimisers/`;
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}figures.json`, writeFigures(figures));
  await writeFile(`${folder}curves.svg`, curves(figures));
  await writeFile(`${folder}last-losses.svg`, lastLosses(figures));
  const document = await readFile(`${DOCS}optimisers.md`, "utf8");
  await writeFile(`${DOCS}optimisers.md`, withTable(document, figures));
}

function searchRates(task: Task): void {
  for (const entry of CATALOGUE) {
    if (!entry.choosesRate) searchRate(entry, task);
  }
}

function searchRate(entry: Entry, task: Task): void {
  const losses = RATES.map((rate) => train(entry, task, rate).losses.at(-1)!);
  const least = Math.min(...losses.filter(Number.isFinite));
  const best = RATES[losses.indexOf(least)]!;
  const remark = best === entry.rate ? "" : `, the catalogue has ${entry.rate}`;
  console.log(`${entry.name}: ${best} gives ${least.toPrecision(3)}${remark}`);
}

function fastestOf(runs: readonly Run[]): Run {
  return { ...runs[0]!, milliseconds: Math.min(...runs.map(({ milliseconds }) => milliseconds)) };
}

function described(name: string, run: Run): Run {
  console.log(`${name}: ${run.losses.at(-1)!.toPrecision(3)}`);
  return run;
}
