/** Of damaged files nothing is printed but the sentence, by whoever shows it: decoders are silent. */
import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { FLACDecoder } from "@wasm-audio-decoders/flac";
import { openRecording } from "../../../lib/audio/open_recording.ts";
import { unprinted } from "../../../lib/audio/unprinted_io.ts";
import { UserError } from "../../../lib/base/errors.ts";

const read = (name: string) => Deno.readFileSync(new URL(`../../fixtures/audio/${name}`, import.meta.url));
/** Encoded by libsndfile: 12,000 samples in three frames, the second of which is lost here. */
const WITHOUT_FRAME = read("tone.flac").filter((_, i) => i < 948 || i >= 1811);

/** What is printed meanwhile. */
async function printedBy(work: () => Promise<unknown>): Promise<string[]> {
  const { log, warn, error } = console;
  const lines: string[] = [];
  const print = (...parts: unknown[]) => void lines.push(parts.join(" "));
  Object.assign(console, { log: print, warn: print, error: print });
  try {
    await work();
  } finally {
    Object.assign(console, { log, warn, error });
  }
  return lines;
}

Deno.test("the decoder of FLAC prints what it makes of a damaged file, and is not heard", async () => {
  const decoder = new FLACDecoder();
  await decoder.ready;
  const alone = await printedBy(() => decoder.decodeFile(WITHOUT_FRAME));
  decoder.free();
  assertMatch(alone.join("\n"), /FLAC__STREAM_DECODER_ERROR_STATUS_MISSING_FRAME/);
  const lines = await printedBy(() =>
    assertRejects(() => openRecording(WITHOUT_FRAME, "a.flac"), UserError, "Cannot read a.flac as FLAC audio")
  );
  assertEquals(lines, []);
});

for (const name of ["tone.flac", "tone.mp3", "tone.ogg"]) {
  Deno.test(`of half of ${name} nothing is printed`, async () => {
    const bytes = read(name);
    const half = bytes.subarray(0, bytes.length / 2);
    assertEquals(await printedBy(() => assertRejects(() => openRecording(half, name), UserError)), []);
  });
}

Deno.test("whoever prints after a decoder is heard", async () => {
  const lines = await printedBy(async () => {
    assertEquals(unprinted(() => (console.log("within"), 7)), 7);
    assertThrows(() => unprinted(() => fail()), Error, "no");
    await Promise.resolve(console.error("afterwards"));
  });
  assertEquals(lines, ["afterwards"]);
});

function fail(): never {
  throw new Error("no");
}
