/** @file Einsum against sums over all indices. */
import { expectNoLeak, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

type Sizes = Record<string, number>;

const shapeOf = (term: string, sizes: Sizes) => Array.from(term, (label) => sizes[label]!);

/** Every assignment of an index to each label. */
function* assignments(labels: string[], sizes: Sizes): Generator<Sizes> {
  const [first, ...rest] = labels;
  if (first === undefined) {
    yield {};
    return;
  }
  for (const others of assignments(rest, sizes)) {
    for (let i = 0; i < sizes[first]!; i++) yield { ...others, [first]: i };
  }
}

/** The place of an element in a row-major tensor with the labels of `term`. */
const placeOf = (term: string, sizes: Sizes, at: Sizes) =>
  Array.from(term).reduce((place, label) => place * sizes[label]! + at[label]!, 0);

async function expectEinsum(equation: string, sizes: Sizes): Promise<void> {
  const [left = "", output = ""] = equation.split("->");
  const terms = left.split(",");
  const operands = terms.map((term, i) => wave(shapeOf(term, sizes), 1, i + 0.3));
  const values = await Promise.all(operands.map((operand) => operand.data()));
  const expected = new Float64Array(tf.util.sizeFromShape(shapeOf(output, sizes)));
  for (const at of assignments([...new Set(left.replace(",", ""))], sizes)) {
    expected[placeOf(output, sizes, at)]! += terms.reduce(
      (all, term, i) => all * values[i]![placeOf(term, sizes, at)]!,
      1,
    );
  }
  const actual = tf.einsum(equation, ...operands);
  expect(actual.shape).toEqual(shapeOf(output, sizes));
  await expect(actual).toBeAllClose([...expected], { rtol: 1e-5, atol: 1e-5 });
  tf.dispose([actual, ...operands]);
}

const SIZES = { a: 2, b: 3, c: 2, h: 2, i: 3, j: 4, k: 5 };

describe("what equations give", () => {
  test.each([
    "ij->ij",
    "ijk->kij",
    "ijk->j",
    "ij->",
    "ij,jk->ik",
    "ij,jk->ki",
    "ji,kj->ik",
    "bij,bjk->bik",
    "bijh,bkjh->bhik",
    "bihj,bkhj->bhik",
    "bhik,bkhj->bihj",
    "ij,abjk->iabk",
    "ij,hk->kijh",
    "i,i->",
    "bi,bi->b",
    "bi,ib->bi",
    "ij,jk->k",
    "ij,k->ik",
    "ij,ijk->k",
    ",ij->ji",
    "ij,->i",
  ])("%s", async (equation) => {
    await expectEinsum(equation, SIZES);
  });

  test("any equation of two operands", async () => {
    const labels = fc.uniqueArray(fc.constantFrom("a", "b", "i", "j"), { maxLength: 4 });
    const equations = fc.tuple(labels, labels).chain(([a, b]) => {
      const all = [...new Set([...a, ...b])];
      return fc
        .shuffledSubarray(all)
        .map((output): [string, string] => [`${a.join("")},${b.join("")}->${output.join("")}`, all.join("")]);
    });
    await fc.assert(
      fc.asyncProperty(equations, async ([equation]) => expectEinsum(equation, SIZES)),
      { numRuns: 15 },
    );
  });
});

test("an einsum that changes nothing gives a tensor of its own", async () => {
  const x = wave([2, 3]);
  tf.einsum("ij->ij", x).dispose();
  await expect(x).toBeAllClose(wave([2, 3]));
});

test("integers stay integers", async () => {
  const x = tf.tensor2d([[1, 2, 3]], [1, 3], "int32");
  const product = tf.einsum("ij,kj->ik", x, x);
  expect(product.dtype).toBe("int32");
  await expect(product).toBeAllClose([14]);
});

test("einsum leaves no tensor behind", async () => {
  const [a, b] = [wave([2, 3, 4, 5]), wave([2, 6, 4, 5])];
  await expectNoLeak(() => tf.einsum("bqhd,bkhd->bhqk", a, b).dispose());
});
