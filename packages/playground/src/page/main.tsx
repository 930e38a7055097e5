/** @file Puts the page into the document and starts the worker. */
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import { App } from "./app.tsx";
import { keepOffline } from "./keep-offline.ts";
import { open } from "./state/actions.ts";

render(<App />, document.querySelector("#page")!);
open();
keepOffline();
