/// <reference lib="dom" />
/** The page's parts: from inside the page where it holds them, else from where the page is. */
import { partElement } from "./routes.ts";

const SCRIPT = "text/javascript";

/** What servers give in the place of a file that is not there, by how it begins. */
const STAND_INS: readonly (readonly [start: RegExp, what: string])[] = [
  [/^\s*<(!doctype|html|head|\?xml)/i, "a web page"],
  [/^version https:\/\/git-lfs/, "a pointer of Git LFS"],
];

/** @param address As in `FILES`. @throws {Error} A sentence that says what is in its place. */
export async function part(address: string): Promise<ArrayBuffer> {
  const inside = document.getElementById(partElement(address));
  if (inside !== null) return Uint8Array.from(atob(inside.textContent), (c) => c.charCodeAt(0)).buffer;
  const response = await fetch(address).catch(() => {
    throw new Error(`Cannot load ${address}: the server does not answer. Is it still running?`);
  });
  if (!response.ok) throw new Error(`Cannot load ${address}: the server says ${response.status}.`);
  const bytes = await response.arrayBuffer();
  const start = new TextDecoder().decode(bytes.slice(0, 40));
  const standIn = STAND_INS.find(([begins]) => begins.test(start));
  if (standIn === undefined) return bytes;
  throw new Error(
    `Cannot load ${address}: the server has ${
      standIn[1]
    } in its place. Put all exported files beside the page.`,
  );
}

/**
 * The address of a script of a worker. A worker that is made of a page's own bytes has the page's content security policy,
 * one from an address would have that of the server's answer, and many servers send none.
 */
export async function workerAddress(address: string): Promise<string> {
  return URL.createObjectURL(new Blob([await part(address)], { type: SCRIPT }));
}

/**
 * The address of a script of an audio thread, which can ask for nothing: its own where it has one. Of a page that was opened
 * as a file, browsers load no module from a blob.
 */
export function workletAddress(address: string): string {
  const inside = document.getElementById(partElement(address));
  return inside === null ? address : `data:${SCRIPT};base64,${inside.textContent}`;
}
