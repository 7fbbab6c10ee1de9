import { assertEquals, assertRejects } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { checkLength } from "../../../lib/stream/source_io.ts";
import { tempDir } from "../../support/temp_dir.ts";

const CLIP = { sampleRate: 8000, clipSamples: 8000 };

Deno.test("checkLength() refuses a stream in which no decision can be made, whatever its rate", async () => {
  await using dir = tempDir();
  const write = (name: string, samples: number, rate: number) => {
    Deno.mkdirSync(`${dir.path}/${name.split("/")[0]}`, { recursive: true });
    Deno.writeFileSync(`${dir.path}/${name}`, encodeWav16(new Float32Array(samples).fill(0.1), rate));
  };
  write("a/1.wav", 16000 * 0.4, 16000);
  const alone = await assertRejects(() => checkLength(`${dir.path}/a/1.wav`, CLIP), UserError);
  assertEquals(
    [alone.reason, alone.message],
    [
      "bad-audio",
      `Cannot listen to ${dir.path}/a/1.wav: it has 0.40 s of sound, wanted at least the 1.00 s that one decision ` +
      "hears. Give a longer recording.",
    ],
  );
  write("a/2.wav", 8000 * 0.5, 8000);
  await assertRejects(() => checkLength(`${dir.path}/a`, CLIP), UserError, "it has 0.90 s of sound");
  write("a/3.wav", 8000 * 0.1, 8000);
  await checkLength(`${dir.path}/a`, CLIP);
  Deno.mkdirSync(`${dir.path}/none`);
  await assertRejects(() => checkLength(`${dir.path}/none`, CLIP), UserError, "found no recordings in it");
});
