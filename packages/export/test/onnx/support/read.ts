/** @file What stands in a model, in words. */
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, type ValueInfoProto } from "../../../src/onnx/proto/onnx_pb.ts";

const TYPES: Readonly<Record<number, string>> = { 1: "float32", 6: "int32", 7: "int64", 9: "bool" };

function port({ name, type }: ValueInfoProto): string {
  if (type?.value.case !== "tensorType") return name;
  const { elemType, shape } = type.value.value;
  const dims = (shape?.dim ?? []).map(({ value }) => String(value.value));
  return `${name}: ${TYPES[elemType]}[${dims.join(", ")}]`;
}

/** Operators in their order, and the names of what goes in and out. */
export function read(bytes: Uint8Array) {
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  return {
    operators: graph!.node.map(({ opType }) => opType),
    initializers: graph!.initializer.map(({ name }) => name),
    inputs: graph!.input.map(port),
    outputs: graph!.output.map(port),
  };
}
