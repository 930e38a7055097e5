/** @file The functions of a module beside its main one. */
import { Builder, type Precision } from "./builder.ts";
import { type Operand, type TensorType, typeText } from "./operand.ts";

/** Collects functions, each written once. */
export class Functions {
  private readonly texts = new Map<string, string>();
  private readonly precision: Precision;

  constructor(precision: Precision) {
    this.precision = precision;
  }

  /** Writes the function `name` unless it is there. */
  define(
    name: string,
    parameters: readonly TensorType[],
    body: (b: Builder, args: readonly Operand[]) => readonly Operand[],
  ): void {
    if (this.texts.has(name)) return;
    const args = parameters.map(({ shape, type }, i) => ({ name: `%arg${i}`, shape, type }));
    const b = new Builder(this, this.precision);
    const results = body(b, args);
    const header = args.map((arg) => `${arg.name}: ${typeText(arg)}`).join(", ");
    const types = results.map(typeText).join(", ");
    this.texts.set(
      name,
      [
        `func.func private @${name}(${header}) -> (${types}) {`,
        ...b.lines.map((line) => `  ${line}`),
        `  return ${results.map((result) => result.name).join(", ")} : ${types}`,
        "}",
      ].join("\n"),
    );
  }

  /** The texts, in the order of their making. */
  get all(): readonly string[] {
    return [...this.texts.values()];
  }
}
