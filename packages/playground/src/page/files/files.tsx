/** @file Save and load: as a download, by choosing or dropping a file, and in the browser. */
import { useState } from "preact/hooks";
import { faultOf } from "../connection/fault-error.ts";
import { formatBytes, formatCount } from "../format.ts";
import { ask, goOnWith } from "../state/actions.ts";
import { report } from "../state/faults.ts";
import { isReady } from "../state/run.ts";
import { download } from "./download.ts";
import { DropZone } from "./drop.tsx";
import { openFile } from "./open-file.ts";

/** What is done with files; the last thing that was done is told in a line below. */
export function Files() {
  const [said, setSaid] = useState("");
  const isDisabled = !isReady.value;
  const attempt = async (work: () => Promise<string>) => {
    if (isDisabled) return;
    try {
      setSaid(await work());
    } catch (error) {
      report(faultOf(error));
    }
  };
  const open = (file: File) => void attempt(() => openFile(file));
  return (
    <section class="card files" aria-labelledby="files-title">
      <h2 id="files-title">Save and load</h2>
      <p class="caption">
        A run is one <code>.safetensors</code> file: weights, optimiser, random keys. Loaded, it goes on as if
        it had never stopped.
      </p>
      <div class="buttons">
        <Action text="Download" isDisabled={isDisabled} onClick={() => void attempt(saveAsDownload)} />
        <label class="button file">
          Load a file
          <input
            type="file"
            accept=".safetensors"
            aria-label="Load a file"
            onChange={({ currentTarget }) => {
              const file = currentTarget.files?.[0];
              if (file) open(file);
              currentTarget.value = "";
            }}
          />
        </label>
        <Action text="Keep in this browser" isDisabled={isDisabled} onClick={() => void attempt(keep)} />
        <Action
          text="Go on with what is kept"
          isDisabled={isDisabled}
          onClick={() => void attempt(restore)}
        />
      </div>
      <p class="muted said" role="status">
        {said || "Or drop a file anywhere on the page."}
      </p>
      <DropZone onFile={open} />
    </section>
  );
}

function Action(props: { text: string; isDisabled: boolean; onClick: () => void }) {
  return (
    <button type="button" class="button" aria-disabled={props.isDisabled} onClick={props.onClick}>
      {props.text}
    </button>
  );
}

async function saveAsDownload(): Promise<string> {
  const { name, bytes } = await ask({ kind: "save" });
  download(name, bytes);
  return `Downloaded ${name}, ${formatBytes(bytes.length)}.`;
}

async function keep(): Promise<string> {
  const { step } = await ask({ kind: "store" });
  return `Kept in this browser at step ${formatCount(step)}; it outlives the page.`;
}

async function restore(): Promise<string> {
  const { step } = await goOnWith({ kind: "restore" });
  return `The run that was kept goes on at step ${formatCount(step)}.`;
}
