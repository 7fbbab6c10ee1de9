/// <reference lib="dom" />
/** The live page as a user meets it: a model trained by the pipeline, a browser, a microphone that plays a file. */
import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Page } from "playwright-core";
import { decodeWav, encodeWav16 } from "../../../lib/audio/wav.ts";
import { Rng } from "../../../lib/base/random.ts";
import { encodeBackground } from "../../../lib/enrol/background.ts";
import { openBody } from "../../../lib/enrol/body.ts";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { createState, disposeState } from "../../../lib/nn/state.ts";
import { parseCheckpoint } from "../../../lib/records/checkpoint.ts";
import { parseIndex } from "../../../lib/records/example_index.ts";
import { stateFrom } from "../../../lib/train/checkpoint.ts";
import { openNetwork } from "../../../lib/train/session_io.ts";
import { assignValues } from "../../../lib/train/snapshot.ts";
import { openForTest } from "../../support/backends.ts";
import { noBrowser, openBrowser } from "../../support/browser.ts";
import {
  choose,
  conversation,
  drawn,
  firstLine,
  joined,
  serveFolder,
  Site,
  wordIn,
} from "../../support/live_page.ts";
import { finish, plainName, Project } from "../../support/project.ts";
import { tunedCheckpoint } from "../../support/tuned_checkpoint.ts";

const reason = noBrowser();

