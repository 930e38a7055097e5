/** @file The pipelines of a device: one for each text. */
import { COMPUTE_STAGE } from "./usage.ts";

/** With more than this, those that nobody uses are let go. */
const MOST = 512;

/** The code of a pipeline, and what tools that show what a device does call it. */
export interface PipelineCode {
  readonly code: string;
  readonly label: string;
}

/** A pipeline, if it is there already. */
interface Entry {
  pipeline: GPUComputePipeline | undefined;
  users: number;
}

/**
 * Makes the pipelines of launches, which all have the same bindings: the heap, a piece of a table, and the number of the
 * turn of the loop that they are in.
 */
export class Pipelines {
  readonly groupLayout: GPUBindGroupLayout;
  readonly #device: GPUDevice;
  readonly #layout: GPUPipelineLayout;
  readonly #entries = new Map<string, Entry>();

  constructor(device: GPUDevice) {
    this.#device = device;
    this.groupLayout = device.createBindGroupLayout({
      entries: [
        { binding: 0, visibility: COMPUTE_STAGE, buffer: { type: "storage" } },
        ...[1, 2].map((binding) => ({
          binding,
          visibility: COMPUTE_STAGE,
          buffer: { type: "read-only-storage" as const, hasDynamicOffset: true },
        })),
      ],
    });
    this.#layout = device.createPipelineLayout({ bindGroupLayouts: [this.groupLayout] });
  }

  /** Says that the pipeline of a module with the text `code` will be needed. */
  reserve(code: string): void {
    this.#entryOf(code).users++;
  }

  /** The pipeline of a module whose entry point is `main`; it is compiled now unless it was before. */
  take({ code, label }: PipelineCode): GPUComputePipeline {
    const entry = this.#entryOf(code);
    return (entry.pipeline ??= this.#device.createComputePipeline(this.#descriptorOf({ code, label })));
  }

  /**
   * Compiles pipelines that are not there yet, at the same time and without making this thread wait. What is wrong with
   * them, {@link take} finds again.
   */
  async prepare(codes: readonly PipelineCode[]): Promise<void> {
    const missing = new Map(codes.map((each) => [each.code, each]));
    for (const { code } of codes) if (this.#entryOf(code).pipeline) missing.delete(code);
    const made = [...missing.values()].map(async (each) => {
      const pipeline = await this.#device.createComputePipelineAsync(this.#descriptorOf(each));
      this.#entryOf(each.code).pipeline ??= pipeline;
    });
    await Promise.allSettled(made);
  }

  #entryOf(code: string): Entry {
    let entry = this.#entries.get(code);
    if (!entry) this.#entries.set(code, (entry = { pipeline: undefined, users: 0 }));
    return entry;
  }

  #descriptorOf({ code, label }: PipelineCode): GPUComputePipelineDescriptor {
    const module = this.#device.createShaderModule({ code, label });
    return { layout: this.#layout, compute: { module, entryPoint: "main" }, label };
  }

  /** Gives one back. Some that nobody uses are kept for those who compile the same again. */
  release(code: string): void {
    const entry = this.#entries.get(code);
    if (!entry) return;
    entry.users--;
    for (const [text, { users }] of this.#entries) {
      if (this.#entries.size <= MOST) return;
      if (users === 0) this.#entries.delete(text);
    }
  }
}
