/** @file The workers that help the main thread with large steps. */
import { HeapArena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import { Account } from "./account.ts";
import { CONTROL, CONTROL_BYTES, MOST_THREADS } from "./control.ts";
import { WORKER_SOURCE } from "./worker-source.ts";

/** What a worker can be told, with the bytes that the memory has by then. */
type Message = { readonly bytes: number } & News;

type News =
  | {
      kind: "start";
      memory: WebAssembly.Memory;
      control: number;
      handled: number;
      thread: number;
      threads: number;
    }
  | { kind: "add"; program: number; module: WebAssembly.Module; scratch: number; ready: number }
  | { kind: "remove"; program: number };

interface WorkerHandle {
  post(message: Message): void;
  terminate(): void;
}

/** A program that workers know of, or will. */
export interface SharedProgram {
  /** Not 0. */
  readonly id: number;
  /** Lets the workers forget it, which runs no more. */
  dispose(): void;
}

const pools = new WeakMap<Heap, Pool | undefined>();

/** The pool of `heap`, made when it is first asked for; undefined where threads cannot help. */
export function poolOf(heap: Heap): Pool | undefined {
  if (!pools.has(heap)) pools.set(heap, Pool.for(heap));
  return pools.get(heap);
}

/** How many threads may work on `heap`, the main one among them. */
export function threadsFor(heap: Heap): number {
  return heap.isShared ? Math.min(processors(), MOST_THREADS) : 1;
}

/** Workers on one heap. They are there for good once they were needed, but do not keep the process alive. */
export class Pool {
  /** The byte address of the control block. */
  readonly control: number;
  /** How many workers there are. */
  readonly size: number;
  /** Whether the main thread may sleep while it waits for them; that of a page may not. */
  readonly maySleep = maySleep();
  /** What the workers have gained of late. */
  readonly account = new Account();
  private readonly heap: Heap;
  private readonly workers: readonly WorkerHandle[];
  private readonly words: Int32Array;
  private programs = 0;
  private isRetired = false;
  /** The addresses at which workers of programs are counted. */
  private readonly readiness = new Set<number>();
  /** Those of programs that were removed. */
  private readonly forgotten = new Set<number>();

  private constructor(heap: Heap, size: number) {
    this.heap = heap;
    this.workers = startWorkers(size, () => this.retire());
    this.size = this.workers.length;
    this.control = heap.allocate(CONTROL_BYTES);
    this.words = heap.int32(this.control, CONTROL_BYTES / 4);
    this.words.fill(0);
    const threads = this.size + 1;
    const { control } = this;
    this.send((i) => ({ kind: "start", memory: heap.memory, control, handled: 1, thread: i + 1, threads }));
  }

  /** A pool for `heap`; undefined where its memory is not shared, no worker may be made, or there is one processor. */
  static for(heap: Heap): Pool | undefined {
    const size = threadsFor(heap) - 1;
    if (size < 1) return undefined;
    const pool = new Pool(heap, size);
    if (pool.size > 0) return pool;
    heap.release(pool.control);
    return undefined;
  }

  /**
   * Tells the workers of a program, whose exported `step(step, scratch, begin, end)` they will call. Each adds 1 to the
   * int32 at `ready` as soon as it can. The pool gives that piece of the heap back.
   */
  add(module: WebAssembly.Module, scratchBytes: number, ready: number): SharedProgram {
    const id = ++this.programs;
    this.releaseReadiness();
    const scratches = new HeapArena(this.heap);
    const addresses: number[] = [];
    try {
      for (let i = 0; i < this.size; i++) addresses.push(scratches.allocate(scratchBytes));
    } catch (error) {
      scratches.dispose();
      throw error;
    }
    this.readiness.add(ready);
    this.send((i) => ({ kind: "add", program: id, module, scratch: addresses[i]!, ready }));
    return {
      id,
      dispose: () => {
        this.readiness.delete(ready);
        this.send(() => ({ kind: "remove", program: id }));
        scratches.dispose();
        this.forgotten.add(ready);
        this.releaseReadiness();
      },
    };
  }

  /** Whether a worker could not do its part, and the pool still is in use. */
  get hasFailed(): boolean {
    return !this.isRetired && Atomics.load(this.words, CONTROL.failures) > 0;
  }

  /** Ends the workers: from now on the main thread runs all programs of the heap alone. */
  retire(): void {
    this.isRetired = true;
    for (const worker of this.workers) worker.terminate();
    pools.set(this.heap, undefined);
    // One that is still starting may add to the count, which never is that of the workers any more.
    for (const ready of this.readiness) Atomics.store(this.heap.int32(ready, 1), 0, NEVER_READY);
  }

  /**
   * Gives back the counts of programs that were removed, once all workers have counted: one that comes late would add
   * to what somebody else keeps there.
   */
  private releaseReadiness(): void {
    for (const ready of this.forgotten) {
      const count = Atomics.load(this.heap.int32(ready, 1), 0);
      if (count < this.size) continue;
      this.forgotten.delete(ready);
      this.heap.release(ready);
    }
  }

  private send(news: (worker: number) => News): void {
    // Before the messages: a worker that has handled one more than were announced would wait for ever.
    Atomics.add(this.words, CONTROL.messages, 1);
    // A sleeping worker wakes up to look; there is no job of this generation.
    Atomics.add(this.words, CONTROL.generation, 1);
    Atomics.notify(this.words, CONTROL.generation);
    const bytes = this.heap.memory.buffer.byteLength;
    for (const [i, worker] of this.workers.entries()) worker.post({ bytes, ...news(i) });
  }
}

const NEVER_READY = -(2 ** 30);

function maySleep(): boolean {
  try {
    // It is not 1, so there is nothing to wait for.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

function processors(): number {
  return globalThis.navigator?.hardwareConcurrency ?? nodeModule("node:os")?.availableParallelism() ?? 1;
}

/** As many workers as the engine and its policies let us make: `node --permission` allows none. */
function startWorkers(size: number, onFailure: () => void): WorkerHandle[] {
  const workers: WorkerHandle[] = [];
  try {
    while (workers.length < size) workers.push(startWorker(onFailure));
  } catch {
    // With those that there are.
  }
  return workers;
}

/** @param onFailure called when the worker cannot go on, as where memory ran out, a policy forbids it or somebody ends it */
function startWorker(onFailure: () => void): WorkerHandle {
  const threads = nodeModule("node:worker_threads");
  if (threads) {
    // Without the options of this process, such as a loader, or that text is a module.
    const worker = new threads.Worker(WORKER_SOURCE, { eval: true, execArgv: [] });
    worker.unref();
    worker.on("error", onFailure);
    worker.on("exit", onFailure);
    return {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window
      post: (message) => worker.postMessage(message),
      terminate: () => void worker.terminate(),
    };
  }
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.addEventListener("error", onFailure);
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window
    post: (message) => worker.postMessage(message),
    terminate: () => worker.terminate(),
  };
}

/** What is used of Node's modules, whose types are not there in browsers. */
interface NodeModules {
  "node:os": { availableParallelism(): number };
  "node:worker_threads": {
    Worker: new (
      source: string,
      options: { eval: true; execArgv: string[] },
    ) => {
      on(event: "error" | "exit", listener: () => void): void;
      postMessage(message: unknown): void;
      terminate(): Promise<number>;
      unref(): void;
    };
  };
}

/** A module of Node, without an import that bundlers would see; undefined in browsers. */
function nodeModule<K extends keyof NodeModules>(name: K): NodeModules[K] | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => NodeModules[K] | undefined };
  };
  return process?.getBuiltinModule?.(name);
}
