/** @file Modules that the tests of this package make views of. */
import { Module, type ViewArgs, viewOptions } from "@nnx-js/nn";

/** A layer with a mode that has a default. */
export class Drop extends Module {
  static readonly viewOptions = viewOptions({
    deterministic: { type: "boolean", default: false, description: "if true, drops nothing." },
  });
  deterministic = false;

  setView({ deterministic }: ViewArgs<typeof Drop.viewOptions>): void {
    if (deterministic !== undefined) this.deterministic = deterministic;
  }
}

/** A layer with a mode that has no default. */
export class Print extends Module {
  static readonly viewOptions = viewOptions({
    msg: { type: "string", description: "message to print;\nan empty one prints nothing" },
  });
  msg: string | undefined;

  constructor(msg?: string) {
    super();
    this.msg = msg;
  }

  setView({ msg }: ViewArgs<typeof Print.viewOptions>): void {
    if (msg !== undefined) this.msg = msg;
  }
}

/** Notes in `log` what `setView` of the module `name` was given. */
export class Spy extends Module {
  static readonly viewOptions = viewOptions({
    a: { type: "boolean", default: true, description: "one mode" },
    b: { type: ["integer", "number[]"], description: "another mode" },
  });
  readonly name: string;
  readonly children: Spy[];
  readonly log: (call: readonly [string, object]) => void;

  constructor(name: string, log: (call: readonly [string, object]) => void, children: Spy[] = []) {
    super();
    this.name = name;
    this.log = log;
    this.children = children;
  }

  setView(modes: ViewArgs<typeof Spy.viewOptions>): void {
    this.log([this.name, modes]);
  }
}
