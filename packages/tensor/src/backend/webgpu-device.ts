/** @file The device of the webgpu backend: with what compiled functions can use, which TensorFlow.js does not ask for. */
import * as tf from "@tensorflow/tfjs-core";

/** The part of a browser's `GPU` that is used here: this package is compiled without the DOM's types. */
export interface Gpu {
  requestAdapter(options: { powerPreference: string }): Promise<GpuAdapter | null>;
}

/** What an adapter says of itself. */
interface GpuAdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly device?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}

/** The part of a `GPUAdapter` that is used here. */
export interface GpuAdapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: GpuAdapterInfo;
  readonly features: { has(feature: string): boolean };
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(descriptor: DeviceDescriptor): Promise<object>;
}

interface DeviceDescriptor {
  readonly requiredFeatures: readonly string[];
  readonly requiredLimits: Readonly<Record<string, number>>;
}

/** The class of the backend, as its package exports it. */
type BackendClass = new (device: never, info: never) => tf.KernelBackend;

/** What TensorFlow.js uses where it is there. */
const FEATURES = ["timestamp-query", "bgra8unorm-storage"];

/** What compiled functions, and what users write, may use beside. */
const MORE_FEATURES = ["subgroups", "shader-f16"];

/** Limits of which as much is asked for as the adapter has; the same as TensorFlow.js asks for. */
const LIMITS = [
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup",
];

/** A name that TensorFlow.js's own way to make the backend has in it, also where names are short. */
const FLAG = "WEBGPU_USE_LOW_POWER_GPU";

/**
 * Has the backend be made on a device of ours from now on, where it would be made as its package does: somebody else's
 * way stays.
 */
export function makeOnOwnDevice(WebGpuBackend: BackendClass): void {
  const { registryFactory } = tf.engine();
  const entry = registryFactory["webgpu"];
  if (!entry?.factory || !String(entry.factory).includes(FLAG)) return;
  registryFactory["webgpu"] = { ...entry, factory: () => create(WebGpuBackend) };
}

/** An adapter such as TensorFlow.js asks for. */
export function requestAdapter(gpu: Gpu, isLowPower = false): Promise<GpuAdapter | null> {
  return gpu.requestAdapter({ powerPreference: isLowPower ? "low-power" : "high-performance" });
}

async function create(WebGpuBackend: BackendClass): Promise<tf.KernelBackend> {
  const { gpu } = (globalThis as unknown as { navigator: { gpu: Gpu } }).navigator;
  const request = async () => {
    const adapter = await requestAdapter(gpu, tf.env().getBool(FLAG));
    if (!adapter) throw new Error("the adapter that was there before is gone");
    return adapter;
  };
  const adapter = await request();
  const device = await requestDevice(adapter, request);
  return new WebGpuBackend(device as never, adapter.info as never);
}

/** @param another gives an adapter again: each gives one device only, and none after a failure */
async function requestDevice(adapter: GpuAdapter, another: () => Promise<GpuAdapter>): Promise<object> {
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]!]));
  const there = (features: readonly string[]) => features.filter((name) => adapter.features.has(name));
  const all = there([...FEATURES, ...MORE_FEATURES]);
  try {
    return await adapter.requestDevice({ requiredFeatures: all, requiredLimits });
  } catch {
    // Some drivers promise features that they do not have.
    const again = await another();
    return again.requestDevice({ requiredFeatures: there(FEATURES), requiredLimits });
  }
}
