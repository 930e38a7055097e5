/** @file The bytes of a model. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { Dtype } from "@nnx-js/jit/graph";
import {
  AttributeProto_AttributeType as AttributeType,
  type AttributeProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "../proto/onnx_pb.ts";
import { type BatchDim, type Dims, isStatic } from "../symbolic/dim.ts";
import { bytesOf, type OnnxArray } from "./arrays.ts";
import { type OnnxAttr, type OnnxGraph, type OnnxNode, TYPE_NUMBERS } from "./onnx-graph.ts";

/** An input or output of the model. */
export interface Port {
  readonly name: string;
  readonly shape: Dims;
  readonly dtype: Dtype;
}

/** What is written around the operators. */
export interface ModelParts {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The file, and beside it the elements of large initialisers, where they are kept apart. */
export interface ModelFiles {
  readonly model: Uint8Array;
  readonly data: Uint8Array | undefined;
}

/** The oldest version of the format that has each set of operators. */
const IR_VERSIONS: Readonly<Record<number, bigint>> = {
  18: 8n,
  19: 9n,
  20: 9n,
  21: 10n,
  22: 10n,
  23: 11n,
  24: 12n,
};

/** Initialisers from this many bytes on are kept apart; smaller ones shapes and axes are read from. */
const APART = 1024;
/** Where each of them begins is a multiple of this, so that it can be mapped into memory. */
const ALIGNMENT = 4096;

/** Writes a model; `location` is the name of the file beside it, if the weights are to be there. */
export function writeModel(graph: OnnxGraph, parts: ModelParts, location: string | undefined): ModelFiles {
  const store = location === undefined ? undefined : new DataFile(location);
  const initializer = [...graph.initializers].map(([name, array]) => tensorOf(name, array, store));
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSIONS[graph.opset]!,
    producerName: "nnx-js",
    opsetImport: [{ domain: "", version: BigInt(graph.opset) }],
    metadataProps: Object.entries(parts.metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: parts.name,
      node: graph.nodes.map(nodeOf),
      initializer,
      input: parts.inputs.map(portOf),
      output: parts.outputs.map(portOf),
    },
  });
  return { model: toBinary(ModelProtoSchema, model), data: store?.bytes() };
}

/** The file beside the model. */
class DataFile {
  readonly location: string;
  private readonly parts: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  private end = 0;

  constructor(location: string) {
    this.location = location;
  }

  /** Adds bytes; gives where they begin. */
  add(bytes: Uint8Array): number {
    const offset = Math.ceil(this.end / ALIGNMENT) * ALIGNMENT;
    this.parts.push({ offset, bytes });
    this.end = offset + bytes.length;
    return offset;
  }

  bytes(): Uint8Array {
    const whole = new Uint8Array(this.end);
    for (const { offset, bytes } of this.parts) whole.set(bytes, offset);
    return whole;
  }
}

function tensorOf(
  name: string,
  array: OnnxArray,
  store: DataFile | undefined,
): MessageInitShape<typeof TensorProtoSchema> {
  const bytes = bytesOf(array);
  const tensor = { name, dims: array.shape.map(BigInt), dataType: TYPE_NUMBERS[array.dtype] };
  if (!store || bytes.length < APART) return { ...tensor, rawData: bytes };
  const entries = { location: store.location, offset: store.add(bytes), length: bytes.length };
  return {
    ...tensor,
    dataLocation: DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value: String(value) })),
  };
}

function nodeOf({ type, inputs, outputs, attrs }: OnnxNode, index: number) {
  return {
    name: `${type}_${index}`,
    opType: type,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attrs).map(([name, value]) => attributeOf(name, value)),
  };
}

function attributeOf(name: string, value: OnnxAttr): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === "number") return { name, type: AttributeType.INT, i: BigInt(value) };
  if (typeof value === "string")
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ("float" in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: value.map(BigInt) };
}

function portOf({ name, shape, dtype }: Port): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape.map((size) =>
    isStatic(size)
      ? { value: { case: "dimValue" as const, value: BigInt(size) } }
      : { value: { case: "dimParam" as const, value: textOf(size) } },
  );
  return {
    name,
    type: { value: { case: "tensorType", value: { elemType: TYPE_NUMBERS[dtype], shape: { dim } } } },
  };
}

/** A size that follows the batch, as text. */
function textOf({ scale, offset }: BatchDim): string {
  const product = scale === 1 ? "batch" : `${scale}*batch`;
  return offset === 0 ? product : offset > 0 ? `${product} + ${offset}` : `${product} - ${-offset}`;
}
