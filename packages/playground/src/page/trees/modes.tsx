/** @file The modes of a layer, each switched by a click. */
import { Fragment } from "preact";
import type { Mode } from "../../protocol/events.ts";
import type { ModeValue, ViewName } from "../../protocol/settings.ts";
import { chooseMode } from "../state/actions.ts";
import { tipFor } from "../tips/tip.tsx";

interface Props {
  readonly view: ViewName;
  readonly path: string;
  readonly mode: Mode;
}

/** A mode: a switch for true and false, a list for others, text for one that is only shown. */
export function ModeControl({ view, path, mode }: Props) {
  if (mode.choices === null) return <FixedMode mode={mode} />;
  const isSwitch = mode.choices.every((choice) => typeof choice === "boolean");
  return isSwitch ? (
    <Switch view={view} path={path} mode={mode} />
  ) : (
    <List view={view} path={path} mode={mode} choices={mode.choices} />
  );
}

function placeOf({ view, path }: Props): string {
  return `of ${path === "" ? "the model" : path} in the ${view} view`;
}

function Switch(props: Props) {
  const { view, path, mode } = props;
  const isOn = mode.value === true;
  const text = textOf(mode);
  return (
    <button
      type="button"
      class="mode"
      aria-pressed={isOn}
      aria-label={`${mode.name}: ${text} ${placeOf(props)}`}
      onClick={() => chooseMode(view, path, mode, !isOn)}
      {...tipFor(mode.info)}
    >
      <Name of={mode} /> <b>{text}</b>
    </button>
  );
}

function List(props: Props & { readonly choices: readonly ModeValue[] }) {
  const { view, path, mode, choices } = props;
  // A value that no click leads to is shown all the same.
  const all = mode.value !== null && !choices.includes(mode.value) ? [mode.value, ...choices] : choices;
  return (
    <label class="mode" {...tipFor(mode.info)}>
      <Name of={mode} />
      <select
        aria-label={`${mode.name} ${placeOf(props)}`}
        value={String(mode.value)}
        onChange={({ currentTarget }) => chooseMode(view, path, mode, all[currentTarget.selectedIndex]!)}
        {...tipFor(mode.info)}
      >
        {all.map((choice) => (
          <option key={String(choice)} value={String(choice)}>
            {String(choice)}
          </option>
        ))}
      </select>
    </label>
  );
}

function FixedMode({ mode }: { mode: Mode }) {
  return (
    <span class="mode fixed" tabIndex={0} role="note" {...tipFor(mode.info)}>
      <Name of={mode} /> <b>{textOf(mode)}</b>
    </span>
  );
}

function textOf({ value }: Mode): string {
  return value === null ? "not set" : String(value);
}

/** The name, which may break between its words. */
function Name({ of: { name } }: { of: Mode }) {
  const words = name.split(/(?=[A-Z])/);
  return (
    <span>
      {words.map((word, index) => (
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {word}
        </Fragment>
      ))}
      :
    </span>
  );
}
