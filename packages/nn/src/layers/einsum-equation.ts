/** @file Equations of einsum with two operands, and their products. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, ShapeMismatchError } from "../errors.ts";
import { dotGeneral, transposed } from "./dot-general.ts";

/** An equation with its labels, one a character: `nta,hab->nthb`. */
export interface Equation {
  readonly left: string;
  readonly right: string;
  readonly output: string;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const TERM = /^[a-zA-Z]*(?:\.\.\.[a-zA-Z]*)?$/;

/** Reads an equation of two operands; spaces do not count. @throws InvalidArgumentError for any other */
export function parseEquation(equation: string, layer: object): Equation {
  const text = typeof equation === "string" ? equation.replaceAll(/\s/g, "") : "";
  const [operands = "", output, ...rest] = text.split("->");
  const terms = operands.split(",");
  const fail = (what: string) => {
    throw new InvalidArgumentError(
      `einsumStr must ${what}, got "${equation}". Write the input, the kernel and the output: "nta,hab->nthb".`,
      layer,
    );
  };
  if (output === undefined || rest.length > 0) fail('be explicit and include one "->"');
  if (terms.length !== 2) fail("have exactly two operands, so one comma");
  const [left, right] = terms as [string, string];
  for (const term of [left, right, output!]) {
    if (!TERM.test(term)) fail('hold nothing but letters and one "..." a term');
    if (new Set(term.replace("...", "")).size < term.replace("...", "").length) {
      fail("name each axis of a term differently");
    }
  }
  const unknown = Array.from(output!).find((label) => !left.includes(label) && !right.includes(label));
  if (unknown !== undefined) fail(`find the label ${unknown} of the output in an operand`);
  return { left, right, output: output! };
}

/** The equation with letters for `...`: as many as the operands have axes that are not named. */
export function expandEquation(
  { left, right, output }: Equation,
  x: tf.Tensor,
  y: tf.Tensor,
  layer: object,
): Equation {
  const unnamed = [hiddenAxes(left, x, "input", layer), hiddenAxes(right, y, "kernel", layer)];
  const used = left + right + output;
  const free = Array.from(LETTERS).filter((letter) => !used.includes(letter));
  const letters = free.slice(0, Math.max(...unnamed)).join("");
  // Axes that are not named are aligned at the last, as in broadcasting.
  const expand = (term: string, count: number) => term.replace("...", letters.slice(letters.length - count));
  return {
    left: expand(left, unnamed[0]!),
    right: expand(right, unnamed[1]!),
    output: expand(output, letters.length),
  };
}

function hiddenAxes(term: string, operand: tf.Tensor, name: string, layer: object): number {
  const named = term.replace("...", "").length;
  const hidden = operand.rank - named;
  if (term.includes("...") ? hidden >= 0 : hidden === 0) return hidden;
  throw new ShapeMismatchError(
    `expected an ${name} with ${named} axes${term.includes("...") ? " or more" : ""} ("${term}"), got one of shape ` +
      `[${operand.shape.join(", ")}]. Name its axes in einsumStr, or reshape it.`,
    layer,
  );
}

/** The product that an equation without `...` describes. Differentiable. */
export function einsumProduct(
  { left, right, output }: Equation,
  x: tf.Tensor,
  y: tf.Tensor,
  layer: object,
): tf.Tensor {
  for (const label of left) {
    const [sizeX, sizeY] = [x.shape[left.indexOf(label)], y.shape[right.indexOf(label)]];
    if (!right.includes(label) || sizeX === sizeY) continue;
    throw new ShapeMismatchError(
      `expected axis ${label} of "${left},${right}->${output}" to have ${sizeY} places as in the kernel, got an ` +
        `input of shape [${x.shape.join(", ")}]. Pass a kernelShape with ${sizeX} there, or project the input first.`,
      layer,
    );
  }
  const [leftKept, xs] = withoutLone(left, right + output, x);
  const [rightKept, ys] = withoutLone(right, left + output, y);
  const shared = Array.from(leftKept).filter((label) => rightKept.includes(label));
  const batch = shared.filter((label) => output.includes(label));
  const contract = shared.filter((label) => !output.includes(label));
  const axes = (term: string) => ({
    batch: batch.map((label) => term.indexOf(label)),
    contract: contract.map((label) => term.indexOf(label)),
  });
  const product = dotGeneral(xs, ys, axes(leftKept), axes(rightKept));
  const free = (term: string) => Array.from(term).filter((label) => !shared.includes(label));
  const labels = [...batch, ...free(leftKept), ...free(rightKept)];
  return transposed(
    product,
    Array.from(output).map((label) => labels.indexOf(label)),
  );
}

/** Sums an operand over axes that only it names. */
function withoutLone(term: string, others: string, operand: tf.Tensor): [string, tf.Tensor] {
  const lone = Array.from(term).flatMap((label, axis) => (others.includes(label) ? [] : [axis]));
  if (lone.length === 0) return [term, operand];
  const kept = Array.from(term).filter((_, axis) => !lone.includes(axis));
  return [kept.join(""), tf.sum(operand, lone)];
}
