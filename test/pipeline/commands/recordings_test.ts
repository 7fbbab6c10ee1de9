/** Recordings that a command line names, and whether they can be learnt from. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { UserError } from "../../../lib/base/errors.ts";
import {
  checkRecordings,
  recordingsAt,
  withoutCopies,
} from "../../../pipeline/commands/shared/recordings_io.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const RATE = 16000;
const SHAPE = { sampleRate: RATE, clipSamples: RATE };

function write(dir: TempDir, name: string, samples: Float32Array, rate = RATE): void {
  dir.write(name, "");
  Deno.writeFileSync(`${dir.path}/${name}`, encodeWav16(samples, rate));
}

/** A tone of some seconds between silences. */
function tone(seconds: number): Float32Array {
  const begin = 0.2 * RATE;
  return new Float32Array(begin + (seconds + 0.2) * RATE).map((_, n) =>
    n < begin || n > begin + seconds * RATE ? 0 : 0.3 * Math.sin(n)
  );
}

Deno.test("recordings are called as they are typed, with their folders", async () => {
  await using dir = tempDir();
  for (const name of ["a.wav", "b.flac", "notes.txt"]) dir.write(`clips/${name}`, "");
  const named = (typed: string) => recordingsAt(typed, dir.path, "--words x").map(({ typed }) => typed);
  assertEquals(named("clips"), ["clips/a.wav", "clips/b.flac"]);
  assertEquals(named("clips/"), ["clips/a.wav", "clips/b.flac"]);
  assertEquals(named("clips/*.wav"), ["clips/a.wav"]);
  assertEquals(named("clips/a.wav"), ["clips/a.wav"]);
  assertEquals(named(`${dir.path}/clips/*.wav`), [`${dir.path}/clips/a.wav`]);
  const above = recordingsAt("../clips/*.wav", `${dir.path}/elsewhere`, "--words x");
  assertEquals(above, [{ path: `${dir.path}/clips/a.wav`, typed: "../clips/a.wav" }]);
  assertThrows(() => named("clips/*.mp3"), UserError, "clips/*.mp3 matches no file");
});

Deno.test("all recordings that cannot be learnt from are named at once, each with its fault", async () => {
  await using dir = tempDir();
  write(dir, "lamp/good.wav", tone(0.4));
  write(dir, "lamp/long.wav", tone(3));
  write(dir, "lamp/silent.wav", new Float32Array(RATE));
  write(dir, "lamp/slow.wav", tone(0.4), 3000);
  dir.write("lamp/text.wav", "no sound");
  write(dir, "wrong.wav", new Float32Array(0));
  const at = (typed: string) => recordingsAt(typed, dir.path, "--words lamp");
  const error = await assertRejects(() => checkRecordings(at("lamp/"), at("wrong.wav"), SHAPE), UserError);
  assertEquals(error.reason, "bad-audio");
  const [head, ...faults] = error.faults;
  assertStringIncludes(head!, "Cannot enrol with 5 of 6 recordings, and nothing has run");
  const wanted = [
    /lamp\/long\.wav: what is said takes 3\.\d s/,
    /lamp\/silent\.wav: it is silent/,
    /lamp\/slow\.wav: its rate is 3000 Hz/,
    /lamp\/text\.wav/,
    /wrong\.wav: it has no samples/,
  ];
  assertEquals(faults.length, wanted.length);
  wanted.forEach((pattern, i) => assertMatch(faults[i]!, pattern));
  const alone = await assertRejects(() => checkRecordings(at("lamp/silent.wav"), [], SHAPE), UserError);
  assertEquals(alone.faults.length, 1);
  await checkRecordings(at("lamp/good.wav"), at("lamp/long.wav"), SHAPE);
});

Deno.test("a copy of a recording counts once, and is refused for another word or as a false alarm", async () => {
  await using dir = tempDir();
  write(dir, "lamp/a.wav", tone(0.4));
  write(dir, "lamp/b.wav", tone(0.5));
  write(dir, "lamp/c.wav", tone(0.4));
  write(dir, "radio/d.wav", tone(0.6));
  write(dir, "copies/e.wav", tone(0.6));
  write(dir, "copies/f.wav", tone(0.4));
  const at = (typed: string, flag: string) => ({ flag, takes: recordingsAt(typed, dir.path, flag) });
  const [lamp, radio] = [at("lamp", "--words lamp"), at("radio", "--words radio")];
  const told: string[] = [];
  const kept = withoutCopies([lamp, radio], (line) => told.push(line));
  assertEquals(kept.map((takes) => takes.map(({ typed }) => typed)), [["lamp/a.wav", "lamp/b.wav"], [
    "radio/d.wav",
  ]]);
  assertEquals(told, ["lamp/c.wav is the same recording as lamp/a.wav, and counts once for --words lamp."]);
  for (
    const [other, wanted] of [
      [
        at("copies/e.wav", "--words door"),
        "Cannot enrol with copies/e.wav of --words door: it is the same recording as radio/d.wav of --words radio",
      ],
      [
        at("copies/f.wav", "--false-alarm"),
        "Cannot enrol with copies/f.wav of --false-alarm: it is the same recording as lamp/a.wav of --words lamp",
      ],
    ] as const
  ) {
    const error = assertThrows(() => withoutCopies([lamp, radio, other], () => {}), UserError, wanted);
    assertEquals([error.reason, error.faults.length], ["usage", 1]);
  }
});
