/** Safetensors files: written whole or row by row, read whole or by rows. */
import { UserError } from "../base/errors.ts";
import { explainSystemError } from "../base/system_error_io.ts";
import {
  bytesOf,
  type Dtype,
  dtypeOf,
  ELEMENT_BYTES,
  elementCount,
  encodeTensors,
  type Header,
  headerLength,
  layOut,
  LENGTH_BYTES,
  parseHeader,
  type StoredTensor,
  type TensorData,
  type TensorEntry,
  type TensorFile,
  type TensorShape,
  viewAs,
  type WritableData,
} from "./safetensors.ts";

/** The one tensor that arrives row by row. */
export interface RowTensor {
  readonly name: string;
  readonly dtype: Dtype;
  /** `[rows, ...row]`; `rows` must be appended before {@link RowWriter.finish}. */
  readonly shape: readonly number[];
}

/**
 * Writes a file so that its name never shows a part of it: under a temporary name first, renamed last. One writer
 * at a time.
 * @throws {UserError} `disk-full` or `permission-denied`.
 */
export function writeTensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor<WritableData>>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  const bytes = encodeTensors(tensors, metadata);
  writeUnder(path, (file) => writeAll(file, bytes));
}

/** More than any network or recording of training here has; what is read by rows may be larger. */
const MOST_BYTES = 2 ** 30;

/**
 * Reads a file as a whole, its header first: what is no such file, or is too large, is not read.
 *
 * @throws {UserError} `bad-file` if the file is missing, malformed or larger than 1 GiB.
 */
export function readTensors(path: string): TensorFile {
  using file = new RowReader(path);
  return file.readAll();
}

/** What {@link readTensors} would say of a file, from its header alone. @throws {UserError} `bad-file`. */
export function checkTensors(path: string): void {
  using file = new RowReader(path);
  file.checkSize();
}

