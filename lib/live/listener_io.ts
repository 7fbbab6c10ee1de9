/** Opens a listener with the compiled kernels from beside this module, or from where a page's server has them. */
import type { Decision } from "../incremental/stream.ts";
import { type Listener, listenerOf } from "./listener.ts";

export type { Decision, Listener };

/** How a stream is listened to. */
export interface OpenListenerOptions {
  /** Of what is pushed, in Hz, a whole number. */
  readonly inputRate: number;
  /** From one decision to the next, rounded to whole frames; 0.1 by default. */
  readonly hopSeconds?: number;
  /** Address of the compiled kernels for memory of one thread, in a page that a server bundles. */
  readonly kernels?: string | URL;
}

/**
 * A checkpoint of a keyword spotter that listens to a stream: each frame is computed once where its front-end and model
 * allow it, for a tenth of the work that windows take; else in windows on the backend in use.
 *
 * ```ts
 * import { openListener } from "./lib/mod.ts";
 *
 * using listener = await openListener(checkpoint, "tones.safetensors", { inputRate: 16000, hopSeconds: 0.25 });
 * const decisions = await listener.push(new Float32Array(17000));
 * console.log(listener.by, decisions.map(({ seconds }) => seconds)); // frames [ 0.5, 0.75, 1 ]
 * ```
 *
 * @param bytes A safetensors file. @param name Names it in errors.
 * @throws {UserError} `bad-file` if the file is no checkpoint of a training on clips of one length that this program made.
 * @throws {RangeError} If `hopSeconds` is no finite number above 0.
 */
export async function openListener(
  bytes: Uint8Array,
  name: string,
  { kernels, hopSeconds = 0.1, ...options }: OpenListenerOptions,
): Promise<Listener> {
  if (!(hopSeconds > 0 && hopSeconds < Infinity)) {
    throw new RangeError(`Cannot listen with hopSeconds ${hopSeconds}: wanted a number of seconds above 0`);
  }
  // The name is computed so that the file is no part of anybody's code: each kernel's own digest is.
  const file = "kernels";
  const address = kernels ?? new URL(`../kernels/wasm/${file}.wasm`, import.meta.url);
  const response = await fetch(address);
  if (!response.ok) {
    throw new Error(`Cannot load the compiled kernels from ${address}: the answer is ${response.status}`);
  }
  const compiled = new Uint8Array(await response.arrayBuffer());
  return await listenerOf(bytes, name, { ...options, hopSeconds, kernels: compiled });
}
