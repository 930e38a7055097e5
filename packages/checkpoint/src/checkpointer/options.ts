/** @file What a Checkpointer is given: options of it and of a save, checked for callers without types. */
import { type Filter, guesses, InvalidArgumentError } from "@nnx-js/nn";
import { assertOptions } from "../model/options.ts";
import type { BestMetric } from "./retention.ts";
import { RESERVED } from "./step-record.ts";

/** Options of a {@link Checkpointer}. */
export interface CheckpointerOptions<Metric extends string = never> {
  /** How many steps stay, the ones saved last; all of them unless given. */
  readonly keep?: number | undefined;
  /** What makes a step the best one, which stays however old it is. */
  readonly best?: BestMetric<Metric> | undefined;
  /** Told what is wrong with the directory and was got over: a damaged file. `console.warn` unless given. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** What is saved of the model, and beside it. */
export interface SaveStepOptions<Metric extends string = never> {
  /** Figures of the step; where a Checkpointer has a best, its metric is one of them. */
  readonly metrics?: (Readonly<Record<string, number>> & { readonly [Name in Metric]: number }) | undefined;
  /** Which leaves are saved, `LoRAParam` for instance; all unless given. Restore with the same filter. */
  readonly only?: Filter | undefined;
  /** Texts to remember. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Checks the options of a Checkpointer. @throws InvalidArgumentError */
export function checkOptions(options: CheckpointerOptions<string>): void {
  assertOptions("Checkpointer", options, ["keep", "best", "onWarning"]);
  const { keep = Infinity, best } = options;
  if (!(keep === Infinity || (Number.isSafeInteger(keep) && keep >= 1))) {
    fail(`keep: expected an integer of at least 1, or Infinity, got ${String(keep)}. Write { keep: 3 }.`);
  }
  if (best === undefined) return;
  if (typeof best !== "object" || best === null || typeof best.metric !== "string" || best.metric === "") {
    fail(`best: expected the name of a metric, got ${JSON.stringify(best)}. Write { best: { metric: "loss", mode: "min" } }.`); // prettier-ignore
  }
  if (best.mode !== "min" && best.mode !== "max") {
    fail(
      `best.mode: expected "min" or "max", got ${JSON.stringify(best.mode)}. Write ` +
        `{ best: { metric: ${JSON.stringify(best.metric)}, mode: "min" } } where less is better.`,
    );
  }
}

/** Checks the arguments of a save. @throws InvalidArgumentError */
export function checkSave(
  step: number,
  options: SaveStepOptions<string>,
  best: BestMetric | undefined,
): void {
  assertOptions("Checkpointer.save", options, ["only", "metrics", "metadata"]);
  const { metrics, metadata = {} } = options;
  assertStep(step);
  for (const [name, value] of Object.entries(metrics ?? {})) {
    if (typeof value === "number") continue;
    fail(
      `metrics.${name}: expected a number, got ${describe(value)}. Read the value of a tensor first: ` +
        `(await ${name}.data())[0].`,
    );
  }
  if (metrics && best && !Object.hasOwn(metrics, best.metric)) {
    const names = Object.keys(metrics);
    // The other way round: what was given that resembles the metric.
    const [guess] = names.filter((name) => guesses([name], [best.metric]).length > 0);
    fail(
      `metrics: expected ${best.metric}, which the best step is told by, got ${names.join(", ") || "none"}. ` +
        `${guess ? `Did you mean ${best.metric} by ${guess}? ` : ""}Write { metrics: { ${best.metric}: … } }, or leave ` +
        `metrics out for a step that is not to be the best.`,
    );
  }
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value !== "string") {
      fail(`metadata.${name}: expected a text, got ${describe(value)}. Write JSON.stringify(value).`);
    }
    if (RESERVED.includes(name)) fail(`metadata.${name}: this name is the package's own. Take another.`);
  }
}

/** @throws InvalidArgumentError for what is no number of a step */
export function assertStep(step: unknown): void {
  if (Number.isSafeInteger(step) && Number(step) >= 0) return;
  fail(`step: expected an integer of at least 0, got ${describe(step)}.`);
}

function describe(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value);
  return `a ${value.constructor?.name ?? "plain object"}`;
}

/** Refuses an argument. */
export function fail(message: string): never {
  throw new InvalidArgumentError(`Checkpointer: ${message}`);
}
