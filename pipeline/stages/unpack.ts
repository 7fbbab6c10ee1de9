/** Unpacks a downloaded archive: input `archive`, output `audio`, a folder. */
import { z } from "zod";
import { unpackTar } from "../../lib/download/unpack_io.ts";
import { defineStage } from "../engine/stage.ts";

const unpackSlice = z.strictObject({
  /** The archive's name, for messages. */
  file: z.string(),
  at_most: z.strictObject({
    files: z.int(),
    /** Of all entries with their headers. */
    bytes: z.int(),
  }),
});

export type UnpackSlice = z.output<typeof unpackSlice>;

/** Bytes of the archive between two reports of progress. */
const REPORT_BYTES = 4_000_000;

/** @throws {UserError} `bad-file` if the archive is damaged, leads out of the folder, or holds more than expected. */
export const stage = defineStage({
  slice: unpackSlice,
  async run(io, { file, atMost }) {
    const archive = io.input("archive");
    const { size } = Deno.statSync(archive);
    let reported = 0;
    const { files, bytes } = await unpackTar(archive, io.output("audio"), {
      name: file,
      limits: atMost,
      onProgress(done) {
        if (done < size && done - reported < REPORT_BYTES) return;
        reported = done;
        io.progress({ done: Math.round(done / 1e6), total: Math.round(size / 1e6), unit: "MB" });
      },
    });
    io.note("info", `${files} files, ${Math.round(bytes / 1e6)} MB.`);
  },
});

if (import.meta.main) await stage.serve();
