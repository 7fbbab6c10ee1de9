/** A search through the whole graph: killed, begun again, and what it says. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseSearch } from "../../../lib/records/search.ts";
import { sharedProject } from "../../support/project.ts";

const project = sharedProject();
/** One of these diverges at once. */
const RATES = "optim.lr=0.001,0.01,0.1,1e30";
const words = [
  ...project.tiny,
  "n_mels=10",
  "setting=A",
  "model=linear",
  "optim.schedule.kind=constant",
  "trainer.epochs=3",
];
const search = (...more: string[]) => ["search", ...words, RATES, "--parallel", "2", ...more];

interface Line {
  readonly type: string;
  readonly trial?: number;
  readonly epochs?: number;
}

const linesOf = (stdout: string): Line[] => stdout.trim().split("\n").map((line) => JSON.parse(line));
const decisionsOf = (stdout: string) => linesOf(stdout).filter(({ type }) => type === "decision");
const trained = (stderr: string) => stderr.match(/^ {2}train\/.*: done in/gm)?.length ?? 0;

Deno.test("deno task search trains, compares, and goes on where it was", async (t) => {
  const child = project.start(...search("--json"));
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  for (;;) {
    const { value, done } = await reader.read();
    seen += value ?? "";
    if (done || trained(seen) > 0) break;
  }
  child.kill("SIGKILL");
  await reader.cancel();
  await child.stdout.cancel();
  await child.status;
  assert(trained(seen) > 0, seen);

  const again = await project.run(...search("--json"));
  assertEquals(again.code, 0, again.stderr);
  const decisions = decisionsOf(again.stdout);

  await t.step("killed and begun again it decides as one that was never stopped", async () => {
    const store = `${project.folder}/undisturbed`;
    const whole = await project.run(...search("--json", "--store", store, "--jobs", "1"));
    assertEquals(whole.code, 0, whole.stderr);
    assertEquals(decisionsOf(whole.stdout), decisions);
    assertEquals(linesOf(whole.stdout).at(-1), linesOf(again.stdout).at(-1));
    assert(trained(again.stderr) < trained(whole.stderr), "nothing was trained twice");
  });

  await t.step("what diverged is told with its cause, and trained no further", () => {
    const failed = linesOf(again.stdout).filter(({ type, ...rest }) => type === "outcome" && "cause" in rest);
    assertEquals(failed.length, 1);
    assertEquals(decisions.filter(({ trial }) => trial === failed[0]!.trial).length, 1);
  });

  await t.step("the same command once more trains nothing and gives the same", async () => {
    const third = await project.run(...search("--json"));
    assertEquals([third.code, trained(third.stderr)], [0, 0], third.stderr);
    assert(!third.stderr.includes("started on"), third.stderr);
    assertEquals(third.stdout.split("\n").toSorted(), again.stdout.split("\n").toSorted());
  });

  await t.step("it shows a table, the best first, with what to type to run that", async () => {
    const { code, stdout, stderr } = await project.run(...search());
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "validation loss after so many epochs, lower is better");
    const folder = project.latest("search-lr");
    const record = parseSearch(Deno.readTextFileSync(`${folder}/search.json`), "search.json");
    const rows = stdout.split("\n").filter((line) => /^ +\d+ {2}/.test(line));
    assertEquals(rows.length, 4);
    assertEquals(Number(/\d+/.exec(rows[0]!)![0]), record.best);
    assertStringIncludes(rows.at(-1)!, "Training stopped in epoch 1");
    for (
      const file of [
        "trials.csv",
        "figures/trials-order.svg",
        "figures/trials-value1.svg",
        "figures/curves.csv",
      ]
    ) {
      assert(Deno.statSync(`${folder}/${file}`).size > 0, file);
    }
    assert(Deno.statSync(`${folder}/best/best.safetensors`).isFile);
    const command = /^Run it: deno task (.*)$/m.exec(stdout)![1]!;
    const { result, ran } = await project.events(
      ...command.split(" ").map((word) => word.replaceAll("'", "")),
    );
    assertEquals(result.code, 0, result.stderr);
    assertEquals(ran.filter((task) => task.startsWith("train/")), []);
    assert(ran.some((task) => task.startsWith("evaluate/")));
  });

  await t.step("an objective of the test split is taken, and never silently", async () => {
    const { code, stdout, stderr } = await project.run(
      ...search("--objective", "accuracy", "--halving", "off", "--trials", "2"),
    );
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "warning: accuracy is of the test split");
    assertStringIncludes(stdout, "It was chosen by the test split");
  });

  await t.step("what cannot be searched is refused in a sentence, before anything runs", async () => {
    const cases: [string[], RegExp][] = [
      [["--objective", "acuracy"], /Cannot search for the best acuracy: .*accuracy/],
      [["--budget", "2"], /one training to its end has 3/],
      [["trainer.minutes=1"], /Add trainer.minutes=null/],
      [["modle.dropout=uniform(0,1)"], /modle/],
      [["trainer.epochs=1,2"], /Give trainer.epochs one value/],
    ];
    for (const [more, message] of cases) {
      const { code, stderr } = await project.run(...search(...more));
      assert(code !== 0);
      assertMatch(stderr, message);
      assert(!stderr.includes("started on"), stderr);
    }
  });
});