Deno.test({
  name: `the live page${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  ignore: reason !== undefined,
  // The driver's pipes outlive the browser by a moment.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await using project = new Project();
    const values = [...project.tiny, "trainer.epochs=8", "n_mels=20"];
    const trained = await project.run("kws", ...values, "setting=A,D");
    assertEquals(trained.code, 0, trained.stderr);
    const spoken = `${project.folder}/spoken.wav`;
    Deno.writeFileSync(spoken, conversation(project.tones));

    const background = `${project.folder}/background.safetensors`;
    const clips = await writeBackground(project, background);
    const server = project.start("demo", "--port", "0", "--json", "--background", background);
    const { url, models } = JSON.parse(await firstLine(server));
    const browser = await openBrowser(fakeMicrophone(spoken));
    const site = new Site(browser, url);
    try {
      await t.step("offers the models of the store and opens one that learned a front-end", async () => {
        assertEquals(models.map(({ run }: { run: string }) => plainName(run)).sort(), [
          runOf("A"),
          runOf("D"),
        ]);
        const page = await site.open();
        assertEquals(await page.locator("#model").inputValue(), idOf(models, "D"));
        assertMatch(await page.locator("#backend-name").innerText(), /^WebAssembly, \d threads?$/);
        assertEquals(await page.evaluate("crossOriginIsolated"), true);
        assert(await page.locator(".initial").isVisible());
      });

      await t.step("gives a dropped recording the logits that the pipeline's evaluation has", async () => {
        for (const setting of ["A", "D"] as const) {
          const page = await site.open();
          await choose(page, idOf(models, setting));
          await hearsClip(page, await evaluated(project, setting));
        }
      });

      await t.step("the list of models says what they were trained on and how well they do", async () => {
        const page = await site.open();
        const names = await page.locator("#model option").allTextContents();
        for (const name of names) {
          assertMatch(name, /^\d+\.\d % on tones \(\d+ clips\): tones-.*-linear-nnaudio-[AD]-.*$/);
        }
      });

      await t.step("a recording is heard to its end: one word is one detection, silence none", async () => {
        const page = await site.open();
        const heard = async (name: string, wav: Uint8Array) => {
          Deno.writeFileSync(`${project.folder}/${name}`, wav);
          await page.setInputFiles("#file", `${project.folder}/${name}`);
          await page.waitForFunction(
            (name) => document.getElementById("status")!.innerText.startsWith(name),
            name,
          );
          return await page.locator("#status").innerText();
        };
        const pause = new Float32Array(4 * 16000);
        const said = await heard(
          "said.wav",
          encodeWav16(joined([pause, wordIn(project.tones, "yes").subarray(0, 9600), pause, pause]), 16000),
        );
        assertMatch(said, /^said\.wav, all 12\.6 s: yes [45]\.\d s\.$/);
        assertEquals(await page.locator("#words li").count(), 1);
        assertMatch(await page.locator("figure.wave figcaption").innerText(), /13\.1 s/);
        const rng = Rng.fromSeed("quiet");
        const quiet = encodeWav16(Float32Array.from({ length: 80000 }, () => 0.0005 * rng.normal()), 16000);
        assertEquals(await heard("quiet.wav", quiet), "quiet.wav, all 5.0 s: no word.");
      });

      await t.step("words are heard at their own thresholds, which all move with the slider", async () => {
        const page = await site.open();
        const trained = Deno.readFileSync(project.output(`train/${runOf("D")}`, "best.safetensors"));
        const tuned = `${project.folder}/tuned.safetensors`;
        Deno.writeFileSync(tuned, tunedCheckpoint(trained, { threshold: 0.9, thresholds: { yes: 0.3 } }));
        await page.setInputFiles("#file", tuned);
        await page.waitForFunction(() =>
          document.getElementById("rule")!.innerText.includes("its word's threshold")
        );
        await page.waitForSelector("html[data-ready=true]");
        const marks = () =>
          page.locator("#bars .mark:not([hidden])").evaluateAll((all) =>
            Object.fromEntries(all.map((mark) => {
              const label = mark.closest("li")!.firstElementChild!.textContent;
              return [label, (mark as HTMLElement).style.left];
            }))
          );
        assertEquals(await marks(), { yes: "30%", no: "90%" });
        const pause = new Float32Array(4 * RATE);
        const both = ["yes", "no"].flatMap((word) => [pause, wordIn(project.tones, word)]);
        const said = `${project.folder}/both.wav`;
        Deno.writeFileSync(said, encodeWav16(joined([...both, pause]), RATE));
        const heard = async () => {
          await page.setInputFiles("#file", said);
          await page.waitForFunction(() => /all .*: /.test(document.getElementById("status")!.innerText));
          return await page.locator("#words li").evaluateAll((all) =>
            all.map((word) => (word as HTMLElement).dataset["word"]).reverse()
          );
        };
        assertEquals(await heard(), ["yes"]);
        await page.locator("#threshold").fill("0.3");
        const { yes, no } = await marks();
        assertEquals(no, "30%");
        // Odds of 9 become 3 to 7, a twenty-first: so do those of 3 to 7.
        assertAlmostEquals(parseFloat(yes!), 100 / 50, 1e-6);
        await page.locator("#status").evaluate((status) => status.textContent = "");
        assert((await heard()).includes("no"));
      });

      await t.step("recognises words that the microphone hears, and says how long it takes", async () => {
        const page = await site.open();
        await page.click("#listen");
        await page.waitForSelector("#words li[data-word=yes]");
        await page.waitForSelector("#words li[data-word=no]");
        assertMatch(await page.locator("#lag").innerText(), /^\d+\.\d ms$/);
        assert(await drawn(page, "learned") && await drawn(page, "initial") && await drawn(page, "wave"));
        await page.click("#listen");
        assertEquals(await page.locator("#status").innerText(), "Stopped.");
      });

      await t.step(
        "is written as files that any server serves, which ask nobody else for anything",
        async () => {
          const written = await project.run("demo", "--export", `${project.folder}/site`, "--json");
          assertEquals(written.code, 0, written.stderr);
          const { files, models: exported } = JSON.parse(written.stdout);
          assertEquals(exported, models);
          assertEquals(
            files.filter((file: string) => file.startsWith("models/")).length,
            models.length,
          );
          await using server = serveFolder(`${project.folder}/site`);
          const exportedSite = new Site(browser, server.url);
          const page = await exportedSite.open();
          assertEquals(await page.evaluate("crossOriginIsolated"), false);
          assertMatch(await page.locator("#backend-name").innerText(), /^WebAssembly, 1 thread$/);
          await hearsClip(page, await evaluated(project, "D"));
          await page.click("#listen");
          await page.waitForSelector("#words li[data-word=yes]");
          assertEquals(exportedSite.complaints, []);
          // Its policy holds in the page and in workers that it makes: another server is there, and is not reached.
          await using other = serveFolder(`${project.folder}/site`);
          const ask = `fetch("${other.url}", { mode: "no-cors" }).then(() => "sent", () => "refused")`;
          assertEquals(await page.evaluate(ask), "refused");
          const asWorker = `new Promise((resolve) => {
            const script = ${JSON.stringify(`${ask}.then((answer) => postMessage(answer))`)};
            new Worker(URL.createObjectURL(new Blob([script]))).onmessage = ({ data }) => resolve(data);
          })`;
          assertEquals(await page.evaluate(asWorker), "refused");
          await exportedSite.close();
          const bare = await (await browser.newContext()).newPage();
          await bare.goto(`${server.url}page.css`);
          assertEquals(await bare.evaluate(ask), "sent");
          await bare.close();
        },
      );

      await t.step("opens as a file with all that it needs inside", async () => {
        const alone = new Site(browser, `file://${project.folder}/site/`);
        const page = await alone.open({}, "index.html");
        assertMatch(page.url(), /\/site\/offline\.html$/);
        await hearsClip(page, await evaluated(project, "D"));
        await page.click("#listen");
        await page.waitForSelector("#words li[data-word=no]");
        assertEquals(alone.complaints, []);
      });

      await t.step(
        "learns a word that is recorded in it, forgets false alarms, and gives the model away",
        async () => {
          const said = (pitch: number) => joined([quiet(0.4), tone(pitch, 0.5), quiet(0.6)]);
          const microphone = `${project.folder}/up.wav`;
          Deno.writeFileSync(microphone, encodeWav16(joined([tone(UP_HZ, 0.5), quiet(1.7)]), RATE));
          const takes = Array.from({ length: 5 }, (_, i) => {
            const path = `${project.folder}/up${i}.wav`;
            Deno.writeFileSync(path, encodeWav16(said(UP_HZ * (0.97 + 0.015 * i)), RATE));
            return path;
          });
          const other = await openBrowser(fakeMicrophone(microphone));
          try {
            const learning = new Site(other, url);
            const page = await learning.open({ acceptDownloads: true });
            const chips = page.locator("#own-list .chip");
            const settled = () => page.waitForSelector("html[data-ready=true]");
            const status = page.locator("#own-status");
            await page.click("#own-record");
            assertEquals(await chips.count(), 0, "a word without a name is not recorded");
            await page.fill("#own-word", "yes");
            await page.click("#own-record");
            await page.waitForFunction(() => document.getElementById("own-status")!.innerText !== "");
            assertMatch(await status.innerText(), /Cannot enrol yes: the network tells it already/);
            await page.fill("#own-word", "  lights   on ");
            // The fake microphone plays where it is: a recording of its pause is refused.
            for (let tries = 0; tries < 8 && await chips.count() === 0; tries++) {
              await page.click("#own-record");
              await page.waitForSelector("html[data-ready=false]");
              await settled();
            }
            assertMatch(await status.innerText(), /lights on has 1 of at least 5 recordings/);
            await page.setInputFiles("#own-files", takes);
            await page.waitForFunction(() => document.querySelectorAll("#own-list .chip").length === 6);
            await settled();
            await page.click('[aria-label="Delete lights on, recording 2"]');
            assertEquals(await chips.count(), 5);
            await page.click("#own-learn");
            await page.waitForSelector("#own-save:not([hidden])", { timeout: 120_000 });
            await settled();
            assertMatch(
              await status.innerText(),
              /^Learnt lights on from 5 recordings, each told by a model without it at \d+ %/,
            );
            assert((await status.innerText()).includes(`Of ${clips} clips that are none of it, `));

            const [download] = await Promise.all([page.waitForEvent("download"), page.click("#own-save")]);
            assertEquals(download.suggestedFilename(), "lights_on.safetensors");
            const saved = `${project.folder}/saved.safetensors`;
            await download.saveAs(saved);
            const { classes } = parseCheckpoint(readTensors(saved).metadata, saved)!;
            assertEquals(classes.toSorted(), ["_silence_", "lights on", "no", "yes"]);

            await page.click("#listen");
            const heard = page.locator('#words li[data-word="lights on"]');
            await heard.first().waitFor();
            await page.click("#listen");
            await heard.first().locator("button").click();
            assertMatch(await page.locator("#own-list").innerText(), /False alarms\s+1 kept/);
            await page.click("#own-learn");
            await page.waitForSelector("html[data-ready=false]");
            await settled();
            assertMatch(await status.innerText(), /^Learnt lights on/);

            await page.setInputFiles("#file", saved);
            await page.waitForFunction(() =>
              document.querySelector<HTMLOptionElement>("#model option:checked")!.text === "saved.safetensors"
            );
            await settled();
            assertMatch(await page.locator("#bars").innerText(), /lights on/);
            assertEquals(learning.complaints, []);
          } finally {
            await other.close();
          }
        },
      );

      await t.step("shows one spectrogram where nothing was trained", async () => {
        const page = await site.open();
        await choose(page, idOf(models, "A"));
        assert(!await page.locator(".initial").isVisible());
      });

      await t.step("fits a phone, in the dark", async () => {
        const page = await site.open({ viewport: { width: 360, height: 740 }, colorScheme: "dark" });
        assert(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"));
        assertEquals(
          await page.evaluate("getComputedStyle(document.body).backgroundColor"),
          "rgb(20, 18, 22)",
        );
      });

      await t.step("asked nobody else for anything and had nothing to complain of", () => {
        assertEquals(site.complaints, []);
      });
    } finally {
      await browser.close();
      server.kill("SIGINT");
    }
    assertEquals((await server.status).code, 0);
    await server.stderr.cancel();
  },
});

