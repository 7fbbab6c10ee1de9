/** Two clones of the project that share a cache, through the command line. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cacheServer, filesIn, TOKEN } from "../../support/shared_caches.ts";
import { type CommandResult, plainName, ProjectCopy } from "../../support/project.ts";
import { tempDir } from "../../support/temp_dir.ts";

Deno.test("a second clone on an empty disk trains nothing", async (t) => {
  await using dir = tempDir();
  await using server = cacheServer(dir);
  await using first = new ProjectCopy();
  await using second = new ProjectCopy();
  first.env["STORE_REMOTE_TOKEN"] = TOKEN;
  const config = [...first.tiny, "n_mels=10", "setting=D"];
  const remote = `store.remote=${server.url}`;
  const printed: string[] = [];
  const told = ({ stdout, stderr }: CommandResult) => void printed.push(stdout, stderr);

  await t.step("the first clone puts there what it makes", async () => {
    const done = await first.run("kws", ...config, remote, "store.push=true");
    told(done);
    assertEquals(done.code, 0, done.stderr);
    assertMatch(done.stderr, /http:\S+: 13 results \([\d.]+ \wB\) put there\./);
  });

  await t.step("the second finds all of it, shows it, and starts no stage", async () => {
    const { result, events } = await second.events("kws", ...config, remote);
    told(result);
    assertEquals(result.code, 0, result.stderr);
    assertEquals(events.filter(({ type }) => type === "task-started"), []);
    assertMatch(result.stderr, /http:\S+: 13 results found there, \d+ objects \([\d.]+ \wB\) brought\./);
    const results = second.latest("kws-tones");
    const run = second.runName("tones-linear-nnaudio-D-mel10-seed0");
    for (const name of ["report.html", "results.csv", `${run}/best.safetensors`, `${run}/metrics.json`]) {
      assert(Deno.statSync(`${results}/${name}`).isFile, name);
    }
    assertEquals(
      Deno.readFileSync(`${results}/report.html`),
      Deno.readFileSync(`${first.latest("kws-tones")}/report.html`),
    );
    const features = second.lastReceipt("features/tones-waveform-train")!;
    assert(!second.store().local.has(features.outputs["features.safetensors"]!, "features.safetensors"));
  });

  await t.step("what it found can be listed, exported and verified", async () => {
    const file = `${second.folder}/D.safetensors`;
    for (const line of [["runs", "--csv"], ["export", "*-D-*", "--to", file], ["verify"], ["gc"]]) {
      const { code, stderr } = await second.run(...line);
      assertEquals(code, 0, `${line[0]}: ${stderr}`);
    }
    assertStringIncludes((await second.run("runs")).stdout, "-linear-nnaudio-D-mel10-seed0");
    assert(Deno.statSync(file).isFile);
  });

  await t.step("more epochs bring the features and train, and nothing before that runs again", async () => {
    const { result, ran } = await second.events("kws", ...config, "epochs=3", remote);
    told(result);
    assertEquals(result.code, 0, result.stderr);
    assertEquals(ran.filter((task) => /^(index|features)\//.test(task)), []);
    assert(ran.some((task) => plainName(task).startsWith("train/")));
  });

  await t.step("without the server everything fresh stays so, and nothing is said", async () => {
    await server[Symbol.asyncDispose]();
    const { result, ran } = await second.events("kws", ...config, remote);
    assertEquals([result.code, ran], [0, []], result.stderr);
    assert(!result.stderr.includes("Cannot reach"), result.stderr);
    const { result: other } = await second.events("status", ...config, "seed=1", remote);
    assertEquals(other.code, 0);
    assertEquals(other.stderr.match(/Cannot reach/g)?.length, 1, other.stderr);
  });

  await t.step("the token is in no file and in nothing that was printed", () => {
    assertEquals(printed.filter((text) => text.includes(TOKEN)), []);
    for (const { folder } of [first, second, server]) {
      for (const file of filesIn(folder)) {
        if (file.includes("/lib/") || file.includes("/pipeline/")) continue;
        assert(!new TextDecoder("latin1").decode(Deno.readFileSync(file)).includes(TOKEN), file);
      }
    }
  });
});
