/**
 * The safetensors format: eight bytes of header length, a JSON header, then all tensors one after another,
 * little-endian. Source: https://github.com/huggingface/safetensors#format. What is written is deterministic:
 * wider elements first (so that each tensor is aligned to its elements), then by name, and the data start at a
 * multiple of eight bytes. What is read is checked against the whole specification.
 */
import { UserError } from "../base/errors.ts";

/** Half-precision floats are widened to float32, which holds them exactly; truth values are bytes. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;
/** What can be written; the others are read only. */
export type WritableData = Float32Array | Int16Array | Int32Array | Uint8Array;

export interface TensorShape {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

export interface TensorEntry extends TensorShape {
  readonly name: string;
  /** Byte positions in the file, end exclusive. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order of the data. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Layout extends Header {
  /** Length, JSON and padding: the file up to the first tensor. */
  readonly head: Uint8Array;
  readonly fileBytes: number;
}

export interface StoredTensor<Data extends TensorData = TensorData> {
  readonly shape: readonly number[];
  readonly data: Data;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Of all types whose elements have bytes of their own, but for floats of eight bits. */
export const ELEMENT_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;
export type Dtype = keyof typeof ELEMENT_BYTES;
/** Bytes before the JSON. */
export const LENGTH_BYTES = 8;
// The reference implementation's limit; it keeps a damaged length from filling the memory.
const MAX_HEADER_BYTES = 100_000_000;
const METADATA = "__metadata__";
/** What begins files that checkpoints are kept in elsewhere: as the length of a header each would be enormous. */
const OTHERS: readonly (readonly [readonly number[], string])[] = [
  [[0x50, 0x4b, 3, 4], "a zip archive, as torch.save writes"],
  [[0x80, 2], "a pickle, as torch.save wrote before version 1.6"],
  [[0x89, 0x48, 0x44, 0x46], "HDF5, as Keras writes"],
  [[0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x20], "a pointer that Git LFS leaves in a file's place"],
  [[0x47, 0x47, 0x55, 0x46], "GGUF"],
];

/**
 * Places tensors in a file.
 * @throws {Error} If a name is reserved or a shape is not made of whole numbers >= 0.
 */
export function layOut(
  tensors: ReadonlyMap<string, TensorShape>,
  metadata: Readonly<Record<string, string>>,
): Layout {
  const ordered = [...tensors].sort(([a, x], [b, y]) =>
    ELEMENT_BYTES[y.dtype] - ELEMENT_BYTES[x.dtype] || (a < b ? -1 : 1)
  );
  const header: [string, unknown][] = [];
  const keys = Object.keys(metadata).sort();
  if (keys.length > 0) header.push([METADATA, Object.fromEntries(keys.map((key) => [key, metadata[key]]))]);
  let at = 0;
  const placed: TensorEntry[] = [];
  for (const [name, { dtype, shape }] of ordered) {
    if (name === METADATA || !shape.every(isSize)) {
      throw new Error(`Cannot store tensor ${JSON.stringify(name)} of shape [${shape}]`);
    }
    const end = at + elementCount(shape) * ELEMENT_BYTES[dtype];
    header.push([name, { dtype, shape, data_offsets: [at, end] }]);
    placed.push({ name, dtype, shape, begin: at, end });
    at = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(LENGTH_BYTES + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(json, LENGTH_BYTES);
  const entries = new Map(
    placed.map((e) => [e.name, { ...e, begin: e.begin + head.length, end: e.end + head.length }]),
  );
  return { entries, metadata, head, fileBytes: head.length + at };
}

/**
 * Length of the JSON header in bytes.
 * @param start The file's first eight bytes, or all of it if it is shorter.
 * @throws {UserError} `bad-file`.
 */
export function headerLength(start: Uint8Array, fileBytes: number, file: string): number {
  if (start.length < LENGTH_BYTES) refuse(file, `${fileBytes} bytes`, "at least 8");
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  const limit = Math.min(MAX_HEADER_BYTES, fileBytes - LENGTH_BYTES);
  if (length >= 2n && length <= BigInt(limit)) return Number(length);
  const other = OTHERS.find(([magic]) => magic.every((byte, i) => start[i] === byte))?.[1];
  if (other === undefined) {
    refuse(file, `a header length of ${length}`, `2 to ${limit} (the file has ${fileBytes} bytes)`);
  }
  throw new UserError(
    "bad-file",
    `Cannot read ${file} as safetensors: it is ${other}. Save its tensors in Python with ` +
      `safetensors.torch.save_file(state_dict, "model.safetensors").`,
  );
}

/**
 * Checks and reads the JSON header: known dtypes, sizes that follow from shapes, tensors that fill the rest of the
 * file without overlap or hole, no name twice.
 * @param json The header's bytes after the length.
 * @throws {UserError} `bad-file`, naming the file, what was found and what was wanted.
 */
export function parseHeader(json: Uint8Array, fileBytes: number, file: string): Header {
  const { [METADATA]: rawMetadata, ...rest } = parseObject(json, file);
  const metadata = checkMetadata(rawMetadata, file);
  const dataStart = LENGTH_BYTES + json.length;
  const sorted = Object.entries(rest).map(([name, value]) => checkEntry(name, value, dataStart, file))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = dataStart;
  for (const { name, begin, end } of sorted) {
    if (begin !== at) {
      const what = begin < at ? "overlaps the tensor before it" : "leaves a hole before it";
      refuse(file, `tensor ${quote(name)} at byte ${begin}, which ${what}`, `byte ${at}`);
    }
    at = end;
  }
  if (at !== fileBytes) refuse(file, `${fileBytes} bytes`, `${at} as the header says`);
  return { entries: new Map(sorted.map((entry) => [entry.name, entry])), metadata };
}

/** A whole file's bytes. */
export function encodeTensors(
  tensors: ReadonlyMap<string, StoredTensor<WritableData>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const shapes = new Map([...tensors].map(([name, { shape, data }]) => {
    if (elementCount(shape) !== data.length) {
      throw new Error(`Cannot store ${quote(name)}: found ${data.length} values for shape [${shape}]`);
    }
    return [name, { dtype: dtypeOf(data), shape }] as const;
  }));
  const { head, entries, fileBytes } = layOut(shapes, metadata);
  const file = new Uint8Array(fileBytes);
  file.set(head);
  for (const [name, { begin }] of entries) file.set(bytesOf(tensors.get(name)!.data), begin);
  return file;
}

/** @param file Names the file in errors. @throws {UserError} `bad-file`. */
export function decodeTensors(bytes: Uint8Array, file: string): TensorFile {
  const length = headerLength(bytes.subarray(0, LENGTH_BYTES), bytes.length, file);
  const json = bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  const { entries, metadata } = parseHeader(json, bytes.length, file);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, begin, end }] of entries) {
    const copy = bytes.slice(begin, end); // a buffer of its own is aligned, whatever made the file
    tensors.set(name, { shape, data: viewAs(dtype, copy.buffer) });
  }
  return { tensors, metadata };
}

/** Number of elements: the product of the sizes. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function dtypeOf(data: WritableData): Dtype {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Uint8Array) return "U8";
  return data instanceof Int16Array ? "I16" : "I32";
}

/** The bytes of an array as they are stored. Deno runs on little-endian machines only, so no swap is needed. */
export function bytesOf(data: TensorData): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

/** An array over a buffer, without a copy where there is one of its type. */
export function viewAs(dtype: Dtype, buffer: ArrayBuffer): TensorData {
  switch (dtype) {
    case "F64":
      return new Float64Array(buffer);
    case "F32":
      return new Float32Array(buffer);
    case "F16":
      return Float32Array.from(new Float16Array(buffer));
    case "BF16": // the upper half of a float32
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);
    case "I64":
      return new BigInt64Array(buffer);
    case "I32":
      return new Int32Array(buffer);
    case "I16":
      return new Int16Array(buffer);
    case "I8":
      return new Int8Array(buffer);
    case "U64":
      return new BigUint64Array(buffer);
    case "U32":
      return new Uint32Array(buffer);
    case "U16":
      return new Uint16Array(buffer);
    case "U8":
    case "BOOL":
      return new Uint8Array(buffer);
    default:
      dtype satisfies never;
      throw new Error(`Unknown dtype ${dtype}`);
  }
}