Deno.test("demo says what to do when there is no model, or none of the name", async () => {
  await using project = new Project();
  const { code, stderr } = await finish(project.start("demo", "--port", "0"));
  assertEquals(code, 2);
  assertMatch(stderr, /no trained model is in the store .*Run deno task kws first/);
});

const [RATE, UP_HZ] = [16000, 1500];

/** Of sound that plays again and again. */
function fakeMicrophone(wav: string): string[] {
  return [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    `--use-file-for-fake-audio-capture=${wav}`,
  ];
}

function tone(hz: number, seconds: number): Float32Array {
  return Float32Array.from({ length: seconds * RATE }, (_, n) => 0.3 * Math.sin(2 * Math.PI * hz * n / RATE));
}

function quiet(seconds: number): Float32Array {
  const rng = Rng.fromSeed("room");
  return Float32Array.from({ length: seconds * RATE }, () => 0.002 * rng.normal());
}

const runOf = (setting: string) => `tones-linear-nnaudio-${setting}-mel20-seed0`;

function idOf(models: readonly { readonly id: string; readonly run: string }[], setting: string): string {
  return models.find(({ run }) => plainName(run) === runOf(setting))!.id;
}

/** A clip, and the logits that a page must show of it. */
interface Evaluated {
  readonly path: string;
  readonly wanted: ReadonlyMap<string, number>;
}

