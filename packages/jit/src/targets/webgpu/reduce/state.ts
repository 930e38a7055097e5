/** @file Variables that invocations collect elements in, and words of memory for them. */

/** A variable that an invocation collects elements in. */
export interface State {
  readonly type: "f32" | "i32" | "u32";
  /** What changes nothing, in WGSL. */
  readonly neutral: string;
  /** Whether it is a sum of floats, of which rounding errors would add up with many terms. */
  readonly isSum?: boolean;
}

/** `name` as a word of the heap. */
export function toWord(name: string, { type }: Pick<State, "type">): string {
  return type === "u32" ? name : `bitcast<u32>(${name})`;
}

/** A word of the heap as what it stands for. */
export function fromWord(word: string, { type }: Pick<State, "type">): string {
  return type === "u32" ? word : `bitcast<${type}>(${word})`;
}
