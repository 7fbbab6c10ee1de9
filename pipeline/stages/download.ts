/** Brings a published archive here: one output, named as the archive. Only this stage may use the network. */
import { z } from "zod";
import { UserError } from "../../lib/base/errors.ts";
import { parseRecord } from "../../lib/base/record.ts";
import { copyChecked, fetchFile } from "../../lib/download/fetch_io.ts";
import { defineStage, type StageIo } from "../engine/stage.ts";

/** What is wanted, whatever way it comes. */
const downloadSlice = z.strictObject({ file: z.string(), bytes: z.int(), sha256: z.string() });

const routeSchema = z.strictObject({
  /** Paths that are looked at first: copies by hand, mirrors that are folders. */
  paths: z.array(z.string()),
  /** Where it is on the network, the preferred place first. */
  urls: z.array(z.string()),
  /** Where it is published. */
  published: z.string(),
  /** Where a user may put it by hand. */
  by_hand: z.string(),
  patience: z.strictObject({
    tries: z.int(),
    first_pause_ms: z.number(),
    longest_pause_ms: z.number(),
    silence_ms: z.number(),
  }).optional(),
});

export type DownloadSlice = z.output<typeof downloadSlice>;
export type DownloadRoute = z.output<typeof routeSchema>;

/** Bytes between two reports of progress. */
const REPORT_BYTES = 4_000_000;

/** @throws {UserError} `download-failed` if no place gives the file; `bad-file` if one on disk is not the wanted file. */
export const stage = defineStage({
  slice: downloadSlice,
  async run(io, wanted) {
    const route = parseRecord(
      routeSchema,
      io.route,
      `Cannot find a way to ${wanted.file}`,
      "Plan the download again.",
    );
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
  },
});

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

if (import.meta.main) await stage.serve();
