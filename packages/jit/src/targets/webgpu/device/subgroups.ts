/** @file Whether subgroups of a device are what code takes them for: tried once, before anybody relies on it. */
import { MAP_MODE_READ, USAGE } from "./usage.ts";

const GROUPS = 4;
const WORKGROUP = 256;

/** Answers 1 for each invocation that finds what it should. */
const CODE = `
enable subgroups;
@group(0) @binding(0) var<storage, read_write> answers: array<u32>;
@compute @workgroup_size(${WORKGROUP})
fn main(
  @builtin(workgroup_id) at: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_size) subgroup: u32,
  @builtin(subgroup_invocation_id) place: u32,
) {
  let isPower = subgroup > 0u && (subgroup & (subgroup - 1u)) == 0u && subgroup <= ${WORKGROUP}u;
  let members = subgroupAdd(1u);
  var isRight = isPower && place == lane % max(subgroup, 1u) && members == subgroup;
  let value = lane * 7u + at.x;
  for (var half = ${WORKGROUP / 2}u; half > 0u; half >>= 1u) {
    if (half < subgroup) {
      let other = subgroupShuffleXor(value, half);
      let float = subgroupShuffleXor(f32(value) + 0.5, half);
      isRight = isRight && other == (lane ^ half) * 7u + at.x && float == f32(other) + 0.5;
    }
  }
  answers[at.x * ${WORKGROUP}u + lane] = select(0u, 1u, isRight);
}`;

/** What is known of devices, and what is being tried. */
const known = new WeakMap<GPUDevice, boolean>();
const trials = new WeakMap<GPUDevice, Promise<void>>();

/**
 * Whether subgroups of `device` can be relied on: their invocations follow each other in the workgroup, all are there,
 * and they exchange what they should. Where that was not tried before, it is now, and the answer is no until it is known.
 */
export function hasSubgroups(device: GPUDevice): boolean {
  const answer = known.get(device);
  if (answer === undefined) void trySubgroups(device);
  return answer ?? false;
}

/** Has code go with subgroups or without, whatever the device can do: for tests. */
export function relyOnSubgroups(device: GPUDevice, doRely: boolean): void {
  known.set(device, doRely);
}

/** Finds out what {@link hasSubgroups} answers; nothing to wait for the second time. */
export function trySubgroups(device: GPUDevice): Promise<void> {
  let trial = trials.get(device);
  if (!trial) {
    trial = findOut(device).then(
      (answer) => void (known.has(device) || known.set(device, answer)),
      // The device was lost.
      () => {},
    );
    trials.set(device, trial);
  }
  return trial;
}

async function findOut(device: GPUDevice): Promise<boolean> {
  if (!device.features.has("subgroups")) return false;
  device.pushErrorScope("validation");
  const size = 4 * GROUPS * WORKGROUP;
  const answers = device.createBuffer({ size, usage: USAGE.STORAGE | USAGE.COPY_SRC });
  const copy = device.createBuffer({ size, usage: USAGE.COPY_DST | USAGE.MAP_READ });
  try {
    const module = device.createShaderModule({ code: CODE });
    const pipeline = device.createComputePipeline({
      layout: "auto",
      compute: { module, entryPoint: "main" },
    });
    const entries = [{ binding: 0, resource: { buffer: answers } }];
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(GROUPS);
    pass.end();
    encoder.copyBufferToBuffer(answers, 0, copy, 0, size);
    device.queue.submit([encoder.finish()]);
    const error = await device.popErrorScope();
    if (error) return false;
    await copy.mapAsync(MAP_MODE_READ);
    return new Uint32Array(copy.getMappedRange()).every((answer) => answer === 1);
  } finally {
    answers.destroy();
    copy.destroy();
  }
}
