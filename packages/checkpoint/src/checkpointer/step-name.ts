/** @file The names of files in a directory of checkpoints. */

/** What the name of a whole file tells. */
export interface StepName {
  readonly step: number;
  /** The CRC-32 of the content: a file whose content has another one is damaged. */
  readonly checksum: number;
}

const STEP = /^step-(\d{8,16})-([0-9a-f]{8})\.safetensors$/;
/** Chromium writes to a file with one more suffix until it is closed. */
const TEMPORARY = /^step-\d{8,16}\.(.+?)\.tmp(\.crswap)?$/;

/** The name of a file that is whole: it gets it when its content, and so its checksum, is known. */
export function stepName({ step, checksum }: StepName): string {
  return `step-${padded(step)}-${checksum.toString(16).padStart(8, "0")}.safetensors`;
}

/** The name of the file that `writer` is writing. */
export function temporaryName(step: number, writer: string): string {
  return `step-${padded(step)}.${writer}.tmp`;
}

/** What the name of a whole file tells; undefined for another file. */
export function parseStepName(name: string): StepName | undefined {
  const [, step, checksum] = STEP.exec(name) ?? [];
  if (step === undefined || checksum === undefined) return undefined;
  return { step: Number(step), checksum: Number.parseInt(checksum, 16) };
}

/** Who began a temporary file; undefined for another file. */
export function writerOfTemporary(name: string): string | undefined {
  return TEMPORARY.exec(name)?.[1];
}

function padded(step: number): string {
  return String(step).padStart(8, "0");
}
