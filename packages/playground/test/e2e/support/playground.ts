/** @file The page in a browser, by what a person sees and presses. */
import type { Locator, Page } from "playwright";
import type { Fault, LossPoint, WorkerEvent } from "../../../src/protocol/events.ts";
import type { BackendName, TaskName, ViewName } from "../../../src/protocol/settings.ts";
import type { Record } from "./record.ts";
import { LIMIT, until } from "./until.ts";

declare const record: Record;

/** Names of the tasks on the page. */
const TITLES: Readonly<globalThis.Record<TaskName, string>> = {
  moons: "Two moons",
  digits: "Digits",
  names: "Names",
  guide: "The guide’s model",
};

/** One open page. */
export class Playground {
  readonly page: Page;
  /** Errors that nobody caught, and what the console says of errors. */
  readonly errors: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.errors.push(String(error)));
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name, exact: typeof name === "string" });
  }

  /** The steps that the page shows. */
  async step(): Promise<number> {
    const text = await this.page.getByRole("status", { name: "Step" }).textContent();
    return Number(text!.replaceAll(",", ""));
  }

  /** What the page says that the run does: `Paused: Two moons on wasm, compiled`. */
  status(): Promise<string> {
    return this.page.locator("p.status").innerText();
  }

  async untilStatus(pattern: RegExp, limit = LIMIT): Promise<void> {
    let last = "";
    try {
      await until("", async () => pattern.test((last = await this.status())), limit);
    } catch {
      const alerts = await this.alerts();
      throw new Error(
        `no ${pattern} within ${limit / 1000} s, but "${last}"; alerts: ${alerts.join(" | ") || "none"}`,
      );
    }
  }

  untilStep(step: number, limit = LIMIT): Promise<unknown> {
    return until(`step ${step}`, async () => (await this.step()) >= step, limit);
  }

  /** Plays until the page shows that step, and pauses. */
  async playTo(step: number): Promise<void> {
    await this.button("Play").click();
    await this.untilStep(step);
    await this.pause();
  }

  async pause(): Promise<void> {
    await this.button("Pause").click();
    await this.untilStatus(/^Paused/);
  }

  /** Takes single steps and answers their losses. */
  async takeSteps(count: number): Promise<LossPoint[]> {
    const from = await this.step();
    for (let i = 1; i <= count; i++) {
      await this.button("One step").click();
      await this.untilStep(from + i);
    }
    return (await this.losses()).filter(({ step }) => step > from && step <= from + count);
  }

  /** All losses that the worker told since the model was made or loaded last. */
  async losses(): Promise<LossPoint[]> {
    const events = await this.events("progress", "ready");
    const begin = events.findLastIndex(({ type }) => type === "ready");
    return events.slice(begin + 1).flatMap((event) => (event.type === "progress" ? event.points : []));
  }

  /** What workers told, of these types. */
  events(...types: WorkerEvent["type"][]): Promise<WorkerEvent[]> {
    return this.page.evaluate(
      (types) => record.events.filter(({ type }) => types.includes(type) && type !== "snapshot"),
      types,
    );
  }

  async faults(): Promise<Fault[]> {
    return (await this.events("fault")).flatMap((event) => (event.type === "fault" ? [event.fault] : []));
  }

  /** Texts of the alerts that are shown. */
  async alerts(): Promise<string[]> {
    const texts = await this.page.getByRole("alert").allInnerTexts();
    return texts.filter((text) => text.trim() !== "");
  }

  /** The first alert that says this. */
  async untilAlert(pattern: RegExp, limit = LIMIT): Promise<string> {
    let last: string[] = [];
    try {
      return await until(
        "",
        async () => (last = await this.alerts()).find((text) => pattern.test(text)),
        limit,
      );
    } catch {
      throw new Error(
        `no alert ${pattern} within ${limit / 1000} s, but ${JSON.stringify(last)}; ${await this.status()}`,
      );
    }
  }

  async chooseTask(task: TaskName): Promise<void> {
    await this.page.getByRole("radio", { name: TITLES[task], exact: true }).check();
    await this.untilStatus(new RegExp(`^Paused: ${TITLES[task]}`));
  }

  async chooseBackend(backend: BackendName): Promise<void> {
    await this.page.getByLabel("Backend").selectOption(backend);
    await this.untilStatus(new RegExp(`^(Paused|Training): .* on ${backend},`));
  }

  /** The modes of a view: names of its switches, and whether they are on. */
  mode(view: ViewName, path: string, mode: string): Locator {
    return this.page.locator(
      `button.mode[aria-label^="${mode}: "][aria-label$=" of ${path} in the ${view} view"]`,
    );
  }

  /** A number that changes when what a canvas shows does. */
  hash(canvas: Locator): Promise<number> {
    return canvas.evaluate((element) => {
      const { width, height } = element as HTMLCanvasElement;
      const { data } = (element as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
      let hash = 0;
      for (const value of data) hash = (Math.imul(hash, 31) + value) | 0;
      return hash;
    });
  }

  /** Pixels of a canvas that are near the colour of a custom property of the style sheet. */
  pixels(canvas: Locator, property: string): Promise<number> {
    return canvas.evaluate((element, property) => {
      const probe = document.createElement("canvas").getContext("2d")!;
      probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(property).trim();
      probe.fillRect(0, 0, 1, 1);
      const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
      const { width, height } = element as HTMLCanvasElement;
      const { data } = (element as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) {
        const distance = Math.abs(data[i]! - r!) + Math.abs(data[i + 1]! - g!) + Math.abs(data[i + 2]! - b!);
        if (data[i + 3]! > 200 && distance < 24) count++;
      }
      return count;
    }, property);
  }
}
