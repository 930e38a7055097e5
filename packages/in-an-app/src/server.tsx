/** @file Renders the app on a server: nothing trains there, and nothing is started. */
import { renderToString } from "react-dom/server";
import { App } from "./App.tsx";

export const render = (): string => renderToString(<App />);
