/** Bad recordings, trainings and disks end in one sentence, or in a conversion that is said. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { Project } from "../../support/project.ts";
import { assertRefused } from "../../support/refused.ts";

Deno.test("bad recordings are refused with the file's name", async (t) => {
  await using project = new Project();
  const clip = `${project.tones}/yes/00000000_nohash_0.wav`;
  const good = Deno.readFileSync(clip);
  const refused = (name: string, wanted: RegExp, ...args: string[]) =>
    t.step(name, async () => {
      const result = await project.run("kws", ...project.tiny, "n_mels=10", "setting=A", ...args);
      assertRefused(result, wanted);
      assertEquals(result.code, 1);
    });
  Deno.writeFileSync(clip, good.subarray(0, 20_000));
  await refused("a truncated wav", /00000000_nohash_0\.wav/);
  Deno.writeFileSync(clip, new TextEncoder().encode("this is no recording"));
  await refused("a file that is no wav", /00000000_nohash_0\.wav/);
  Deno.writeFileSync(clip, good);
  await refused("a class with no clips", /the target "maybe" has no folder/, "dataset.targets=[yes,maybe]");
  await refused("a folder that is not there", /nowhere/, `root=${project.folder}/nowhere`);
  Deno.mkdirSync(`${project.folder}/empty`);
  await refused("an empty folder", /empty/, `root=${project.folder}/empty`);
});

Deno.test("24-bit, stereo and 44.1 kHz recordings are converted, counted and reported", async () => {
  await using project = new Project();
  Deno.writeFileSync(
    `${project.tones}/yes/00000000_nohash_0.wav`,
    wav({ bits: 24, channels: 2, rate: 44100 }),
  );
  Deno.writeFileSync(
    `${project.tones}/yes/00000000_nohash_1.wav`,
    encodeWav16(new Float32Array(4000).fill(0.1), 8000),
  );
  const { code, stderr } = await project.run("kws", ...project.tiny, "n_mels=10", "setting=A");
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, "2 to resample, 1 to mix down, 1 to pad");
});

Deno.test("a loss that is not finite fails the training with advice and blocks what needs it", async () => {
  await using project = new Project();
  const result = await project.run(
    "kws",
    ...project.tiny,
    "n_mels=10",
    "setting=A",
    "frontend.normalise=none",
    "optim.model.lr=1e30",
  );
  assertRefused(result, /loss .*(not finite|NaN|Infinity)/i);
  assertMatch(
    result.stderr,
    /aggregate\/kws-tones-\w+: blocked by train\/tones-\w+-linear-nnaudio-A-mel10-seed0/,
  );
  assertEquals((await project.run("verify")).code, 0);
});

Deno.test({
  name: "a store on a full disk ends in one sentence, and the same command goes on when there is room",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  fn: async () => {
    await using project = new Project();
    const disk = `${project.folder}/small`;
    Deno.mkdirSync(disk);
    await system("mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", disk);
    try {
      const args = ["kws", ...project.tiny, "n_mels=10", "setting=A", "--store", `${disk}/store`];
      const full = await project.run(...args);
      assertRefused(full, /disk is full/, 3); // a split each
      await system("mount", "-o", "remount,size=64m", disk);
      const roomy = await project.run(...args);
      assertEquals(roomy.code, 0, roomy.stderr);
    } finally {
      await system("umount", disk);
    }
  },
});

async function system(command: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(command, { args, stderr: "piped" }).output();
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** One second of a tone as PCM of any width. */
function wav({ bits, channels, rate }: { bits: 24; channels: number; rate: number }): Uint8Array {
  const bytesPerSample = bits / 8;
  const data = new Uint8Array(rate * channels * bytesPerSample);
  const view = new DataView(data.buffer);
  for (let n = 0; n < rate * channels; n++) {
    const value = Math.round(0.3 * 2 ** 23 * Math.sin(2 * Math.PI * 300 * Math.floor(n / channels) / rate));
    view.setUint16(n * 3, value & 0xffff, true);
    view.setUint8(n * 3 + 2, (value >> 16) & 0xff);
  }
  const header = new DataView(new ArrayBuffer(44));
  const text = (at: number, s: string) => [...s].forEach((c, i) => header.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  header.setUint32(4, 36 + data.length, true);
  text(8, "WAVEfmt ");
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, channels, true);
  header.setUint32(24, rate, true);
  header.setUint32(28, rate * channels * bytesPerSample, true);
  header.setUint16(32, channels * bytesPerSample, true);
  header.setUint16(34, bits, true);
  text(36, "data");
  header.setUint32(40, data.length, true);
  const file = new Uint8Array(44 + data.length);
  file.set(new Uint8Array(header.buffer));
  file.set(data, 44);
  return file;
}
