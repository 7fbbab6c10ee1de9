/** Unpacks a downloaded archive: input `archive`, output `audio`, a folder in the layout of Speech Commands. */
import type { UnpackLimits } from "../../lib/download/entry_rules.ts";
import { unpackTarGz } from "../../lib/download/unpack_io.ts";
import { serveStage, type StageIo } from "../engine/stage.ts";

export interface UnpackSlice {
  /** The archive's name, for messages. */
  readonly file: string;
  readonly at_most: UnpackLimits;
}

/** Bytes of the archive between two reports of progress. */
const REPORT_BYTES = 4_000_000;

/** @throws {UserError} `bad-file` if the archive is damaged, leads out of the folder, or holds more than expected. */
export async function unpack(io: StageIo): Promise<void> {
  const { file, at_most } = io.slice as unknown as UnpackSlice;
  const archive = io.input("archive");
  const { size } = Deno.statSync(archive);
  let reported = 0;
  const { files, bytes } = await unpackTarGz(archive, io.output("audio"), {
    name: file,
    limits: at_most,
    onProgress(done) {
      if (done < size && done - reported < REPORT_BYTES) return;
      reported = done;
      io.progress({ done: Math.round(done / 1e6), total: Math.round(size / 1e6), unit: "MB" });
    },
  });
  io.note("info", `${files} files, ${Math.round(bytes / 1e6)} MB.`);
}

if (import.meta.main) await serveStage(unpack);
