/** @file `scan` of a class of Modules: instances are stacks of layers, which a loop runs one after the other. */
import { AsyncFunctionError } from "@nnx-js/tensor";
import { InvalidArgumentError } from "../../errors.ts";
import type { Filter } from "../../graph/filters.ts";
import type { Module } from "../../module/module.ts";
import { guesses } from "../../near-miss.ts";
import { constructedInLanes } from "../batching/constructed-in-lanes.ts";
import type { ModuleClass } from "../batching/module-class.ts";
import { StateAxes } from "../state-axes.ts";
import type { ScanOptions } from "./scan.ts";
import type { Stacked } from "./slices.ts";

/** Options of `scan` for a class of Modules. */
export interface ScanClassOptions extends Omit<ScanOptions, "length" | "shared"> {
  /** How many layers an instance is. */
  readonly length: number;
  /**
   * Variables that have no axis: all layers share them, and what one writes the next one reads. A filter, such as
   * `BatchStat`. For random streams, say by `split` that these are not split. Default none.
   */
  readonly shared?: Filter | undefined;
  /** Which random streams of the constructor's arguments are split, so that each layer draws by itself. All by default. */
  readonly split?: Filter | undefined;
  /** Whether the method returns `[carry, y]`, and that of the stack `[last carry, ys]`. Default false: it returns the carry. */
  readonly hasAux?: boolean | undefined;
  /** The method that is a loop over the layers. Default `forward`. */
  readonly method?: string | undefined;
}

/** A class like `C`, whose `forward` gives the last carry and the stacked results of all layers. */
export type StackedClass<C extends ModuleClass> = Omit<C, "prototype"> &
  (new (...args: ConstructorParameters<C>) => StackOf<InstanceType<C>>);

type StackOf<M> = M extends { forward(...args: infer Args): readonly [infer Carry, infer Y] }
  ? Omit<M, "forward"> & { forward(...args: Args): [carry: Carry, ys: Stacked<Y>] } & Module
  : M;

const OPTIONS = ["length", "reverse", "unroll", "shared", "split", "hasAux", "method"];

type Method = (this: Module, ...args: unknown[]) => unknown;

/** The loop that runs the layers. */
export type ScanModules = (
  caller: string,
  fn: (carry: unknown, layer: Module) => readonly [unknown, unknown],
  init: unknown,
  layers: Module,
  options: ScanOptions,
) => [unknown, unknown];

/** The class whose instances are `length` layers. */
export function scannedClass<C extends ModuleClass>(
  Class: C,
  options: ScanClassOptions,
  scan: ScanModules,
): C {
  assertOptions(Class, options);
  const { length, reverse, unroll, shared = null, split = true, hasAux = false, method: key = "forward" } = options; // prettier-ignore
  const caller = `scan(${Class.name})`;
  const Base = Class as unknown as new (...args: unknown[]) => Module;
  const method: unknown = Reflect.get(Base.prototype, key);
  if (typeof method !== "function") {
    throw new InvalidArgumentError(
      `${caller}: expected a class with the method ${key}, which takes what is carried first. ` +
        `Write scan(${Class.name}, { length: ${length}, method: "…" }).`,
    );
  }
  /** Instances of which a layer runs. */
  const running = new Set<Module>();
  const Stack = class extends Base {
    static override readonly name: string = Class.name;
  };
  const inLoop: Method = function (carry, ...rest) {
    if (running.has(this)) return (method as Method).call(this, carry, ...rest);
    const turn = (current: unknown, layer: Module): readonly [unknown, unknown] => {
      running.add(layer);
      try {
        const result = (method as Method).call(layer, current, ...rest);
        if (AsyncFunctionError.isPromise(result)) throw new AsyncFunctionError(caller, result);
        // The loop says what is wrong with anything else.
        return hasAux ? (result as [unknown, unknown]) : [result, null];
      } finally {
        running.delete(layer);
      }
    };
    const [last, ys] = scan(`scan(${Class.name}.${key})`, turn, carry, this, { length, reverse, unroll, shared }); // prettier-ignore
    return hasAux ? [last, ys] : last;
  };
  Object.defineProperty(Stack.prototype, key, { value: inLoop, writable: true, configurable: true });
  const stateAxes = new StateAxes<number | null>([
    [shared, null],
    [true, 0],
  ]);
  return constructedInLanes(Class, Stack, { axisSize: length, stateAxes, split });
}

function assertOptions(Class: ModuleClass, options: ScanClassOptions | undefined): void {
  const repair = `Write scan(${Class.name}, { length: 12 }).`;
  const given: unknown = options;
  if (typeof given !== "object" || given === null) {
    throw new InvalidArgumentError(`scan(${Class.name}): expected an object of options, found ${typeof given}. ${repair}`);
  } // prettier-ignore
  const unknown = Object.keys(given).filter((name) => !OPTIONS.includes(name));
  if (unknown.length > 0) {
    throw new InvalidArgumentError(
      [`scan(${Class.name}): expected the options ${OPTIONS.join(", ")}, found ${unknown.join(", ")}.`, ...guesses(unknown, OPTIONS)].join(" "), // prettier-ignore
    );
  }
  const { length } = given as { length?: unknown };
  if (typeof length === "number" && Number.isInteger(length) && length > 0) return;
  throw new InvalidArgumentError(
    `scan(${Class.name}): expected a positive integer for length, the number of layers, found ${String(length)}. ${repair}`,
  );
}
