/** @file `summarize`: what each module of a model takes, gives and holds. */
import { classNameOf } from "../class-name.ts";
import { aroundMethods } from "../capture/methods.ts";
import { type Tallies, type Tally, totalOf } from "../display/tally.ts";
import { InvalidArgumentError } from "../errors.ts";
import { childrenOf, setChild } from "../graph/children.ts";
import { clone } from "../graph/copy.ts";
import { iterModules } from "../graph/iterate.ts";
import { isContainer, isPytree, type Path } from "../graph/kinds.ts";
import { atBoundary } from "../module/boundary.ts";
import type { Module } from "../module/module.ts";
import { evalShape } from "../transforms/eval-shape.ts";
import type { Variable } from "../variable/variable.ts";
import { asAbstract, describe, describeArguments, isShapeDtype } from "./arguments.ts";
import { type NodeStatistics, statisticsOf } from "./statistics.ts";

/** Options of {@link summarize} and `tabulate`. */
export interface SummaryOptions {
  /** How long the paths of the rows may be: 0 is the model alone. Default: as long as they are. */
  depth?: number | undefined;
  /** The method of the model that is called. Default `"forward"`. */
  method?: string | undefined;
}

/** One call of one module. */
export interface SummaryRow {
  /** The path of the module; with the name of the method, if it is not `forward`. */
  readonly path: Path;
  /** The class of the module. */
  readonly type: string;
  /** Shapes and dtypes of the arguments, as text. */
  readonly inputs: string;
  /** Shapes and dtypes of the result, as text. */
  readonly outputs: string;
  /** The module's own Variables by name, but those that belong to a module before. */
  readonly variables: readonly (readonly [name: string, variable: Variable])[];
  /** Elements and bytes of the module's own Variables and of those below it, by the name of their class. */
  readonly totals: Tallies;
}

/** What {@link summarize} finds. */
export interface Summary {
  /** The class of the model. */
  readonly type: string;
  /** The calls in their order, callers first; a call like one before is left out. */
  readonly rows: readonly SummaryRow[];
  /** Elements and bytes of all Variables, by the name of their class. */
  readonly totals: Tallies;
  /** Elements and bytes of all Variables. */
  readonly total: Tally;
}

const OPTIONS = ["depth", "method"];

/**
 * What each module of `model` takes, gives and holds when it is called with inputs like these. It runs on a copy and on
 * shapes alone: nothing is computed, no Variable and no attribute changes, and abstract models work.
 *
 * Calls that a module makes of its own methods are part of the call that they are made in.
 *
 * @param inputs the arguments of the method: tensors, `{ shape, dtype }` in place of tensors, or anything else that it
 *   takes; after them the options, an object of nothing but `depth` and `method`
 * @throws InvalidArgumentError when `model` is no Module or has no such method; errors of the model name their path
 * @see tabulate
 */
export function summarize(model: Module, ...inputs: unknown[]): Summary {
  const last = inputs.at(-1);
  const { depth = Infinity, method = "forward" }: SummaryOptions = isOptions(last) ? last : {};
  const args = isOptions(last) ? inputs.slice(0, -1) : inputs;
  assertCallable(model, method);
  const copy = clone(model, { variables: false });
  const statistics = statisticsOf(copy);
  const rows = rowsOf(copy, statistics, method, args).filter(({ path }) => path.length <= depth);
  const { totals } = statistics.get(copy)!;
  return { type: classNameOf(model), rows, totals, total: totalOf(totals) };
}

function isOptions(value: unknown): value is SummaryOptions {
  if (!isContainer(value) || Array.isArray(value) || value instanceof Map || isShapeDtype(value))
    return false;
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => OPTIONS.includes(name));
}

function assertCallable(model: unknown, method: string): void {
  const found = isPytree(model) ? (model as unknown as Record<string, unknown>)[method] : undefined;
  if (typeof found === "function") return;
  throw new InvalidArgumentError(
    isPytree(model)
      ? `expected a method ${method}, got ${typeof found}. Name the one to call: tabulate(model, x, { method: "encode" }).`
      : `tabulate: expected a Module, got ${model === null ? "null" : typeof model}. Write tabulate(model, x).`,
    isPytree(model) ? model : undefined,
  );
}

/** Calls `method` of `root` and notes each call that one module gets from another. */
function rowsOf(
  root: Module,
  statistics: ReadonlyMap<object, NodeStatistics>,
  method: string,
  inputs: readonly unknown[],
): SummaryRow[] {
  const modules = [...iterModules(root)].map(([, module]) => module);
  const rows: SummaryRow[] = [];
  const noted = new Map<object, Set<string>>();
  const callers: object[] = [];

  function around(node: object, name: string, args: readonly unknown[], call: () => unknown): unknown {
    const known = statistics.get(node);
    if (!known || callers.at(-1) === node) return call();
    const texts = describeArguments(args);
    const index = note(node, `${name} ${texts}`)
      ? rows.push(undefined as unknown as SummaryRow) - 1
      : undefined;
    callers.push(node);
    try {
      const result = call();
      if (index !== undefined) {
        const path = name === "forward" ? known.path : [...known.path, name];
        rows[index] = {
          ...known,
          path,
          type: classNameOf(node),
          inputs: texts,
          outputs: describe(result),
        };
      }
      return result;
    } finally {
      callers.pop();
    }
  }

  function note(node: object, call: string): boolean {
    const calls = noted.get(node) ?? new Set();
    noted.set(node, calls);
    return calls.size < calls.add(call).size;
  }

  const run = () => {
    for (const module of modules) reviveAttributes(module);
    // `assertCallable` found it.
    const callable = root as unknown as Record<string, (...args: unknown[]) => unknown>;
    return callable[method]!(...inputs.map(asAbstract));
  };
  evalShape(() => atBoundary([root], () => aroundMethods(modules, around, run)));
  return rows;
}

/** The attributes of a model from `evalShape` that were tensors, such as the mask of a kernel, are shapes: makes tensors of them. */
function reviveAttributes(module: Module): void {
  for (const [key, child] of childrenOf(module))
    if (isShapeDtype(child)) setChild(module, key, asAbstract(child));
}
