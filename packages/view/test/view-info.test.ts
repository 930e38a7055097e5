/** @file `viewInfo`: the text about a model's modes. */
import { BatchNorm, Dropout, Linear, List, Module, Rngs, Sequential, viewOptions } from "@nnx-js/nn";
import golden from "@nnx-js/testing/golden/view.json" with { type: "json" };
import { viewInfo } from "@nnx-js/view";
import { describe, expect, test } from "vitest";
import { Drop, Print, Spy } from "./models.ts";

function blockOf(rngs: Rngs): Sequential<[Linear, BatchNorm, Dropout]> {
  return new Sequential(new Linear(2, 4, { rngs }), new BatchNorm(4, { rngs }), new Dropout(0.1));
}

/** The words of a text about modes, without spelling and types, in which Flax's texts differ. */
function wordsOf(text: string): string[] {
  return text
    .replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase())
    .replaceAll(/\?|: bool \| None = None|: boolean = false/g, "")
    .toLowerCase()
    .split(/\s+/);
}

describe("viewInfo", () => {
  test("lists the modes of the classes in a model with type, default and description", () => {
    expect(viewInfo(blockOf(new Rngs(0)))).toMatchInlineSnapshot(`
      "BatchNorm:
        useRunningAverage?: boolean = false
          if true, the stored batch statistics will be used instead of
          computing the batch statistics on the input.
      Dropout:
        deterministic?: boolean = false
          if true, disables dropout masking."
    `);
  });

  test("says of Flax's layers what Flax says: classes, modes and descriptions", () => {
    expect(wordsOf(viewInfo(blockOf(new Rngs(0))))).toEqual(wordsOf(golden.view_info.sequential));
  });

  test("names each class once, sorted by name, whatever the order in the model", () => {
    const model = new List<Module>([new Print(), new Drop(), new List([new Drop(), new Print()])]);
    const classes = viewInfo(model)
      .split("\n")
      .filter((line) => !line.startsWith(" "));
    expect(classes).toEqual(["Drop:", "Print:"]);
  });

  test("shows no default where there is none, all lines of a description, and several types", () => {
    expect(viewInfo([new Print(), new Spy("s", () => {})])).toMatchInlineSnapshot(`
      "Print:
        msg?: string
          message to print;
          an empty one prints nothing
      Spy:
        a?: boolean = true
          one mode
        b?: integer | number[]
          another mode"
    `);
  });

  test("writes defaults as code", () => {
    class Defaults extends Module {
      static readonly viewOptions = viewOptions({
        text: { type: "string", default: 'a"b', description: "" },
        sizes: { type: "number[]", default: [1, 2], description: "" },
        rate: { type: "number", default: 0.5, description: "" },
      });
      setView(): void {}
    }
    expect(
      viewInfo(new Defaults())
        .split("\n")
        .filter((line) => line.trim()),
    ).toEqual([
      "Defaults:",
      '  text?: string = "a\\"b"',
      "  sizes?: number[] = [1, 2]",
      "  rate?: number = 0.5",
    ]);
  });

  test("is empty for a model without modes", () => {
    expect(viewInfo(new Linear(2, 2, { rngs: new Rngs(0) }))).toBe("");
  });

  test("leaves out classes that `only` does not select", () => {
    const model = blockOf(new Rngs(0));
    expect(viewInfo(model, { only: Dropout })).toMatch(/^Dropout:\n[^:]*: boolean = false\n[^:]*$/);
    expect(viewInfo(model, { only: Linear })).toBe("");
  });

  test("is made for a model that holds an Rngs", () => {
    class Noisy extends Module {
      readonly rngs = new Rngs(0);
      readonly drop = new Drop();
    }
    expect(viewInfo(new Noisy())).toMatch(/^Drop:/);
  });

  test("refuses what is no model", () => {
    expect(() => viewInfo(new Date())).toThrow("viewInfo: expected a Module");
  });
});
