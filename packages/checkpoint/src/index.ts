import "@nnx-js/tensor";
export { CheckpointMismatchError, FileFormatError, StorageError } from "./errors.ts";
export type { Layout, Link, StoredPart } from "./layouts/layout.ts";
export type { ByteSource, Source } from "./source/byte-source.ts";
export type { StoredDtype, TensorFile, TensorInfo } from "./tensor-file.ts";
