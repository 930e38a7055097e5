/** @file What the metadata of a file tells of the step that it holds. */
import { FileFormatError } from "../errors.ts";
import { OWN_KEY } from "../model/own-metadata.ts";
import { readSafetensors } from "../safetensors/read-safetensors.ts";
import type { ByteSource } from "../source/byte-source.ts";

/** What is known of a saved step beside its tensors. */
export interface StepRecord {
  readonly step: number;
  /** Grows from save to save: steps may be saved again after an earlier one was restored. */
  readonly order: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Texts that were saved with it. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The entry of the metadata that tells of the step. */
const RECORD = "checkpoint";

/** The entries of the metadata that are this package's; all others are the caller's. */
export const RESERVED: readonly string[] = [RECORD, OWN_KEY];

/** The metadata of a file for `record`. */
export function metadataOf({ step, order, metrics, metadata }: StepRecord): Record<string, string> {
  // As texts: JSON has no NaN and no infinities.
  const texts = Object.entries(metrics).map(([name, value]) => [name, String(value)]);
  return { ...metadata, [RECORD]: JSON.stringify({ step, order, metrics: Object.fromEntries(texts) }) };
}

/** Reads the begin of a file. @throws FileFormatError where it is none of a step */
export async function readRecord(source: ByteSource): Promise<StepRecord> {
  const { metadata } = await readSafetensors(source);
  const { [RECORD]: text, [OWN_KEY]: _kinds, ...rest } = metadata;
  const record: unknown = parse(text);
  if (typeof record === "object" && record !== null) {
    const { step, order, metrics } = record as Record<string, unknown>;
    if (isCount(step) && isCount(order) && typeof metrics === "object" && metrics !== null) {
      const numbers = Object.entries(metrics).map(([name, value]) => [name, Number(value)]);
      return { step, order, metrics: Object.fromEntries(numbers), metadata: rest };
    }
  }
  throw new FileFormatError(
    `${source.label}: expected the metadata of a step under ${JSON.stringify(RECORD)}, found ${text ?? "none"}`,
  );
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
