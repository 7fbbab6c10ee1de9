/** A trained spotter over long audio, from a recording to what export, runs and a sweep make of it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { Rng } from "../../../lib/base/random.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { parseCheckpoint } from "../../../lib/records/checkpoint.ts";
import { parseHistory } from "../../../lib/records/history.ts";
import { parseStream } from "../../../lib/records/stream.ts";
import { labelsText, type SpokenWord } from "../../../lib/stream/labels.ts";
import { taskNames } from "../../../pipeline/engine/store/task_names_io.ts";
import { sharedProject } from "../../support/project.ts";
import { tunedCheckpoint } from "../../support/tuned_checkpoint.ts";

const RUN = "tones-linear-nnaudio-A-mel40-seed0";
const RATE = 16000;

const project = sharedProject();
const config = [...project.tiny, "setting=A", "trainer.epochs=12"];

/** Noise with a tone of a second every six, as in the data set; labels beside it. @returns Its path. */
function recording(name: string, words: number): string {
  const rng = Rng.fromSeed(name);
  const samples = new Float32Array((6 * words + 3) * RATE).map(() => 0.02 * rng.normal());
  const said = Array.from({ length: words }, (_, i): SpokenWord => {
    const [word, hz] = i % 2 === 0 ? ["yes", 300] as const : ["no", 510] as const;
    const start = 6 * i + rng.uniform(2, 4);
    for (let n = 0; n < RATE; n++) {
      const at = Math.round(start * RATE) + n;
      samples[at] = samples[at]! + 0.3 * Math.sin(2 * Math.PI * hz * n / RATE);
    }
    return { start, end: start + 1, word };
  });
  const path = `${project.folder}/${name}.wav`;
  Deno.writeFileSync(path, encodeWav16(samples, RATE));
  Deno.writeTextFileSync(path.replace(".wav", ".csv"), labelsText(said));
  return path;
}

