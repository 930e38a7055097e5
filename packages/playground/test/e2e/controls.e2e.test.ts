/** @file Nothing on the page can be pressed that no test presses: a new control fails here until it is in the list. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { TaskName } from "../../src/protocol/settings.ts";
import { useChromium } from "./support/open.ts";
import type { Playground } from "./support/playground.ts";
import { until } from "./support/until.ts";

const open = useChromium();

/** A control: its role and name for a screen reader, which file presses it, and by what. */
type Control = readonly [control: RegExp, file: string, pressing: string];

const CONTROLS: readonly Control[] = [
  [/^radio (Two moons|Digits|Names|The guide’s model)$/, "views", "chooseTask(task)"],
  [/^combobox Backend$/, "train", "chooseBackend(backend)"],
  [/^radio eager$/, "train", 'getByRole("radio", { name: "eager" }).check()'],
  [/^radio compiled$/, "controls", 'getByRole("radio", { name: "compiled" }).check()'],
  [/^slider Learning rate$/, "train", 'getByRole("slider", { name: "Learning rate" })'],
  [/^spinbutton Seed$/, "train", 'seed.press("Enter")'],
  [/^button Play$/, "faults", 'button("Play").click()'],
  [/^button Pause$/, "faults", "playground.pause()"],
  [/^button One step$/, "pictures", 'button("One step").click()'],
  [/^button Reset$/, "train", 'button("Reset").click()'],
  [/^button Example of a \d$/, "pictures", "button(`Example of a ${digit}`)"],
  [/^button Clear$/, "pictures", 'button("Clear").click()'],
  [/^slider Temperature$/, "pictures", 'temperature.press("Home")'],
  [/^button Write others$/, "pictures", 'button("Write others").click()'],
  // The trees: modules fold, modes switch, weights show where else they are.
  [/^button (MoonNetwork|CNN|CharTransformer|MyModel|[\w.]+: \w+( \d+ shared)?)$/, "views", "module.click()"],
  [/^button \w+: .+ of [\w.]+ in the (train|eval) view$/, "views", "each.click()"],
  [
    /^button [\w.]+, \w+ \w+\[.*\]: same weight in both views$/,
    "views",
    'locator("button.weight").first().hover()',
  ],
  [/^note \w+: /, "quality", 'keyboard.press("Tab")'],
  [/^button Race$/, "pictures", 'button("Race").click()'],
  [
    /^summary The compiled program$/,
    "pictures",
    'getByText("The compiled program", { exact: true }).click()',
  ],
  [/^region (The code of two views|Text of the compiled program)$/, "quality", 'keyboard.press("Tab")'],
  [/^button Download$/, "files", 'button("Download").click()'],
  [/^button Load a file$/, "files", 'getByLabel("Load a file")'],
  [/^button Keep in this browser$/, "files", 'button("Keep in this browser").click()'],
  [/^button Go on with what is kept$/, "files", 'button("Go on with what is kept").click()'],
  [/^summary .*threads?/, "faults", 'availability.locator("summary").click()'],
  // What is offered about faults.
  [/^button Dismiss$/, "controls", 'button("Dismiss").click()'],
];

const met = new Set<Control>();

/** All that has the focus in turn or takes a click, by role and name. */
async function controlsOf({ page }: Playground): Promise<string[]> {
  const tree = await page.locator("body").ariaSnapshot();
  const role =
    /^- '?(button|checkbox|combobox|link|menuitem|radio|slider|spinbutton|switch|tab|textbox) "(.*?)"/;
  const named = tree.split("\n").flatMap((line) => {
    const [, kind, name] = role.exec(line.trim()) ?? [];
    return kind ? `${kind} ${name}` : [];
  });
  // What has no such role is found by its element.
  const others = await page
    .locator("summary, a, [contenteditable], [tabindex]:not([tabindex='-1']):not(button)")
    .evaluateAll((all) =>
      all.map((element) => {
        const text = element.getAttribute("aria-label") ?? element.textContent ?? "";
        return `${element.getAttribute("role") ?? element.localName} ${text.trim()}`;
      }),
    );
  return [...new Set([...named, ...others])];
}

/** @throws AssertionError that names what is on the page and not in the list */
async function expectListed(playground: Playground): Promise<void> {
  const unknown: string[] = [];
  for (const found of await controlsOf(playground)) {
    const known = CONTROLS.find(([control]) => control.test(found));
    if (known) met.add(known);
    else unknown.push(found);
  }
  expect(unknown).toEqual([]);
}

test.each<TaskName>(["moons", "digits", "names", "guide"])("of the task %s", async (task) => {
  const { playground } = await open({ hash: `task=${task}&backend=wasm` });
  await expectListed(playground);
});

test("while it trains, and where something failed", async () => {
  const { playground } = await open({ isolated: false });
  await playground.page.getByRole("radio", { name: "eager" }).check();
  await playground.untilStatus(/^Paused: .*eager/);
  await playground.page.getByRole("radio", { name: "compiled" }).check();
  await playground.untilStatus(/^Paused: .*compiled/);
  await playground.button("Play").click();
  await playground.untilStep(1);
  await expectListed(playground);
  await playground.pause();

  await playground.button("Go on with what is kept").click();
  await playground.untilAlert(/kept|no file|not there|found/i);
  await expectListed(playground);
  await playground.button("Dismiss").click();
  await until("no alert", async () => (await playground.alerts()).length === 0);
});

test.each(CONTROLS)("%s is pressed in %s", (_, file, pressing) => {
  const text = readFileSync(new URL(`${file}.e2e.test.ts`, import.meta.url), "utf8");
  // Its own entry in the list is none.
  expect(text.split(pressing).length - 1).toBeGreaterThan(file === "controls" ? 1 : 0);
});

test("the list has no control that is gone", () => {
  const gone = CONTROLS.filter((control) => !met.has(control)).map(([control]) => String(control));
  expect(gone).toEqual([]);
});
