/** @file A graph as a module of StableHLO. */
import type { Graph, KernelNode, Value } from "@nnx-js/jit/graph";
import { converted, elementType } from "./convert.ts";
import { Builder, type Precision } from "./mlir/builder.ts";
import { Functions } from "./mlir/functions.ts";
import { type Operand, typeText } from "./mlir/operand.ts";
import { UnsupportedExportError } from "../errors.ts";
import { refused } from "./rule.ts";
import { RULES } from "./rules.ts";

/** The version of StableHLO whose operations are written: readers of this and of all later ones take them. */
const STABLEHLO_VERSION = "1.0.0";

/** An argument of the module's function. */
interface ModuleArgument {
  readonly value: Value;
  /** `state` is given again as a result where it changes, and an `input` is new in each call. */
  readonly role: "state" | "input";
  readonly name: string;
}

/** A result of the module's function. */
interface ModuleResult {
  readonly value: Value;
  readonly role: "state" | "output";
  readonly name: string;
  /** The number of the argument in whose memory it may be written. */
  readonly nextOf?: number | undefined;
}

/** What a module is written from. */
export interface ModuleParts {
  readonly graph: Graph;
  readonly args: readonly ModuleArgument[];
  readonly results: readonly ModuleResult[];
  /** Parameters of the graph whose elements do not change. */
  readonly constants: readonly { readonly value: Value; readonly elements: ArrayLike<number> }[];
  readonly precision: Precision;
  /** Who asks for it, for errors. */
  readonly caller: string;
}

/**
 * The text of a module with one public function, `main`.
 *
 * @throws UnsupportedExportError for a kernel that has no rule, or inputs of a dtype that its rule does not take
 */
export function writeModule({ graph, args, results, constants, precision, caller }: ModuleParts): string {
  const functions = new Functions(precision);
  const b = new Builder(functions, precision);
  const operands = new Map<Value, Operand>();
  const header = args.map(({ value, role, name }, i) => {
    const operand = { name: `%arg${i}`, shape: value.shape, type: elementType(value.dtype) };
    operands.set(value, operand);
    const alias = results.findIndex(({ nextOf }) => nextOf === i);
    const attributes = [
      `jax.arg_info = ${quoted(name)}`,
      `nnx.${role} = ${quoted(name)}`,
      ...(alias < 0 ? [] : [`tf.aliasing_output = ${alias} : i32`]),
    ];
    return `${operand.name}: ${typeText(operand)} {${attributes.join(", ")}}`;
  });
  for (const { value, elements } of [...graph.constants, ...constants]) {
    operands.set(value, b.table(elements, value.shape, elementType(value.dtype)));
  }
  for (const node of graph.nodes) writeNode(b, node, operands, caller);
  const values = results.map(({ value }) => operands.get(value)!);
  const types = values.map((value, i) => {
    const { role, name } = results[i]!;
    return `${typeText(value)} {jax.result_info = ${quoted(name)}, nnx.${role} = ${quoted(name)}}`;
  });
  return [
    `module @${symbol(graph.name)} attributes {nnx.format = 1 : i64, nnx.stablehlo_version = "${STABLEHLO_VERSION}"} {`,
    `  func.func public @main(${header.join(", ")}) -> (${types.join(", ")}) {`,
    ...b.lines.map((line) => `    ${line}`),
    values.length === 0
      ? "    return"
      : `    return ${values.map(({ name }) => name).join(", ")} : ${values.map(typeText).join(", ")}`,
    "  }",
    ...functions.all.flatMap((text) => text.split("\n").map((line) => `  ${line}`)),
    "}",
    "",
  ].join("\n");
}

function writeNode(b: Builder, node: KernelNode, operands: Map<Value, Operand>, caller: string): void {
  const { kernelName, attrs, outputs } = node;
  const rule = Object.hasOwn(RULES, kernelName) ? RULES[kernelName] : undefined;
  if (!rule) throw unsupported(caller, node, "which cannot be written in StableHLO");
  const inputs: Record<string, Operand> = {};
  for (const name in node.inputs) inputs[name] = operands.get(node.inputs[name]!)!;
  const wrong = refused(rule.takes, inputs);
  if (wrong) throw unsupported(caller, node, `with ${wrong}, which cannot be written in StableHLO`);
  const written = [rule.write(b, inputs, attrs, outputs)].flat();
  for (const [i, value] of outputs.entries()) {
    const operand = converted(b, written[i]!, elementType(value.dtype));
    if (operand.shape.join() !== value.shape.join()) {
      throw new Error(
        `internal: ${kernelName} is written with the shape [${operand.shape.join(", ")}], expected ` +
          `[${value.shape.join(", ")}]`,
      );
    }
    operands.set(value, operand);
  }
}

function unsupported(
  caller: string,
  { kernelName, source }: KernelNode,
  reason: string,
): UnsupportedExportError {
  return new UnsupportedExportError(caller, kernelName, {
    source,
    reason,
    wayOut: reason.startsWith("with")
      ? "Cast to float32 before (tf.cast), or compute it outside of the function and pass the result in."
      : "Compute it outside of the function and pass the result in, or by operations that can be written.",
  });
}

/** A text attribute. */
function quoted(text: string): string {
  // All but printable ASCII by its bytes, in hexadecimal.
  const bytes = [...new TextEncoder().encode(text)].map((byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  );
  return `"${bytes.join("")}"`;
}

/** The name of a module, as a symbol. */
function symbol(name: string): string {
  const text = name.replaceAll(/[^\w$.]/g, "_");
  return /^[A-Za-z_]/.test(text) ? text : `_${text}`;
}
