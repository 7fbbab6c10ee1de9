/** A model file's bytes, from wherever it is. */
import { UserError } from "../base/errors.ts";

/** Larger ones are no keyword spotters: a server that never ends must not fill the memory. */
const MOST_BYTES = 2 ** 26;

/** What a model may be loaded from. A text is an address, or outside a browser also a path. */
export type ModelSource = string | URL | Blob | ArrayBuffer | Uint8Array;

/** @throws {UserError} `bad-file` if it cannot be had, is too large, or is a page in place of a model. */
export async function modelBytes(
  source: ModelSource,
): Promise<{ readonly bytes: Uint8Array; readonly name: string }> {
  const name = nameOf(source);
  const bytes = await bytesOf(source, name);
  if (bytes.length > MOST_BYTES) refuse(name, `${bytes.length} bytes`, `at most ${MOST_BYTES}`);
  if (bytes[0] === 0x3c) { // "<"
    refuse(
      name,
      "a page of HTML",
      "a safetensors file; servers answer so for what they do not have: see its address",
    );
  }
  return { bytes, name };
}

async function bytesOf(source: ModelSource, name: string): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  const path = pathOf(source);
  if (path !== undefined) return await fileBytes(path, name);
  return await fetched(source, name);
}

async function fetched(address: string | URL, name: string): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(address);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      "bad-file",
      `Cannot load ${name}: ${why}. See its address and that it may be fetched.`,
      {
        cause,
      },
    );
  }
  if (!response.ok) refuse(name, `the answer ${response.status}`, "the file; see its address");
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const { done, value } = await reader?.read() ?? { done: true };
    if (done || value === undefined) break;
    parts.push(value);
    length += value.length;
    if (length <= MOST_BYTES) continue;
    await reader!.cancel();
    refuse(name, `more than ${MOST_BYTES} bytes`, "fewer");
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Programs outside a browser may name files; only they have this. */
interface Process {
  getBuiltinModule?(name: "node:fs/promises"): {
    readFile(path: string | URL): Promise<Uint8Array>;
  } | undefined;
}

/** A file's path, where there are files. */
function pathOf(source: string | URL): string | URL | undefined {
  if ((globalThis as { readonly document?: unknown }).document !== undefined) return undefined;
  if (source instanceof URL) return source.protocol === "file:" ? source : undefined;
  if (source.startsWith("file:")) return new URL(source);
  return /^[a-z][a-z0-9+.-]+:/i.test(source) ? undefined : source;
}

async function fileBytes(path: string | URL, name: string): Promise<Uint8Array> {
  const { process } = globalThis as { readonly process?: Process };
  const files = process?.getBuiltinModule?.("node:fs/promises");
  if (files === undefined) refuse(name, "no files here", "an address, or the file's bytes");
  try {
    return new Uint8Array(await files.readFile(path));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError("bad-file", `Cannot read ${name}: ${why}. See its path.`, { cause });
  }
}

function nameOf(source: ModelSource): string {
  if (typeof source === "string") return source;
  if (source instanceof URL) return source.href;
  if (source instanceof Blob && "name" in source) return String(source.name);
  return "the model";
}

function refuse(name: string, found: string, wanted: string): never {
  throw new UserError("bad-file", `Cannot load ${name}: found ${found}, wanted ${wanted}.`);
}
