import { Checkpointer, type CheckpointDirectory, type Restored } from "@nnx-js/checkpoint";
import type { Module } from "@nnx-js/nn";
import { expectTypeOf } from "vitest";

declare const model: Module;
declare const handle: FileSystemDirectoryHandle;
declare const own: CheckpointDirectory;

// Paths, addresses, handles of browsers, and directories of one's own.
for (const directory of ["runs", new URL("file:///runs"), handle, own]) void new Checkpointer(directory);
// @ts-expect-error: no directory
void new Checkpointer(5);
// @ts-expect-error: a misspelt option
void new Checkpointer("runs", { kepp: 3 });
// @ts-expect-error: no such mode
void new Checkpointer("runs", { best: { metric: "loss", mode: "least" } });
// @ts-expect-error: the mode is missing
void new Checkpointer("runs", { best: { metric: "loss" } });

const plain = new Checkpointer("runs");
expectTypeOf(plain).toEqualTypeOf<Checkpointer>();
expectTypeOf(plain.save(1, { model })).toEqualTypeOf<Promise<void>>();
void plain.save(1, model, { metrics: { anything: 1 }, metadata: { run: "a" } });
// @ts-expect-error: metrics are numbers
void plain.save(1, model, { metrics: { loss: "1" } });
// @ts-expect-error: texts
void plain.save(1, model, { metadata: { epoch: 1 } });

const best = new Checkpointer("runs", { keep: 3, best: { metric: "loss", mode: "min" } });
expectTypeOf(best).toEqualTypeOf<Checkpointer<"loss">>();
void best.save(1, model);
void best.save(1, model, { metrics: { loss: 1, accuracy: 0.5 } });
// @ts-expect-error: the metric that is the best one's is missing
void best.save(1, model, { metrics: { accuracy: 0.5 } });
// @ts-expect-error: it is misspelt
void best.save(1, model, { metrics: { los: 1 } });

expectTypeOf(best.restore(model, { step: "best" })).toEqualTypeOf<Promise<Restored | undefined>>();
void best.restore(model, { step: 3 });
// @ts-expect-error: neither a number nor one of the names
void best.restore(model, { step: "first" });
expectTypeOf(best.steps()).toEqualTypeOf<Promise<number[]>>();
expectTypeOf(best.latest()).toEqualTypeOf<Promise<number | undefined>>();
expectTypeOf(best.best()).toEqualTypeOf<Promise<number | undefined>>();
expectTypeOf(best).toExtend<AsyncDisposable>();
