/** @file The types of files of tensors, their sources and targets; checked by the compiler, not run. */
import {
  type ByteSource,
  deleteFile,
  httpSource,
  memoryTarget,
  openSource,
  openTarget,
  readSafetensors,
  saveSafetensors,
  type StoredDtype,
  type TensorFile,
  type TensorInfo,
  writeSafetensors,
} from "@nnx-js/checkpoint";
import type * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

declare const tensor: tf.Tensor;
declare const file: TensorFile;
declare const list: FileList;
declare const handle: FileSystemFileHandle;
declare const source: ByteSource;

expectTypeOf(readSafetensors("a")).toEqualTypeOf<Promise<TensorFile>>();
void readSafetensors(new URL("file:///a"), { integers: "float32" });
void readSafetensors(new Uint8Array(8), { integers: (name) => (name === "key" ? "wrap" : undefined) });
void readSafetensors(new Blob([]));
void readSafetensors(list as Iterable<File>);
void readSafetensors([new File([], "a")]);
void readSafetensors({ "a.index.json": new Uint8Array(8), "a.safetensors": "a" });
void readSafetensors(handle);
void readSafetensors(source);
// @ts-expect-error: a number is no source
void readSafetensors(7);
// @ts-expect-error: a misspelt option
void readSafetensors("a", { integer: "wrap" });
// @ts-expect-error: no such choice
void readSafetensors("a", { integers: "int64" });

expectTypeOf(file.info("a")).toEqualTypeOf<TensorInfo>();
expectTypeOf(file.info("a").dtype).toEqualTypeOf<StoredDtype>();
expectTypeOf(file.tensor("a")).resolves.toExtend<tf.Tensor>();
// @ts-expect-error: names are the file's
file.names.push("a");
// @ts-expect-error: metadata is the file's
file.metadata["a"] = "b";

expectTypeOf(writeSafetensors({ tensor })).resolves.toExtend<Uint8Array>();
expectTypeOf(saveSafetensors({ tensor }, "a")).toEqualTypeOf<Promise<void>>();
void writeSafetensors(new Map([["a", tensor]]), { metadata: { a: "b" }, dtype: "BF16" });
void writeSafetensors({ a: { dtype: "I64", shape: [1], data: BigInt64Array.of(1n) } });
void writeSafetensors(
  { tensor },
  { dtype: (name, { dtype, shape }) => (dtype === name && shape.length > 1 ? "F16" : undefined) },
);
// @ts-expect-error: metadata holds texts
void writeSafetensors({ tensor }, { metadata: { step: 1 } });
// @ts-expect-error: no such dtype
void writeSafetensors({ tensor }, { dtype: "F8_E4M3" });
// @ts-expect-error: a target is needed
void saveSafetensors({ tensor });
void saveSafetensors({ tensor }, new WritableStream<Uint8Array>());
void saveSafetensors({ tensor }, handle);
// @ts-expect-error: a stream of texts takes no bytes
void saveSafetensors({ tensor }, new WritableStream<string>());

expectTypeOf(memoryTarget().bytes()).toExtend<Uint8Array>();
expectTypeOf(openSource("a")).resolves.toEqualTypeOf<ByteSource>();
expectTypeOf(httpSource("https://a", { headers: { a: "b" } })).resolves.toEqualTypeOf<ByteSource>();
expectTypeOf(openTarget("a")).resolves.toHaveProperty("abort");
expectTypeOf(deleteFile).parameters.toEqualTypeOf<[string]>();
