/** Own words on a trained network, from recordings to what other commands make of the file. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { parseCheckpoint } from "../../../lib/records/checkpoint.ts";
import { sharedProject } from "../../support/project.ts";
import { assertRefused } from "../../support/refused.ts";

const project = sharedProject();
const config = [...project.tiny, "setting=A", "trainer.epochs=6"];
const RATE = 44100;

/** Recordings of one tone, with silence around it. @returns Its folder. */
function recordings(word: string, hz: number, count: number): string {
  const folder = `${project.folder}/${word}`;
  Deno.mkdirSync(folder, { recursive: true });
  for (let i = 0; i < count; i++) {
    const begin = Math.round((0.2 + 0.05 * i) * RATE);
    const samples = new Float32Array(RATE).map((_, n) =>
      n < begin || n > begin + 0.4 * RATE ? 0 : 0.3 * Math.sin(2 * Math.PI * hz * (1 + 0.01 * i) * n / RATE)
    );
    Deno.writeFileSync(`${folder}/${i}.wav`, encodeWav16(samples, RATE));
  }
  return folder;
}

Deno.test("deno task enroll goes from recordings to a model like any other", async (t) => {
  const trained = await project.run("kws", ...config);
  assertEquals(trained.code, 0, trained.stderr);
  const [lamp, radio] = [recordings("lamp", 1500, 3), recordings("radio", 3000, 1)];
  const to = `${project.folder}/own.safetensors`;
  const typed = [
    "--words",
    `lamp=${lamp}/*.wav`,
    "--words",
    `radio on=${radio}`,
    "--to",
    to,
    ...project.tiny,
  ];
  const classes = ["yes", "no", "lamp", "radio on"];

  await t.step("it says what it learnt from, and how sure of it it is", async () => {
    const { code, stdout, stderr } = await project.run("enroll", ...typed);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /lamp +3 +\d of 3/);
    assertMatch(stdout, /radio on +1 +- +-/);
    assertMatch(stdout, /least sure is the lowest probability of any/);
    const steps = [...stderr.matchAll(/^ {2}enroll\/\S+: (Read|Made|Learnt) (\d+ \w+)/gm)];
    assertEquals(steps.map(([, step]) => step), ["Read", "Made", "Learnt"], stderr);
    assertEquals([steps[0]![2], steps[2]![2]], ["4 recordings", "2 words"]);
    assertMatch(stdout, /Of \d+ clips of the data set that are none of the words, \d+ count/);
    assertEquals(
      parseCheckpoint(readTensors(to).metadata, to)!.classes.filter((name) => !name.startsWith("_")),
      classes,
    );
  });

  await t.step(
    "the same again runs nothing, and leaves the file alone unless it may replace it",
    async () => {
      assertRefused(await project.run("enroll", ...typed), /there is such a file/);
      const before = Deno.readFileSync(to);
      const { code, stdout, stderr } = await project.run("enroll", ...typed, "--overwrite", "--json");
      assertEquals(code, 0, stderr);
      assertEquals(JSON.parse(stdout).words.map(({ word }: { word: string }) => word), ["lamp", "radio on"]);
      assertEquals(Deno.readFileSync(to), before);
    },
  );

  await t.step("a false alarm makes another model of it", async () => {
    const wrong = recordings("wrong", 1600, 1);
    const before = Deno.readFileSync(to);
    const { code, stderr } = await project.run("enroll", ...typed, "--overwrite", "--false-alarm", wrong);
    assertEquals(code, 0, stderr);
    assert(!Deno.readFileSync(to).every((byte, i) => byte === before[i]));
  });

  await t.step("a copy of a recording changes nothing, and is told", async () => {
    const copy = `${project.folder}/copy.wav`;
    Deno.copyFileSync(`${lamp}/1.wav`, copy);
    const { code, stdout, stderr } = await project.run(
      "enroll",
      ...typed,
      "--words",
      `lamp=${copy}`,
      "--overwrite",
    );
    assertEquals(code, 0, stderr);
    assertMatch(
      stderr,
      /copy\.wav is the same recording as .*lamp\/1\.wav, and counts once for --words lamp\./,
    );
    assertMatch(stdout, /lamp +3 +\d of 3/);
    assertStringIncludes(stderr, "0 tasks ran");
  });

  await t.step("evaluate takes the file", async () => {
    // What the file says of its classes need not be typed.
    const data = project.tiny.filter((text) => !/targets|unknown|silence/.test(text));
    const { code, stdout, stderr } = await project.run("evaluate", "--checkpoint", to, ...data);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "test split");
  });

  await t.step("bad input ends in one sentence", async () => {
    const refused = async (wanted: RegExp, ...args: string[]) =>
      assertRefused(
        await project.run("enroll", "--to", `${project.folder}/x.safetensors`, ...project.tiny, ...args),
        wanted,
      );
    await refused(/no word is given/);
    await refused(/wanted WORD=PATH/, "--words", "lamp");
    await refused(
      /is not there, wanted \.wav, \.flac, \.mp3 or \.ogg files/,
      "--words",
      `lamp=${project.folder}/nothing`,
    );
    await refused(/matches no file/, "--words", `lamp=${project.folder}/nothing/*.wav`);
    await refused(/tells it already/, "--words", `yes=${lamp}`);
    await refused(/tells it already/, "--words", `Yes=${lamp}`);
    await refused(/given for lamp too/, "--words", `lamp=${lamp}`, "--words", `radio=${lamp}/0.wav`);
    await refused(/given twice for it/, "--words", `lamp=${lamp}`, "--words", `lamp=${lamp}/0.wav`);
    const copies = `${project.folder}/copies`;
    Deno.mkdirSync(copies);
    Deno.copyFileSync(`${lamp}/0.wav`, `${copies}/other.wav`);
    await refused(
      /other\.wav of --words radio: it is the same recording as .*lamp\/0\.wav of --words lamp/,
      "--words",
      `lamp=${lamp}`,
      "--words",
      `radio=${copies}`,
    );
    await refused(
      /lamp\/0\.wav of --false-alarm: it is the same recording as .*lamp\/0\.wav of --words lamp/,
      "--words",
      `lamp=${lamp}`,
      "--false-alarm",
      `${lamp}/0.wav`,
    );
    await refused(
      /enrol lamp: Lamp is given too, which differs from it in capitals alone/,
      "--words",
      `Lamp=${lamp}`,
      "--words",
      `lamp=${radio}`,
    );
    const silent = `${project.folder}/silent.wav`;
    Deno.writeFileSync(silent, encodeWav16(new Float32Array(RATE), RATE));
    await refused(/silent\.wav: it is silent/, "--words", `lamp=${silent}`);
    const text = `${project.folder}/text.wav`;
    Deno.writeTextFileSync(text, "no sound");
    await refused(/text\.wav/, "--words", `lamp=${text}`);
    const both = await project.run(
      "enroll",
      "--to",
      `${project.folder}/x.safetensors`,
      ...project.tiny,
      "--words",
      `lamp=${silent}`,
      "--words",
      `radio=${text}`,
    );
    assertMatch(both.stderr, /2 of 2 recordings, and nothing has run[^]*silent\.wav[^]*text\.wav/);
    assert(!/background\//.test(both.stderr), both.stderr);
    assert(![...Deno.readDirSync(project.folder)].some(({ name }) => name === "x.safetensors"));
  });
});