Deno.test("a run listens to a recording, and what it chose goes on", async (t) => {
  const trained = await project.run("kws", ...config);
  assertEquals(trained.code, 0, trained.stderr);
  const [test, development] = [recording("evening", 9), recording("tuning", 10)];
  const run = project.runName(RUN);
  const listen = [
    run,
    "--audio",
    test,
    "--development",
    development,
    "stream.smoothing=[1,2]",
    "stream.patience=[1,3]",
  ];
  const file = `${project.folder}/tuned.safetensors`;
  const point = () => parseCheckpoint(readTensors(file).metadata, file)!.operatingPoint;

  await t.step("before, its checkpoint has no operating point", async () => {
    assertEquals((await project.run("export", run, "--to", file)).code, 0);
    assertEquals(point(), undefined);
  });

  await t.step("it hears most words, and says how sure that is", async () => {
    const { code, stdout, stderr } = await project.run("stream", ...listen);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "listened to evening.wav (57.0 s, 9 words)");
    assertStringIncludes(stdout, "chosen on tuning.wav (10 words");
    assertStringIncludes(stdout, "allows no alarm at all");
    const json = await project.run("stream", ...listen, "--json");
    const { run: named, format, ...record } = JSON.parse(json.stdout);
    assertEquals([named, format], [run, 1]);
    const { operating, curve, tried, test } = parseStream(JSON.stringify({ format, ...record }), "x");
    assertEquals([test.words, tried.length], [9, 4]);
    assert(operating.missed <= 4, `${operating.missed} of 9 missed`);
    assertEquals(
      [curve.at(-1)!.missed, curve.at(-1)!.falseAlarms],
      [9, 0],
      "the end at which nothing is heard",
    );
    assertStringIncludes(json.stderr, "0 tasks ran");
  });

  await t.step("export, runs and the file have it", async () => {
    assertEquals((await project.run("export", run, "--to", file, "--overwrite")).code, 0);
    assertEquals([point()!.chosenOn.stream, point()!.chosenOn.words], ["tuning.wav", 10]);
    const { stdout } = await project.run("stream", ...listen, "--json");
    const { run: _, ...record } = JSON.parse(stdout);
    assertEquals(point(), parseStream(JSON.stringify(record), "x").operatingPoint);
    const { metrics } = JSON.parse((await project.run("runs", "--json")).stdout);
    assertEquals(metrics["stream.threshold"], point()!.threshold);
    assertEquals(typeof metrics["stream.misses_at_1_per_hour"], "number");
  });

  await t.step("other figures of it need no new scores, and a file of it does the same", async () => {
    const { ran } = await project.events(
      "kws",
      ...config,
      `stream.root='${test}'`,
      `stream.development_root='${development}'`,
      "stream.smoothing=[1,2]",
      "stream.patience=[1,3]",
    );
    assertEquals(ran.filter((task) => task.startsWith("stream")), [], "a sweep finds what the command made");
    const other = await project.run("stream", ...listen, "stream.tolerance_seconds=2");
    assertStringIncludes(other.stderr, "1 task ran");
    const { code, stdout, stderr } = await project.run(
      "stream",
      "--checkpoint",
      file,
      ...listen.slice(1),
      "--json",
    );
    assertEquals(code, 0, stderr);
    const { threshold, smoothing, patience } = JSON.parse(stdout).operating_point;
    const tuned = point()!;
    assertEquals([threshold, smoothing, patience], [tuned.threshold, tuned.smoothing, tuned.patience]);
  });

  await t.step(
    "one threshold for all words is chosen where that is wanted, as beside words' own",
    async () => {
      const figures = async (thresholds: string) => {
        const { code, stdout, stderr } = await project.run("stream", ...listen, "--json", thresholds);
        assertEquals(code, 0, stderr);
        const { run: _, ...record } = JSON.parse(stdout);
        return parseStream(JSON.stringify(record), "x");
      };
      const common = await figures("stream.thresholds=common");
      assertEquals([common.operatingPoint.thresholds, common.common], [undefined, undefined]);
      const word = await figures("stream.thresholds=word");
      const both = [word, common].map(({ operatingPoint }) => operatingPoint.chosenOn.falseAlarms);
      assertEquals(both, [0, 0], "what a minute allows of one an hour");
      assertEquals(Object.keys(word.operatingPoint.thresholds!), ["yes", "no"]);
      const beside = word.common!;
      assertEquals([beside.operating, beside.curve, beside.atRates], [
        common.operating,
        common.curve,
        common.atRates,
      ]);
      const { code, stderr } = await project.run("stream", ...listen, "stream.thresholds=all");
      assertEquals(code, 2);
      assertStringIncludes(stderr, "stream.thresholds");
    },
  );

  await t.step("thresholds of words go from a checkpoint into the metadata of ONNX", async () => {
    const tuned = `${project.folder}/own.safetensors`;
    const own = { threshold: 0.7, thresholds: { yes: 0.6, no: 0.9 } };
    Deno.writeFileSync(tuned, tunedCheckpoint(Deno.readFileSync(file), own));
    const { code, stdout, stderr } = await project.run(
      "export",
      tuned,
      "--to",
      `${project.folder}/own.onnx`,
      "--json",
    );
    assertEquals(code, 0, stderr);
    const { threshold, thresholds } = JSON.parse(stdout).about.operating_point;
    assertEquals({ threshold, thresholds }, own);
  });

  await t.step(
    "that a threshold is tested on what it was chosen on is said, and of no other streams",
    async () => {
      const copy = `${project.folder}/copy.wav`;
      Deno.copyFileSync(test, copy);
      Deno.copyFileSync(test.replace(".wav", ".csv"), copy.replace(".wav", ".csv"));
      const warning = `warning: The threshold is chosen on a recording that it is tested on as well, ${test}`;
      for (const [other, warned] of [[test, true], [copy, true], [development, false]] as const) {
        const { code, stderr } = await project.run(
          "stream",
          run,
          "--audio",
          test,
          "--development",
          other,
          "--dry-run",
        );
        assertEquals([code, stderr.includes(warning)], [0, warned], stderr);
      }
    },
  );

  await t.step("what cannot be listened to ends in a sentence, and is not begun with", async () => {
    const short = `${project.folder}/short.wav`;
    Deno.writeFileSync(short, encodeWav16(new Float32Array(0.7 * RATE).fill(0.1), RATE));
    const over = `${project.folder}/over.csv`;
    Deno.writeTextFileSync(over, "1000,1001,yes\n");
    for (
      const [args, sentence] of [
        [[], "found neither a run nor --checkpoint"],
        [[run, "--checkpoint", file], "found both a run and --checkpoint"],
        [[run, "--audio", `${project.folder}/none.wav`, "--development", development], "none.wav"],
        [[run, "--audio", test, "--minutes", "0"], "stream.minutes"],
        ...(["--audio", "--labels", "--development"] as const).map((flag) =>
          [[run, flag, ""], `Cannot listen with ${flag} "": it is empty, wanted a path`] as const
        ),
        [
          [run, "--audio", test, "--labels", project.tones, "--development", development],
          `Cannot read ${project.tones}: found a folder, wanted a text file of at most 256 MiB.`,
        ],
        [[run, "--audio", test, "--development", project.tones], "no recordings"],
        [
          [run, "--audio", test, "--labels", over, "--development", development],
          `Cannot read the labels ${over}: line 1 says "yes" from 1000 to 1001 s, but ${test} ends at 57.00 s`,
        ],
        [
          [run, "--audio", short, "--development", development],
          `Cannot listen to ${short}: it has 0.70 s of sound, wanted at least the 1.00 s that one decision hears.`,
        ],
      ] as const
    ) {
      const { code, stderr } = await project.run("stream", ...args);
      assert(code === 1 || code === 2, stderr);
      assertStringIncludes(stderr, sentence);
      assert(!/\bat file:/.test(stderr), stderr);
      assert(!/started/.test(stderr), stderr);
    }
  });
});

Deno.test("the best state may be that which misses the fewest words", async () => {
  const select = [
    "trainer.select=accuracy,misses_at_1_per_hour",
    "stream.select_minutes=0.4",
    "stream.voices=2",
  ];
  const { code, stderr } = await project.run("kws", ...config, "trainer.epochs=3", ...select);
  assertEquals(code, 0, stderr);
  for (const [name, low, high] of [["accuracy", -1, 0], ["misses_at_1_per_hour", 0, 1]] as const) {
    const task = taskNames(project.storePath)
      .find((task) => task.startsWith("train/") && task.includes(`select=${name}`))!;
    const { outputs } = project.store().lastReceipt(task)!;
    const path = project.store().objectPath(outputs["history.json"]!, "history.json");
    const history = parseHistory(Deno.readTextFileSync(path), path);
    const scores = history.epochs.map(({ selection }) => selection!);
    assert(scores.every((score) => score >= low && score <= high), scores.join());
    assertEquals(scores[history.bestEpoch - 1], Math.min(...scores));
  }
});
