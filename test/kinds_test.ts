/** A new kind is a folder, a line in its family's list and a file of values: everything else finds it by itself. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ProjectCopy } from "./support/project.ts";
import { addToyKinds } from "./support/toy_kinds.ts";

Deno.test("a kind of each family is added by its folder, one line and its values", async (t) => {
  await using project = new ProjectCopy();
  addToyKinds(project);
  const run = async (...args: string[]) => {
    const result = await project.run(...args);
    assertEquals(result.code, 0, `${args.join(" ")}\n${result.stderr}`);
    return result;
  };

  await t.step("help and completion offer it", async () => {
    const help = (await run("sweep", "--help")).stdout;
    for (const flag of ["--model", "--frontend", "--executor", "--task"]) {
      const line = help.split("\n").find((text) => text.startsWith(`  ${flag} `));
      assertStringIncludes(line ?? "", "toy", flag);
    }
    const offered = async (...words: string[]) => (await run("complete", "--", ...words)).stdout;
    for (const flag of ["--model", "--frontend", "--executor", "--task"]) {
      assertStringIncludes(await offered("sweep", flag, ""), "toy", flag);
    }
    for (const group of ["dataset", "compression", "augment"]) {
      assertStringIncludes(await offered("kws", `${group}=`), `${group}=toy`);
    }
  });

  await t.step("it is trained, evaluated and compared", async () => {
    const { stdout, stderr } = await run("sweep", "--task", "toy", "--setting", "A,B", "--executor", "toy");
    assertStringIncludes(stderr, "The toy executor says hello.");
    assertStringIncludes(stdout, "toy-toy-toy-B-mel6-seed0");
    const results = JSON.parse(
      Deno.readTextFileSync(`${project.results}/toy-sweep-setting/latest/results.json`),
    );
    assertEquals(results.examples, "toys");
    const [a, b] = results.rows;
    assertEquals([a.trained_parameters, b.trained_parameters], [12, 18]);
    assert(b.score.value > 0.9, `tones are told apart, found ${b.score.value}`);
  });

  const best = `${project.results}/toy-sweep-setting/latest/toy-toy-toy-B-mel6-seed0/best.safetensors`;

  await t.step("status, logs and cancel ask it", async () => {
    const { stdout } = await run("status", "--task", "toy", "seed=1");
    assert(/^queued +train\/toy-\S+ +waits for a toy$/m.test(stdout), stdout);
    assertStringIncludes((await run("logs", "train/toy")).stderr, "the toy's log");
    const cancelled = await run("cancel", "train");
    assertStringIncludes(cancelled.stdout, "train/toy: job toy-1 cancelled");
    assertStringIncludes(cancelled.stderr, "The toy executor ends toy-1.");
  });

  await t.step("the report and the event file show what is inside", () => {
    const report = Deno.readTextFileSync(`${project.results}/toy-sweep-setting/latest/report.html`);
    for (const text of ["toy gain", "toy units", "Toys told apart"]) assertStringIncludes(report, text);
    const folder = `${project.results}/toy-sweep-setting/latest/toy-toy-toy-B-mel6-seed0`;
    const [events] = [...Deno.readDirSync(folder)].filter(({ name }) => name.startsWith("events."));
    const bytes = Deno.readFileSync(`${folder}/${events!.name}`);
    assertStringIncludes(new TextDecoder("latin1").decode(bytes), "toy gain");
  });

  await t.step("its checkpoint says enough to be evaluated and listened with", async () => {
    assertStringIncludes(
      (await run("evaluate", "--checkpoint", best)).stdout,
      "gain of the front-end from the file",
    );
    const script = `
      import { openBackend, openRecogniser } from "./lib/mod.ts";
      await openBackend("cpu");
      using recogniser = await openRecogniser(Deno.readFileSync("${best}"), "toy");
      const { learned } = await recogniser.recognise(new Float32Array(4000));
      console.log(recogniser.shown.unit, learned.length / recogniser.frames);
    `;
    const listening = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", "--no-check", script],
      cwd: project.root,
    });
    const { stdout, stderr } = await listening.output();
    assertEquals(new TextDecoder().decode(stdout), "toy units 6\n", new TextDecoder().decode(stderr));
  });
});
