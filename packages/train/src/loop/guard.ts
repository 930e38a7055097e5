/** @file The last good state of a run: taken with each log, given back after what went wrong. */
import { copyValue, iterVariables, type Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** The values of a state at one moment. */
interface Snapshot {
  readonly step: number;
  readonly values: readonly tf.Tensor[];
}

/**
 * Keeps values of a state. Those of one log are known to be good when the figures of the next one are: then older ones
 * are freed.
 */
export class Guard {
  private readonly variables: readonly Variable[];
  private readonly snapshots: Snapshot[] = [];

  constructor(state: object) {
    this.variables = iterVariables(state).map(([, variable]) => variable);
  }

  /** Grows with every write to the state. */
  get version(): number {
    let sum = 0;
    for (let i = 0; i < this.variables.length; i++) sum += this.variables[i]!.store.version;
    return sum;
  }

  /** Takes the present values. */
  take(step: number): void {
    this.snapshots.push({ step, values: this.variables.map((variable) => tf.keep(copyValue(variable))) });
  }

  /** The figures of the steps up to the last values taken are in order. */
  confirm(): void {
    while (this.snapshots.length > 2) free(this.snapshots.shift()!);
  }

  /** The figures of the steps up to the last values taken are not: those are none of the good ones. */
  refute(): void {
    const last = this.snapshots.pop();
    if (last) free(last);
  }

  /** Gives the state the last values back that are good; answers of which step they are. */
  async restore(): Promise<number | undefined> {
    for (let last = this.snapshots.pop(); last; last = this.snapshots.pop()) {
      // What led to the first figures that are not in order may have been in these values already.
      if (this.snapshots.length > 0 && !(await isFinite(last))) {
        free(last);
        continue;
      }
      for (const [i, variable] of this.variables.entries()) variable.value = last.values[i]!;
      return last.step;
    }
    return undefined;
  }

  /** Frees what is kept. */
  dispose(): void {
    for (const snapshot of this.snapshots.splice(0)) free(snapshot);
  }
}

function free({ values }: Snapshot): void {
  tf.dispose([...values]);
}

async function isFinite({ values }: Snapshot): Promise<boolean> {
  using finite = tf.tidy(() => {
    const each = values.filter(({ dtype }) => dtype === "float32").map((value) => tf.all(tf.isFinite(value)));
    return each.length === 0 ? tf.scalar(true, "bool") : tf.all(tf.stack(each));
  });
  return (await finite.data())[0] === 1;
}
