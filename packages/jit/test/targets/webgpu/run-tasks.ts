/** @file Runs tasks on the device of TensorFlow.js's webgpu backend. */
import * as tf from "@tensorflow/tfjs-core";
import type { Buffer } from "../../../src/expr/expr.ts";
import { moduleText, ROW_HEAD } from "../../../src/targets/webgpu/launch/module.ts";
import { codeOf } from "../../../src/targets/webgpu/launch/task-code.ts";
import { hasSubgroups } from "../../../src/targets/webgpu/device/subgroups.ts";
import type { Task } from "../../../src/targets/webgpu/task.ts";

/** The elements of a buffer. */
export type Elements = Float32Array | Int32Array | Uint32Array;

/** Words that no task may touch, before and behind each buffer. */
const GUARD = 64;
const MARK = 0x7fc12345;

let buffers = 0;

/** A new buffer of `size` elements. */
export function newBuffer(size: number): Buffer {
  return { id: buffers++, size, role: { kind: "temporary" } };
}

/** The device of the active backend, which must be webgpu. */
export function webgpuDevice(): GPUDevice {
  const { device } = tf.backend() as unknown as { device?: GPUDevice };
  if (!device) throw new Error(`these tests need the webgpu backend, not ${tf.getBackend()}`);
  return device;
}

/**
 * Runs `tasks` one after the other. `contents` gives what buffers hold, and takes what they hold in the end; the
 * others that tasks name hold anything at first.
 *
 * @throws if WGSL is refused, or words outside of the buffers have changed
 */
export async function runTasks(
  tasks: readonly Task[],
  contents: ReadonlyMap<Buffer, Elements>,
): Promise<void> {
  const device = webgpuDevice();
  const places = new Map<Buffer, number>();
  let size = GUARD;
  for (const buffer of [...contents.keys(), ...tasks.flatMap(({ reads, writes }) => [...reads, ...writes])]) {
    if (places.has(buffer)) continue;
    places.set(buffer, size);
    size += buffer.size + GUARD;
  }
  const words = new Uint32Array(size).fill(MARK);
  for (const [buffer, elements] of contents) {
    if (elements.length !== buffer.size) throw new Error("a buffer is given too many or too few elements");
    words.set(new Uint32Array(elements.buffer, elements.byteOffset, elements.length), places.get(buffer));
  }
  const after = await onDevice(device, tasks, places, words);
  const end = (buffer: Buffer) => places.get(buffer)! + buffer.size;
  let from = 0;
  for (const [buffer, place] of [...places, [undefined, size] as const]) {
    if (after.subarray(from, place).some((word) => word !== MARK)) {
      throw new Error("a task wrote outside of its buffers");
    }
    if (buffer) from = end(buffer);
  }
  for (const [buffer, elements] of contents) {
    const place = places.get(buffer)!;
    new Uint32Array(elements.buffer, elements.byteOffset, elements.length).set(
      after.subarray(place, place + buffer.size),
    );
  }
}

async function onDevice(
  device: GPUDevice,
  tasks: readonly Task[],
  places: ReadonlyMap<Buffer, number>,
  words: Uint32Array<ArrayBuffer>,
): Promise<Uint32Array> {
  const held: GPUBuffer[] = [];
  const bufferOf = (content: Uint32Array<ArrayBuffer>, usage: number) => {
    const buffer = device.createBuffer({ size: content.byteLength, usage: usage | GPUBufferUsage.COPY_DST });
    held.push(buffer);
    device.queue.writeBuffer(buffer, 0, content);
    return buffer;
  };
  try {
    const heap = bufferOf(words, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
    const staging = bufferOf(words, GPUBufferUsage.MAP_READ);
    const encoder = device.createCommandEncoder();
    const launches = [];
    for (const task of tasks) {
      const { text, row } = launchOf(device, task, places);
      const pipeline = await pipelineOf(device, text);
      const table = bufferOf(row, GPUBufferUsage.STORAGE);
      const bindings = device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: [heap, table].map((buffer, binding) => ({ binding, resource: { buffer } })),
      });
      launches.push({ pipeline, bindings, dispatch: dispatchOf(task.groups) });
    }
    const pass = encoder.beginComputePass();
    for (const { pipeline, bindings, dispatch } of launches) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      pass.dispatchWorkgroups(...dispatch);
    }
    pass.end();
    encoder.copyBufferToBuffer(heap, 0, staging, 0, words.byteLength);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    return new Uint32Array(staging.getMappedRange().slice(0));
  } finally {
    for (const buffer of held) buffer.destroy();
  }
}

/** The module of a task alone, and its row of the table. */
function launchOf(device: GPUDevice, task: Task, places: ReadonlyMap<Buffer, number>) {
  const code = codeOf(task, hasSubgroups(device));
  const row = new Uint32Array(ROW_HEAD + code.words.length);
  row[1] = task.groups;
  for (const [i, word] of code.words.entries()) {
    const value = "buffer" in word ? places.get(word.buffer) : word.value;
    if (value === undefined) throw new Error(`${task.label} names a buffer that it does not declare`);
    row[ROW_HEAD + i] = value;
  }
  const { sharedWords, sharedQuads, sharedHalves } = task;
  return {
    text: moduleText([{ code, tasks: 1, sharedWords, sharedQuads, sharedHalves }]),
    row,
  };
}

/** At least so many workgroups: in a rectangle where there are more than a row can hold. */
function dispatchOf(groups: number): [x: number, y: number] {
  const rows = Math.ceil(groups / 65_535);
  return [Math.ceil(groups / rows), rows];
}

/** By device and code: tasks that differ in the table only are compiled once. */
const pipelines = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>();

async function pipelineOf(device: GPUDevice, code: string): Promise<GPUComputePipeline> {
  const known = pipelines.get(device) ?? new Map<string, GPUComputePipeline>();
  pipelines.set(device, known);
  let pipeline = known.get(code);
  if (pipeline) return pipeline;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  pipeline = device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
  const error = await device.popErrorScope();
  if (error) {
    const numbered = code.split("\n").map((line, i) => `${i + 1}: ${line}`);
    throw new Error(`${error.message}\n${numbered.join("\n")}`);
  }
  known.set(code, pipeline);
  return pipeline;
}
