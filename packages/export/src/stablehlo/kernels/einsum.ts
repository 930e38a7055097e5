/** @file Einsum of one or two operands: one product of tensors. */
import { converted } from "../convert.ts";
import type { Builder } from "../mlir/builder.ts";
import type { Operand } from "../mlir/operand.ts";
import { dotGeneral } from "../mlir/products.ts";
import { reduce } from "../mlir/regions.ts";
import { ANY, type KernelRules, rule } from "../rule.ts";

/** A tensor whose axes have names, a letter each. */
interface Labelled {
  readonly x: Operand;
  readonly labels: readonly string[];
}

/** `operand` with one axis for each label: an axis that occurs twice is its diagonal. */
function diagonal(b: Builder, { x, labels }: Labelled): Labelled {
  const second = labels.findIndex((label, axis) => labels.indexOf(label) < axis);
  if (second < 0) return { x, labels };
  const first = labels.indexOf(labels[second]!);
  const others = labels.flatMap((_, axis) => (axis === first || axis === second ? [] : [axis]));
  const moved = b.transpose(x, [...others, first, second]);
  const rest = moved.shape.slice(0, -2);
  const size = moved.shape.at(-1)!;
  // Every element of the square that lies one further in its row.
  const flat = b.reshape(moved, [...rest, size * size]);
  const taken = b.slice(
    flat,
    flat.shape.map(() => 0),
    flat.shape,
    [...rest.map(() => 1), size + 1],
  );
  return diagonal(b, { x: taken, labels: [...others.map((axis) => labels[axis]!), labels[first]!] });
}

/** `operand` without its axes that are in none of `others`: they are summed. */
function summed(b: Builder, { x, labels }: Labelled, others: readonly string[]): Labelled {
  const axes = labels.flatMap((label, axis) => (others.includes(label) ? [] : [axis]));
  return { x: reduce(b, x, axes, "add"), labels: labels.filter((label) => others.includes(label)) };
}

function arranged(b: Builder, { x, labels }: Labelled, order: readonly string[]): Operand {
  return b.transpose(
    x,
    order.map((label) => labels.indexOf(label)),
  );
}

function product(b: Builder, first: Labelled, second: Labelled, output: readonly string[]): Operand {
  const left = summed(b, first, [...output, ...second.labels]);
  const right = summed(b, second, [...output, ...first.labels]);
  const shared = left.labels.filter((label) => right.labels.includes(label));
  const places = (labels: readonly string[]) =>
    labels.map((label) => [left.labels.indexOf(label), right.labels.indexOf(label)] as const);
  const batch = shared.filter((label) => output.includes(label));
  const result = dotGeneral(b, left.x, right.x, {
    batching: places(batch),
    contracting: places(shared.filter((label) => !output.includes(label))),
  });
  const free = (of: Labelled) => of.labels.filter((label) => !shared.includes(label));
  return arranged(b, { x: result, labels: [...batch, ...free(left), ...free(right)] }, output);
}

/** Einsum. */
export const einsums: KernelRules = {
  Einsum: rule<Record<string, Operand>, { equation: string }>(ANY, (b, inputs, { equation }) => {
    const [left = "", right = ""] = equation.replaceAll(" ", "").split("->");
    const labels = left.split(",").map((names) => names.split(""));
    const [first, second] = Object.values(inputs).map((given, i) => {
      const x = given.type === "i1" ? converted(b, given, "i32") : given;
      return diagonal(b, { x, labels: labels[i]! });
    });
    const output = right.split("");
    return second ? product(b, first!, second, output) : arranged(b, summed(b, first!, output), output);
  }),
};
