/** @file Puts the page into the document. */
import { render } from "preact";

render(<h1>nnx-js</h1>, document.querySelector("#page")!);
