/** @file Whether a figure still improves. */
import { guesses, InvalidArgumentError } from "@nnx-js/nn";
import { checkCount, checkNames, checkNumber, found } from "../check.ts";

/** Which figure is watched, and which way it is better. */
export interface Watched<Name extends string = string> {
  /** A figure of the evaluations; of the logs, where nothing is evaluated. */
  readonly metric: Name;
  /** Whether less is better, as of a loss, or more, as of an accuracy. */
  readonly mode: "min" | "max";
}

/** When a figure counts as no longer improving. */
export interface Patience<Name extends string = string> extends Watched<Name> {
  /** How many values in a row have to be no better than the best. NaN is never better, nor the first to beat. */
  readonly patience: number;
  /** By how much a value has to be better to count; 0 unless given. */
  readonly minDelta?: number | undefined;
}

/** What a monitor remembers, for checkpoints. */
export interface MonitorState {
  readonly best: number | null;
  readonly waited: number;
}

/** Follows one figure. */
export class Monitor {
  private readonly options: Patience;
  private readonly name: string;
  private best: number | undefined;
  private waited = 0;

  constructor(name: string, options: Patience) {
    this.name = name;
    this.options = options;
  }

  get metric(): string {
    return this.options.metric;
  }

  /** The best value; NaN before the first. */
  get bestValue(): number {
    return this.best ?? NaN;
  }

  /** Adds a value; answers whether it is the best, and whether patience is at its end, which begins it anew. */
  add(figures: Readonly<Record<string, unknown>>): { isBest: boolean; isOver: boolean } {
    const { metric, mode, patience, minDelta = 0 } = this.options;
    const value = figures[metric];
    if (typeof value !== "number") throw this.missing(figures);
    const isBetter = (best: number) => (mode === "min" ? value < best - minDelta : value > best + minDelta);
    const isBest = !Number.isNaN(value) && (this.best === undefined || isBetter(this.best));
    if (isBest) this.best = value;
    this.waited = isBest ? 0 : this.waited + 1;
    const isOver = this.waited >= patience;
    if (isOver) this.waited = 0;
    return { isBest, isOver };
  }

  save(): MonitorState {
    return { best: this.best ?? null, waited: this.waited };
  }

  load({ best, waited }: MonitorState): void {
    this.best = best ?? undefined;
    this.waited = waited;
  }

  private missing(figures: Readonly<Record<string, unknown>>): InvalidArgumentError {
    const { metric } = this;
    const names = Object.keys(figures).filter((name) => typeof figures[name] === "number");
    return new InvalidArgumentError(
      [
        `train: ${this.name}: expected a figure called ${metric}, got ${names.join(", ") || "none"}.`,
        ...guesses([metric], names),
        `Evaluations give them, or steps where there is no evaluation.`,
      ].join(" "),
    );
  }
}

/** @throws InvalidArgumentError for what does not say which figure is watched */
export function checkWatched(name: string, options: unknown, hasPatience: boolean): void {
  if (options === undefined) return;
  const known = hasPatience ? ["metric", "mode", "patience", "minDelta"] : ["metric", "mode"];
  const repair = `${name}: { metric: "loss", mode: "min"${hasPatience ? ", patience: 3" : ""} }`;
  checkNames(`train: ${name}`, options, known, repair);
  const { metric, mode, patience, minDelta } = options as Partial<Record<keyof Patience, unknown>>;
  if (typeof metric !== "string" || (mode !== "min" && mode !== "max")) {
    throw new InvalidArgumentError(
      `train: ${name}: expected the name of a figure and "min" or "max", got ${found(metric)} and ${found(mode)}. Write ${repair}.`,
    );
  }
  if (!hasPatience) return;
  checkCount(`train: ${name}`, "patience", patience, 1, { isRequired: true });
  checkNumber(`train: ${name}`, "minDelta", minDelta, { least: 0 });
}
