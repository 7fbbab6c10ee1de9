/**
 * The page as files that any web server serves: one document that loads its parts, and one that has all of them inside, for
 * browsers that open it as a file. Pure.
 */
import { createHash } from "node:crypto";
import { partElement } from "./routes.ts";

/** The documents' names. */
export const DOCUMENTS = { served: "index.html", alone: "offline.html" } as const;

/** What a browser does with the document that loads its parts, opened as a file: it loads none. */
const AS_FILE = `if (location.protocol === "file:") {
  addEventListener("DOMContentLoaded", () => {
    document.getElementById("status").innerHTML =
      "Browsers let no page that was opened as a file load its parts. Open " +
      '<a href="${DOCUMENTS.alone}">${DOCUMENTS.alone}</a>, which has them all inside, or let a web server serve this folder.';
  });
  location.replace("${DOCUMENTS.alone}");
}`;

/** What the template has in its head of what stands beside it. */
const BESIDE = {
  icon: '<link rel="icon" href="icon.svg" type="image/svg+xml">',
  style: '<link rel="stylesheet" href="page.css">',
  script: '<script type="module" src="page.js"></script>',
} as const;
const CHARSET = '<meta charset="utf-8">';

/** Nothing can be sent anywhere, whatever is loaded. A meta element cannot say who may frame the page. */
const ALWAYS = "default-src 'none'; worker-src blob:; base-uri 'none'; form-action 'none'";

/** @param template The live page. @returns The document that loads its parts from beside it. */
export function servedDocument(template: string): string {
  const policy =
    `${ALWAYS}; script-src 'self' 'wasm-unsafe-eval' ${hashOf(AS_FILE)}; connect-src 'self' blob:; ` +
    "style-src 'self'; img-src 'self' data:";
  return replaced(template, [[CHARSET, `${CHARSET}\n${policyElement(policy)}\n<script>${AS_FILE}</script>`]]);
}

/** What {@link aloneDocument} has inside. */
export interface Inside {
  readonly style: string;
  /** An image. */
  readonly icon: string;
  /** The bundle of the page. */
  readonly script: string;
  /** By address. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

/** @param template The live page. @returns The document that needs nothing beside it. */
export function aloneDocument(template: string, { style, icon, script, parts }: Inside): string {
  const inline = script.replace(/<(?=\/script|!--)/gi, "\\x3c"); // in strings and patterns, where alone it can stand
  const policy = `${ALWAYS}; script-src 'wasm-unsafe-eval' data: ${hashOf(inline)}; connect-src blob:; ` +
    `style-src ${hashOf(style)}; img-src data:`;
  const held = [...parts].map(([address, bytes]) =>
    `<script type="text/plain" id="${partElement(address)}">${base64(bytes)}</script>`
  );
  const image = `<link rel="icon" href="data:image/svg+xml;base64,${
    base64(new TextEncoder().encode(icon))
  }">`;
  return replaced(template, [
    [CHARSET, `${CHARSET}\n${policyElement(policy)}`],
    [BESIDE.icon, image],
    [BESIDE.style, `<style>${style}</style>`],
    [BESIDE.script, ""],
    ["</body>", `${held.join("\n")}\n<script type="module">${inline}</script>\n</body>`],
  ]);
}

function policyElement(policy: string): string {
  return `<meta http-equiv="Content-Security-Policy" content="${policy}">`;
}

/** As a content security policy names a script or style. */
function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

function base64(bytes: Uint8Array): string {
  return bytes.toBase64();
}

/** @throws {Error} If the template has one of them not just once. */
function replaced(template: string, changes: readonly (readonly [from: string, to: string])[]): string {
  let text = template;
  for (const [from, to] of changes) {
    const [before, after, ...more] = text.split(from);
    if (after === undefined || more.length > 0) throw new Error(`The page's template must have ${from} once`);
    text = before + to + after;
  }
  return text;
}
