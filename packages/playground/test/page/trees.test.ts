/** @file Lines join what is the same weight, at the rows that are to be seen. */
import { describe, expect, test } from "vitest";
import type { TreeNode } from "../../src/protocol/events.ts";
import { closedAtFirst } from "../../src/page/trees/folding.ts";
import { linePath, relativeTo } from "../../src/page/trees/geometry.ts";
import { joinsOf } from "../../src/page/trees/joins.ts";

function node(path: string, children: readonly TreeNode[] = [], rest: Partial<TreeNode> = {}): TreeNode {
  return { path, name: path.split(".").at(-1)!, className: "Module", modes: [], children, ...rest };
}

const weight = (path: string, shared: number) => node(path, [], { className: "Param", shared });
const MODE = { name: "deterministic", value: true, choices: [false, true], info: "" };

const model = () =>
  node("", [
    node("a", [weight("a.kernel", 0), weight("a.bias", 1)]),
    node("b", [node("b.c", [weight("b.c.kernel", 2)])]),
  ]);
const trees = () => ({ train: model(), eval: model() });

describe("joinsOf", () => {
  test("joins each weight with itself", () => {
    expect(joinsOf(trees(), new Set())).toEqual([
      { from: "a.kernel", to: "a.kernel", shared: [0] },
      { from: "a.bias", to: "a.bias", shared: [1] },
      { from: "b.c.kernel", to: "b.c.kernel", shared: [2] },
    ]);
  });

  test("a closed module stands for all that is in it, the outermost for those inside", () => {
    expect(joinsOf(trees(), new Set(["a", "b", "b.c"]))).toEqual([
      { from: "a", to: "a", shared: [0, 1] },
      { from: "b", to: "b", shared: [2] },
    ]);
  });

  test("one weight at two paths is joined from both to both", () => {
    const tied = () => node("", [weight("embed", 7), weight("head", 7)]);
    const pairs = joinsOf({ train: tied(), eval: tied() }, new Set()).map(({ from, to }) => `${from} ${to}`);
    expect(pairs).toEqual(["embed embed", "embed head", "head embed", "head head"]);
  });

  test("a weight that only one tree has is joined to nothing", () => {
    const both = { train: node("", [weight("x", 1)]), eval: node("", [weight("x", 2)]) };
    expect(joinsOf(both, new Set())).toEqual([]);
  });
});

describe("linePath", () => {
  const box = (left: number, right: number, top: number) => ({ left, right, top, bottom: top + 20 });

  test("is straight between rows of one height", () => {
    expect(linePath(box(0, 100, 40), box(200, 300, 40))).toBe("M105 50H195");
  });

  test("is level at both ends of a slope", () => {
    expect(linePath(box(0, 100, 40), box(200, 300, 80))).toBe("M105 50C150 50 150 90 195 90");
  });

  test("never runs backwards where rows touch", () => {
    expect(linePath(box(0, 199, 0), box(200, 300, 0))).toBe("M204 10H204");
  });

  test("counts from the corner of what holds both trees", () => {
    const origin = { left: 10, right: 500, top: 30, bottom: 600 };
    expect(relativeTo(origin, box(60, 90, 50))).toEqual({ left: 50, right: 80, top: 20, bottom: 40 });
  });
});

describe("closedAtFirst", () => {
  const block = (path: string) =>
    node(path, [
      node(`${path}.linear`, [weight(`${path}.linear.kernel`, 1), weight(`${path}.linear.bias`, 2)]),
      node(`${path}.dropout`, [], { className: "Dropout", modes: [MODE] }),
    ]);

  test("leaves a small tree open", () => {
    expect(closedAtFirst(model())).toEqual(new Set());
  });

  test("closes modules without modes first, all that are alike", () => {
    const root = node("", [block("first"), block("second")]);
    expect(closedAtFirst(root, 8)).toEqual(new Set(["first.linear", "second.linear"]));
  });

  test("then the later ones of equal siblings, and never the root", () => {
    const root = node("", [block("first"), block("second")]);
    expect(closedAtFirst(root, 5)).toEqual(new Set(["first.linear", "second.linear", "second"]));
    expect(closedAtFirst(root, 1).has("")).toBe(false);
  });
});