function parseObject(json: Uint8Array, file: string): Record<string, unknown> {
  let text = "";
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json);
    value = JSON.parse(text);
  } catch (error) {
    refuse(file, `a header that is no JSON text (${(error as Error).message})`, "JSON in UTF-8");
  }
  if (!text.startsWith("{") || !isObject(value)) refuse(file, "another kind of header", "a JSON object");
  const doubled = firstRepeatedKey(text);
  if (doubled !== undefined) refuse(file, `${doubled} twice in the header`, "each name once");
  return value;
}

/** JSON.parse keeps the last of equal keys silently. Values of the outer object are never bare strings here. */
function firstRepeatedKey(text: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1) {
      const key = JSON.parse(token) as string;
      if (seen.has(key)) return token;
      seen.add(key);
    }
  }
  return undefined;
}

function checkMetadata(value: unknown, file: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value) || !Object.values(value).every((item) => typeof item === "string")) {
    refuse(file, "metadata with values that are not text", "text for every key");
  }
  return value as Record<string, string>;
}

function checkEntry(name: string, value: unknown, dataStart: number, file: string): TensorEntry {
  const tensor = `tensor ${quote(name)}`;
  if (!isObject(value)) refuse(file, `${tensor} without a description`, "dtype, shape and data_offsets");
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype)) {
    throw new UserError(
      "bad-file",
      `Cannot read ${file}: its ${tensor} is of dtype ${shown(dtype)}, wanted ${
        Object.keys(ELEMENT_BYTES).join(", ")
      }. Save it as one of these, in Python with tensor.float().`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    refuse(file, `${tensor} of shape ${shown(shape)}`, "a list of whole numbers >= 0");
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    refuse(file, `${tensor} at ${shown(offsets)}`, "begin and end as whole numbers >= 0");
  }
  const [begin, end] = offsets as [number, number];
  const wanted = elementCount(shape) * ELEMENT_BYTES[dtype];
  if (end - begin !== wanted) {
    refuse(file, `${tensor} of ${end - begin} bytes`, `${wanted} for ${dtype} [${shape}]`);
  }
  return { name, dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === "string" && Object.hasOwn(ELEMENT_BYTES, value);
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function quote(name: string): string {
  return JSON.stringify(name);
}

function refuse(file: string, found: string, wanted: string): never {
  throw new UserError(
    "bad-file",
    `Cannot read ${file} as safetensors: found ${found}, wanted ${wanted}. The file is damaged or of another ` +
      `kind; make or fetch it again.`,
  );
}

/** A value of the header; one that is not there too. */
function shown(value: unknown): string {
  return value === undefined ? "(missing)" : JSON.stringify(value);
}