/** Writes one big tensor as its rows come, and small ones around it. Ends with `finish` or `abort`. */
export class RowWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: Deno.FsFile;
  readonly #rows: TensorEntry;
  /** Tensors that stand behind the rows. */
  readonly #after: readonly TensorEntry[];
  readonly #small: ReadonlyMap<string, StoredTensor<WritableData>>;
  #left: number;

  /** @throws {UserError} If the disk is full or the folder may not be written. */
  constructor(
    path: string,
    rows: RowTensor,
    small: ReadonlyMap<string, StoredTensor<WritableData>>,
    metadata: Readonly<Record<string, string>>,
  ) {
    const shapes = new Map<string, TensorShape>([[rows.name, rows]]);
    for (const [name, { shape, data }] of small) shapes.set(name, { dtype: dtypeOf(data), shape });
    const { head, entries } = layOut(shapes, metadata);
    this.#rows = entries.get(rows.name)!;
    this.#small = small;
    this.#left = this.#rows.end - this.#rows.begin;
    this.#path = path;
    this.#temporary = temporaryName(path);
    this.#file = explained(
      path,
      () => Deno.openSync(this.#temporary, { write: true, create: true, truncate: true }),
    );
    this.#write(head);
    const ordered = [...entries.values()];
    const place = ordered.indexOf(this.#rows);
    this.#writeSmall(ordered.slice(0, place));
    this.#after = ordered.slice(place + 1);
  }

  /** @param rows One or more whole rows. */
  append(rows: WritableData): void {
    if (dtypeOf(rows) !== this.#rows.dtype || rows.byteLength > this.#left) {
      throw new Error(
        `Cannot append ${rows.byteLength} bytes of ${dtypeOf(rows)} to ${this.#path}: ` +
          `${this.#left} bytes of ${this.#rows.dtype} are left`,
      );
    }
    this.#left -= rows.byteLength;
    this.#write(bytesOf(rows));
  }

  /** Gives the file its name. @throws {Error} If rows are missing. */
  finish(): void {
    if (this.#left !== 0) {
      throw new Error(`Cannot finish ${this.#path}: ${this.#left} bytes of rows are missing`);
    }
    this.#writeSmall(this.#after);
    this.#file.close();
    explained(this.#path, () => Deno.renameSync(this.#temporary, this.#path));
  }

  /** Removes what has been written. */
  abort(): void {
    this.#file.close();
    Deno.removeSync(this.#temporary);
  }

  #writeSmall(entries: readonly TensorEntry[]): void {
    for (const { name } of entries) this.#write(bytesOf(this.#small.get(name)!.data));
  }

  #write(bytes: Uint8Array): void {
    explained(this.#path, () => writeAll(this.#file, bytes));
  }
}

/** Reads rows of tensors by their place in the file, so that no more than the asked rows is ever in memory. */
export class RowReader {
  readonly header: Header;
  readonly #path: string;
  readonly #file: Deno.FsFile;

  /** @throws {UserError} `bad-file` if the file is missing or malformed. */
  constructor(path: string) {
    this.#path = path;
    this.#file = openPlain(path);
    try {
      this.header = this.#readHeader();
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  /** All tensors. @throws {UserError} `bad-file` if they are more than 1 GiB. */
  readAll(): TensorFile {
    this.checkSize();
    const { entries, metadata } = this.header;
    const tensors = new Map(
      [...entries].map(([name, { dtype, shape }]) =>
        [name, { shape, data: this.read(name, dtype) }] as const
      ),
    );
    return { tensors, metadata };
  }

  /** @throws {UserError} `bad-file` if all tensors are more than 1 GiB. */
  checkSize(): void {
    const bytes = [...this.header.entries.values()].reduce((sum, { begin, end }) => sum + end - begin, 0);
    if (bytes <= MOST_BYTES) return;
    throw new UserError(
      "bad-file",
      `Cannot read ${this.#path}: its tensors have ${bytes} bytes, wanted at most ${MOST_BYTES}. No network here has as ` +
        `many; give a file of one.`,
    );
  }

  /** A whole tensor. @throws {UserError} `bad-file` if there is none of that name and dtype. */
  read(name: string, dtype: Dtype): TensorData {
    const entry = this.entry(name, dtype);
    const bytes = new Uint8Array(entry.end - entry.begin);
    this.#readAt(entry.begin, bytes);
    return viewAs(dtype, bytes.buffer);
  }

  /**
   * Copies rows into `target`, one after another; neighbours in the file are read at once.
   * @param rows Indices into the leading axis.
   * @param target At least `rows.length` rows long, of the tensor's dtype.
   */
  readRows(entry: TensorEntry, rows: ArrayLike<number>, target: WritableData): void {
    const rowSize = elementCount(entry.shape.slice(1));
    for (let i = 0; i < rows.length;) {
      const first = rows[i]!;
      let length = 1;
      while (i + length < rows.length && rows[i + length] === first + length) length++;
      this.readRange(entry, first, length, target.subarray(i * rowSize, (i + length) * rowSize));
      i += length;
    }
  }

  /**
   * Copies `count` rows from row `first` on into `target`.
   * @param target At least `count` rows long, of the tensor's dtype.
   */
  readRange(entry: TensorEntry, first: number, count: number, target: WritableData): void {
    const [rows = 0, ...row] = entry.shape;
    const rowBytes = elementCount(row) * ELEMENT_BYTES[entry.dtype];
    if (!Number.isInteger(first) || first < 0 || first + count > rows) {
      throw new RangeError(`Cannot read rows ${first} to ${first + count - 1} of ${rows} in ${this.#path}`);
    }
    this.#readAt(entry.begin + first * rowBytes, bytesOf(target).subarray(0, count * rowBytes));
  }

  /** Copies elements from the one at `first` on, in the order of the file, until `target` is full. */
  readElements(entry: TensorEntry, first: number, target: WritableData): void {
    const elements = elementCount(entry.shape);
    if (!Number.isInteger(first) || first < 0 || first + target.length > elements) {
      throw new RangeError(
        `Cannot read elements ${first} to ${first + target.length - 1} of ${elements} in ${this.#path}`,
      );
    }
    this.#readAt(entry.begin + first * ELEMENT_BYTES[entry.dtype], bytesOf(target));
  }

  /** @throws {UserError} `bad-file` if there is no tensor of that name and one of these dtypes. */
  entry(name: string, ...dtypes: readonly Dtype[]): TensorEntry {
    const entry = this.header.entries.get(name);
    if (entry !== undefined && dtypes.includes(entry.dtype)) return entry;
    throw new UserError(
      "bad-file",
      `Cannot use ${this.#path}: found ${
        entry === undefined ? "no" : entry.dtype
      } tensor "${name}", wanted ` +
        `one of dtype ${dtypes.join(" or ")}. Make the file again.`,
    );
  }

  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #readHeader(): Header {
    const { size } = this.#file.statSync();
    const start = new Uint8Array(Math.min(size, LENGTH_BYTES));
    this.#readAt(0, start);
    const json = new Uint8Array(headerLength(start, size, this.#path));
    this.#readAt(LENGTH_BYTES, json);
    return parseHeader(json, size, this.#path);
  }

  #readAt(position: number, target: Uint8Array): void {
    this.#file.seekSync(position, Deno.SeekMode.Start);
    for (let at = 0; at < target.length;) {
      const count = this.#file.readSync(target.subarray(at));
      if (count === null) {
        throw new UserError(
          "bad-file",
          `Cannot read ${target.length} bytes at ${position} of ${this.#path}: the file ends before. It was ` +
            `cut while in use; make it again.`,
        );
      }
      at += count;
    }
  }
}

function writeUnder(path: string, write: (file: Deno.FsFile) => void): void {
  const temporary = temporaryName(path);
  explained(path, () => {
    try {
      const file = Deno.openSync(temporary, { write: true, create: true, truncate: true });
      try {
        write(file);
      } finally {
        file.close();
      }
      Deno.renameSync(temporary, path);
    } catch (error) {
      removeIfThere(temporary);
      throw error;
    }
  });
}

function temporaryName(path: string): string {
  return `${path}.part`; // one name, so that what a killed writer left is overwritten by the next
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function explained<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw explainSystemError(error, `write ${path}`);
  }
}

/** By its path first: opening a pipe waits until somebody writes into it. */
function openPlain(path: string): Deno.FsFile {
  try {
    const { isFile, isDirectory } = Deno.statSync(path);
    if (isFile) return Deno.openSync(path);
    throw new UserError(
      "bad-file",
      `Cannot read ${path} as safetensors: it is ${
        isDirectory ? "a folder" : "a pipe or device"
      }, wanted a file. Give that ` +
        `of the checkpoint.`,
    );
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw explainSystemError(error, `read ${path}`);
    throw new UserError("bad-file", `Cannot read ${path}: found no such file. Make or fetch it again.`, {
      cause: error,
    });
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}