async function hearsClip(page: Page, { path, wanted }: Evaluated): Promise<void> {
  await page.setInputFiles("#file", path);
  await page.waitForSelector("#clip:not([hidden])");
  await page.waitForSelector("html[data-ready=true]");
  const found = new Map(
    await page.locator("#clip-rows tr").evaluateAll((rows: HTMLElement[]) =>
      rows.map((row) => [row.dataset["class"]!, Number(row.dataset["logit"])] as [string, number])
    ),
  );
  assertEquals([...found.keys()].sort(), [...wanted.keys()].sort());
  for (const [label, logit] of wanted) {
    assert(Math.abs(found.get(label)! - logit) < 1e-4, `${label}: ${found.get(label)} for ${logit}`);
  }
}

/** What own words are told from: test clips through the body of the model of setting D. @returns How many. */
async function writeBackground(project: Project, path: string): Promise<number> {
  await openForTest("wasm");
  const bytes = Deno.readFileSync(project.output(`train/${runOf("D")}`, "best.safetensors"));
  using body = await openBody(bytes, "best");
  const { classes } = body.checkpoint;
  const index = project.output("index/tones-test", "index.json");
  const examples = parseIndex(Deno.readTextFileSync(index), index).examples.filter(({ labels }) =>
    !labels[0]!.startsWith("_")
  );
  const names = examples.map((example) => example.path);
  const waves = names.map((name) => decodeWav(Deno.readFileSync(`${project.tones}/${name}`), name).samples);
  const labels = Int32Array.from(examples, (example) => classes.indexOf(example.labels[0]!));
  const embeddings = await body.embed(waves);
  Deno.writeFileSync(path, encodeBackground({ embeddings, labels, classes, names }, body));
  return names.length;
}

/** The first test clip, and the logits that its cached features give with the best checkpoint. */
async function evaluated(
  project: Project,
  setting: string,
): Promise<Evaluated> {
  const { examples } = parseIndex(
    Deno.readTextFileSync(project.output("index/tones-test", "index.json")),
    "index.json",
  );
  const row = examples.findIndex(({ labels }) => labels[0] === "yes");
  await openForTest("wasm");
  const file = readTensors(project.output(`train/${runOf(setting)}`, "best.safetensors"));
  const checkpoint = parseCheckpoint(file.metadata, "best")!;
  const representation = setting === "A" ? "logmel20" : "waveform";
  const features = project.output(`features/tones-${representation}-test`, "features.safetensors");
  const { network, learner, examples: open } = await openNetwork(checkpoint, features, () => {});
  const state = createState(network, Rng.fromSeed(0));
  assignValues(state, stateFrom(network.specs, file, "best"));
  using source = open(features);
  const batch = await source.read([row]);
  const logits = await tf.tidy(() => learner.forward(state, batch, { training: false }).logits).data();
  disposeState(state);
  return {
    path: `${project.tones}/${examples[row]!.path}`,
    wanted: new Map(checkpoint.classes.map((label, c) => [label, logits[c]!])),
  };
}
