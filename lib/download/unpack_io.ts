/** Unpacks a tar archive, gzipped or not, that is not trusted, into a folder that is new. */
import { createTarDecoder } from "modern-tar";
import { UserError } from "../base/errors.ts";
import { EntryRules, type UnpackLimits } from "./entry_rules.ts";
import { EntryTypes } from "./entry_types.ts";

export interface UnpackOptions {
  /** The archive's name, for messages. */
  readonly name: string;
  readonly limits: UnpackLimits;
  /** `false`: the archive is not gzipped. */
  readonly gzip?: boolean;
  /** @param done Bytes of the archive read so far. */
  readonly onProgress: (done: number) => void;
}

export interface Unpacked {
  readonly files: number;
  readonly bytes: number;
}

/** A header and padding for each entry. */
const BYTES_PER_ENTRY = 2048;

/**
 * Owners, modes and times in the archive are not kept.
 *
 * @param archive Path of a `.tar.gz`, or of a `.tar`. @param folder Must not exist.
 * @throws {UserError} `bad-file` if the archive is damaged or holds what {@link EntryRules} refuses.
 */
export async function unpackTar(
  archive: string,
  folder: string,
  { name, limits, gzip = true, onProgress }: UnpackOptions,
): Promise<Unpacked> {
  const rules = new EntryRules(name, limits);
  const types = new EntryTypes();
  const counts = { files: 0, bytes: 0 };
  Deno.mkdirSync(folder);
  const source = await Deno.open(archive, { read: true });
  const entries = source.readable
    .pipeThrough(counter((done) => onProgress(done)))
    .pipeThrough(gzip ? new DecompressionStream("gzip") : new TransformStream())
    .pipeThrough(counter((done, piece) => {
      checkExpanded(done, name, limits);
      const type = types.look(piece);
      if (type !== undefined) throw strangeEntry(type, name);
    }))
    .pipeThrough(createTarDecoder({ strict: true }));
  try {
    for await (const { header, body } of entries) {
      const plan = rules.plan({ ...header, type: header.type ?? "file" });
      if (plan?.kind === "file") {
        counts.bytes += await writeEntry(`${folder}/${plan.name}`, body);
        counts.files++;
        continue;
      }
      await body.cancel();
      if (plan?.kind === "directory") Deno.mkdirSync(`${folder}/${plan.name}`, { recursive: true });
      if (plan?.kind === "copy") {
        makeParent(`${folder}/${plan.name}`);
        Deno.copyFileSync(`${folder}/${plan.of}`, `${folder}/${plan.name}`);
        counts.bytes += plan.size;
        counts.files++;
      }
    }
  } catch (error) {
    throw explainDamage(error, name);
  }
  if (counts.files > 0) return counts;
  throw new UserError(
    "bad-file",
    `Cannot unpack ${name}: it holds no files, or is not a gzipped tar archive.`,
  );
}

/** `createNew`: whatever is there already is never written through. */
async function writeEntry(path: string, body: ReadableStream<Uint8Array>): Promise<number> {
  makeParent(path);
  using file = Deno.openSync(path, { write: true, createNew: true });
  let written = 0;
  for await (const piece of body) {
    for (let at = 0; at < piece.length;) at += file.writeSync(piece.subarray(at));
    written += piece.length;
  }
  return written;
}

function makeParent(path: string): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
}

/** Tells how many bytes have come by, and the last of them. */
function counter(
  onBytes: (done: number, piece: Uint8Array) => void,
): TransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
  let done = 0;
  return new TransformStream({
    transform(piece, controller) {
      onBytes(done += piece.length, piece);
      controller.enqueue(piece as Uint8Array<ArrayBuffer>);
    },
  });
}

/** Such as a sparse file, which may unpack to far more than it takes in the archive. */
function strangeEntry(type: string, name: string): UserError {
  return new UserError(
    "bad-file",
    `Cannot unpack ${name}: it has an entry of the kind ${
      JSON.stringify(type)
    }, wanted files and folders. Check where ` +
      `it comes from.`,
  );
}

/** An archive may be small and expand without end. */
function checkExpanded(done: number, name: string, limits: UnpackLimits): void {
  if (done <= limits.bytes + limits.files * BYTES_PER_ENTRY) return;
  throw new UserError(
    "bad-file",
    `Cannot unpack ${name}: it expands to more than the ${limits.bytes} bytes expected. Check where it comes from.`,
  );
}

/** What gzip and tar readers throw is about the archive; what the system throws is not. */
function explainDamage(error: unknown, name: string): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  const system = "code" in error || Object.values(Deno.errors).some((kind) => error instanceof kind);
  if (system) return error;
  return new UserError(
    "bad-file",
    `Cannot unpack ${name}: it is damaged (${error.message}). Fetch it again.`,
    {
      cause: error,
    },
  );
}
