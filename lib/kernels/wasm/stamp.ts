/**
 * What a compiled module says of itself, in a custom section at its end: the digest of all before it, and that of each
 * unit. The modules are no part of any operation's code, whose `compiled.ts` is; this holds the two together.
 *
 * @see https://webassembly.github.io/spec/core/binary/modules.html#custom-section
 */

const SECTION = "kernels";

export interface StampedModule {
  readonly module: WebAssembly.Module;
  /** Digests of the units in it, by name. */
  readonly units: ReadonlyMap<string, string>;
}

/** @param units Digests by name. @returns The module with its section. */
export async function stamped(
  module: Uint8Array<ArrayBuffer>,
  units: ReadonlyMap<string, string>,
): Promise<Uint8Array<ArrayBuffer>> {
  const lines = [await digestOf(module), ...[...units].map((entry) => entry.join(" "))];
  return concatenated(module, customSection(lines.join("\n")));
}

/** @throws {Error} If there is no section, or the module is not the one that it was made for. */
export async function openStamped(bytes: Uint8Array<ArrayBuffer>): Promise<StampedModule> {
  const module = new WebAssembly.Module(bytes);
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  if (section === undefined) throw new Error("The compiled kernels do not say what they were made from");
  const text = new TextDecoder().decode(section);
  const [digest, ...lines] = text.split("\n");
  const end = bytes.length - customSection(text).length;
  if (await digestOf(bytes.subarray(0, end)) !== digest) {
    throw new Error(`The compiled kernels are damaged: their digest is not ${digest}`);
  }
  return { module, units: new Map(lines.map((line) => line.split(" ") as [string, string])) };
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""); // not every browser has toHex
}

function customSection(text: string): Uint8Array<ArrayBuffer> {
  const [name, content] = [new TextEncoder().encode(SECTION), new TextEncoder().encode(text)];
  const body = concatenated(Uint8Array.of(name.length), name, content);
  return concatenated(Uint8Array.of(0), unsigned(body.length), body);
}

/** LEB128. */
function unsigned(value: number): Uint8Array<ArrayBuffer> {
  const bytes = [];
  for (; value >= 0x80; value >>>= 7) bytes.push(value & 0x7f | 0x80);
  return Uint8Array.of(...bytes, value);
}

function concatenated(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
