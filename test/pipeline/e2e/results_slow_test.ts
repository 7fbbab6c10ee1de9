/** What commands show is what they themselves made: beside others, after others, under other names, and without what failed. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Project } from "../../support/project.ts";

/** The folder that a command says its page is in. */
function pageOf(stdout: string): string {
  return /^Report: (.*)\/report\.html$/m.exec(stdout)![1]!;
}

/** Names of runs in a printed table. */
function shown(stdout: string): string[] {
  return [...stdout.matchAll(/^(tones-\S+) {2,}[A-D] /gm)].map((match) => match[1]!);
}

Deno.test("commands of other values at once each show their own table", async () => {
  await using project = new Project();
  assertEquals((await project.run("kws", ...project.tiny, "n_mels=10", "setting=A")).code, 0);
  const sweep = (seed: number) =>
    project.run("sweep", "--n-mels", "10,12", "--setting", "A", "--seed", String(seed), ...project.tiny);
  const results = await Promise.all([1, 2, 3].map(sweep));
  for (const [i, { code, stdout, stderr }] of results.entries()) {
    assertEquals(code, 0, stderr);
    assertEquals(shown(stdout).map((run) => /seed\d/.exec(run)![0]), Array(2).fill(`seed${i + 1}`));
    assertStringIncludes(Deno.readTextFileSync(`${pageOf(stdout)}/results.csv`), `seed${i + 1}`);
  }
  assertEquals(new Set(results.map(({ stdout }) => pageOf(stdout))).size, 3);
});

Deno.test("what other commands call the same result leads to it everywhere, and stays where it was printed", async () => {
  await using project = new Project();
  const values = [...project.tiny, "n_mels=10", "setting=A"];
  const first = await project.run("kws", ...values);
  assertEquals(first.code, 0, first.stderr);
  const again = await project.run("sweep", ...values, "trainer.epochs=2,3");
  assertEquals(again.code, 0, again.stderr);
  const [name, reused] = [shown(first.stdout)[0]!, shown(again.stdout).find((run) => /-epochs=2/.test(run))!];
  assert(name !== reused, name);
  const copy = async (run: string) => {
    const to = `${project.folder}/${crypto.randomUUID()}.safetensors`;
    const { code, stderr } = await project.run("export", run, "--to", to);
    assertEquals(code, 0, stderr);
    return Deno.readFileSync(to);
  };
  assertEquals(await copy(reused), await copy(name));
  assertMatch((await project.run("runs", reused)).stderr, /^1 of 2 runs$/m);
  const logs = await project.run("logs", reused);
  assertEquals(logs.code, 0, logs.stderr);
  assertStringIncludes(logs.stderr, "/train%2F");
  assertStringIncludes((await project.run("why", reused, ...values)).stdout, `train/${name}: fresh`);
  assertEquals((await project.run("runs", "compare", reused, `train/${name}`)).code, 0);
  for (const { stdout } of [first, again]) assert(Deno.statSync(`${pageOf(stdout)}/report.html`).isFile);
});

Deno.test("a point of a sweep that fails keeps the others from nothing", async () => {
  await using project = new Project();
  const rates = "optim.model.lr=0.01,1e38";
  const sweep = ["sweep", ...project.tiny, "n_mels=10", "setting=A", "frontend.normalise=none", rates];
  const { code, stdout, stderr } = await project.run(...sweep);
  assertEquals(code, 1, stderr);
  assertEquals(shown(stdout).length, 1);
  assertMatch(
    stdout,
    /^1 run failed and is not in the table\.\ntones-\S+-model\.lr=1e\+38\S*: Training stopped /m,
  );
  const page = Deno.readTextFileSync(`${pageOf(stdout)}/report.html`);
  assertStringIncludes(page, "1 run failed and cannot be shown");
  assertMatch(page, /Failed: tones-\S+-model\.lr=1e\+38/);
});

Deno.test("a finished run whose links cannot be made says so and where its table is, and is none the worse", async () => {
  await using project = new Project();
  Deno.mkdirSync(project.storePath, { recursive: true });
  const values = ["kws", ...project.tiny, "n_mels=10", "setting=A"];
  assertEquals((await project.run(...values)).code, 0);
  Deno.removeSync(project.results, { recursive: true });
  Deno.writeTextFileSync(project.results, "mine");
  const { code, stdout, stderr } = await project.run(...values);
  assertEquals(code, 0, stderr);
  assertMatch(stderr, /^warning: Cannot link results at .*: something else is there\./m);
  const [, table] = /^Table: (.*)$/m.exec(stdout)!;
  assertStringIncludes(Deno.readTextFileSync(table!), "tones-");
});
