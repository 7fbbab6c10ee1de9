/** Brings a published archive here: one output, named as the archive. Only this stage may use the network. */
import { UserError } from "../../lib/base/errors.ts";
import { copyChecked, fetchFile, type Wanted } from "../../lib/download/fetch_io.ts";
import type { Patience } from "../../lib/download/transient.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";

/** What is wanted, whatever way it comes. */
export type DownloadSlice = Wanted;

export interface DownloadRoute {
  /** Paths that are looked at first: copies by hand, mirrors that are folders. */
  readonly paths: readonly string[];
  /** Where it is on the network, the preferred place first. */
  readonly urls: readonly string[];
  /** Where it is published. */
  readonly published: string;
  /** Where a user may put it by hand. */
  readonly byHand: string;
  readonly patience?: Patience;
}

/** Bytes between two reports of progress. */
const REPORT_BYTES = 4_000_000;

/** @throws {UserError} `download-failed` if no place gives the file; `bad-file` if one on disk is not the wanted file. */
export async function download(io: StageIo): Promise<void> {
  const wanted = io.slice as unknown as DownloadSlice;
  const route = io.route as unknown as DownloadRoute;
  const target = io.output(wanted.file);
  const onProgress = reporter(io, wanted.bytes);
  for (const path of route.paths) {
    if (!isThere(path)) continue;
    io.note("info", `Taking ${path}.`);
    const trouble = await copyChecked(path, target, wanted, onProgress);
    if (trouble === undefined) return;
    throw new UserError(
      "bad-file",
      `Cannot use ${path}: ${trouble}. Remove it, or put ${route.published} in its place.`,
    );
  }
  const path = `${io.partialDir}/${wanted.file}`;
  try {
    await fetchFile({
      ...wanted,
      urls: route.urls,
      path,
      ...(route.patience === undefined ? {} : { patience: route.patience }),
      onProgress,
      onWarning: (message) => io.note("warning", message),
    });
  } catch (error) {
    if (!(error instanceof UserError) || error.reason !== "download-failed") throw error;
    throw new UserError(
      "download-failed",
      `Cannot download ${wanted.file}: ${error.message}. Run the same command again to go on, name another source ` +
        `with dataset.mirror=URL, or fetch ${route.published} elsewhere and put it at ${route.byHand}.`,
    );
  }
  Deno.renameSync(path, target);
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function reporter(io: StageIo, total: number): (bytes: number) => void {
  let reported = -Infinity;
  return (bytes) => {
    if (bytes < total && Math.abs(bytes - reported) < REPORT_BYTES) return;
    reported = bytes;
    io.progress({ done: inMegabytes(bytes), total: inMegabytes(total), unit: "MB" });
  };
}

function inMegabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}

if (import.meta.main) await serveStage(download);
