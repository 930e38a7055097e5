/** @file Functions that close over some Variables and Modules and are passed some: in any position, twice, or both. */
import { jit } from "@nnx-js/jit";
import { Module, Param } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, inject, test } from "vitest";
import { first as valueOf, tidied } from "./inside.ts";

/** How many worlds, and which: `WORLDS=10000 SEED=3` tries others. */
const { WORLDS: RUNS = inject("backend") === "webgpu" ? 10 : 150, SEED = 11 } = globalThis.process?.env ?? {};

class Cell extends Module {
  own: Param;
  /** Perhaps another Cell's. */
  other: Param;
  k: number;
  constructor(own: Param, other: Param, k: number) {
    super();
    [this.own, this.other, this.k] = [own, other, k];
  }
}

/** Variables and Modules, of which a function closes over some, and is passed some. */
interface World {
  readonly params: readonly Param[];
  readonly cells: readonly Cell[];
}

/** A Variable: one that is closed over, one that an argument is or holds. */
type Place =
  | { readonly from: "closure" | "argument"; readonly which: number }
  | { readonly from: "closed cell" | "argument's cell"; readonly which: number; readonly isOther: boolean };

/** `target = target * 0.5 + source + k`. */
interface Line {
  readonly target: Place;
  readonly source: Place;
  readonly k: "none" | "closed" | "argument's";
}

interface Plan {
  readonly params: number;
  readonly cells: readonly (readonly [own: number, other: number, k: number])[];
  readonly lines: readonly Line[];
  /** The numbers of the two Variables and the Cell that each call is passed, and what is wrapped around them. */
  readonly calls: readonly (readonly [first: number, second: number, cell: number, isNested: boolean])[];
}

const small = fc.nat(2);
const place: fc.Arbitrary<Place> = fc.oneof(
  fc.record({ from: fc.constantFrom("closure" as const, "argument" as const), which: small }),
  fc.record({
    from: fc.constantFrom("closed cell" as const, "argument's cell" as const),
    which: small,
    isOther: fc.boolean(),
  }),
);
const plans: fc.Arbitrary<Plan> = fc.record({
  params: fc.integer({ min: 2, max: 4 }),
  cells: fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(1)), { minLength: 1, maxLength: 3 }),
  lines: fc.array(
    fc.record({
      target: place,
      source: place,
      k: fc.constantFrom("none" as const, "none" as const, "closed" as const, "argument's" as const),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  calls: fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(2), fc.boolean()), { minLength: 2, maxLength: 8 }),
});

const at = <T>(items: readonly T[], index: number): T => items[index % items.length]!;

function worldOf({ params: count, cells }: Plan): World {
  const params = Array.from({ length: count }, (_, i) => new Param(tf.scalar(10 ** i)));
  return {
    params,
    cells: cells.map(([own, other, k]) => new Cell(at(params, own), at(params, other), k)),
  };
}

interface Arguments {
  readonly params: readonly Param[];
  readonly cell: Cell;
}

/** The function of a world: its `lines` run on what it closes over and what it is passed. */
function functionOf({ lines }: Plan, world: World) {
  return (first: Param | { readonly inside: readonly Param[] }, second: Param, cell: Cell): tf.Tensor => {
    const given: Arguments = { params: [first instanceof Param ? first : first.inside[0]!, second], cell };
    const variableAt = (place: Place): Param => {
      switch (place.from) {
        case "closure":
          return at(world.params.slice(0, 2), place.which);
        case "argument":
          return at(given.params, place.which);
        default: {
          const { own, other } = place.from === "closed cell" ? world.cells[0]! : given.cell;
          return place.isOther ? other : own;
        }
      }
    };
    let last: tf.Tensor = tf.scalar(0);
    for (const { target, source, k } of lines) {
      const variable = variableAt(target);
      const added = k === "none" ? 0 : k === "closed" ? world.cells[0]!.k : given.cell.k;
      last = tf.add(tf.add(tf.mul(variable.value, 0.5), variableAt(source).value), added);
      variable.value = last;
    }
    return tf.add(last, given.params[0]!.value);
  };
}

const read = async ({ params }: World) => {
  const values: number[] = [];
  for (const { value } of params) values.push(await valueOf(value));
  return values;
};

type Compile = <F extends (...args: never[]) => tf.Tensor>(fn: F) => F;

async function outcome(plan: Plan, compile: Compile): Promise<unknown[]> {
  const world = worldOf(plan);
  const fn = compile(functionOf(plan, world));
  const results: unknown[] = [];
  for (const [first, second, cell, isNested] of plan.calls) {
    const param = at(world.params, first);
    const result = fn(
      isNested ? { inside: [param] } : param,
      at(world.params, second),
      at(world.cells, cell),
    );
    results.push([await valueOf(result), ...(await read(world))]);
  }
  for (const param of world.params) param.dispose();
  return results;
}

test("a Variable that is closed over may be passed, at one position and then at another", async () => {
  const [a, b, c] = [1, 10, 100].map((value) => new Param(tf.scalar(value))) as [Param, Param, Param];
  const f = jit((x: Param, y: Param) => {
    a.value = tf.add(a.value, 1);
    return tf.add(x.value, y.value);
  });
  expect(await valueOf(f(c, a))).toBe(102);
  expect(await valueOf(f(a, b))).toBe(13);
  expect([await valueOf(a.value), await valueOf(b.value)]).toEqual([3, 10]);
  expect(await valueOf(f(b, c))).toBe(110);
  expect(await valueOf(f(b, a))).toBe(15);
  expect(await valueOf(a.value)).toBe(5);
});

test("a Module that is closed over, changed, and passed first, keeps what it is given", () => {
  const make = () => ({
    own: Object.assign(new Cell(new Param(tf.scalar(0)), new Param(tf.scalar(0)), 1)),
  });
  const [own, other] = [make().own, make().own];
  const f = jit((cell: Cell, n: tf.Tensor) => {
    own.k = 5;
    void cell;
    return tf.neg(n);
  });
  f(own, tf.scalar(1));
  expect(own.k).toBe(5);
  own.k = 1;
  f(other, tf.scalar(1));
  expect(other.k).toBe(1);
});

test("random worlds are left as by eager code", async () => {
  await fc.assert(
    fc.asyncProperty(plans, (plan) =>
      tidied(async () => {
        const found = await outcome(plan, (fn) => jit(fn));
        expect(found).toEqual(await outcome(plan, (fn) => fn));
      }),
    ),
    { numRuns: Number(RUNS), seed: Number(SEED) },
  );
});
