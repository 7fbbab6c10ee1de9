/** What command lines ask for, as configurations. */
import { assertEquals } from "@std/assert";
import { openProject } from "../../../pipeline/commands/shared/project_io.ts";
import { commandOf, nextStep, type Request, requestOf } from "../../../pipeline/commands/shared/request.ts";
import { expandRequest } from "../../../pipeline/commands/shared/request_io.ts";

const BARE: Request = { kind: "compare", task: "kws", overrides: [] };

async function asked(request: Partial<Request>): Promise<readonly string[]> {
  const { points } = await expandRequest(openProject(), { ...BARE, ...request });
  return points.map(({ config, composed: { choices } }) =>
    [config.setting, choices.get("trainer")!.name, choices.get("dataset")!.name].join(" ")
  );
}

const four = (trainer: string, dataset: string) =>
  ["A", "B", "C", "D"].map((setting) => `${setting} ${trainer} ${dataset}`);

Deno.test("a command without values compares four settings and trains the spotter beside them", async () => {
  assertEquals(await asked({}), [...four("short", "spoken_mini"), "A spotter spoken_mini"]);
  assertEquals((await asked({ task: "asr" })).length, 4);
});

Deno.test("what runs beside gives way to any value, and not to where tasks run", async () => {
  assertEquals(await asked({ overrides: ["seed=1"] }), four("short", "spoken_mini"));
  assertEquals((await asked({ overrides: ["executor.cpus=2"] })).length, 5);
});

Deno.test("a list without examples to leave out makes no other run", async () => {
  const changed = async (...overrides: string[]) => {
    const { points } = await expandRequest(openProject(), {
      ...BARE,
      overrides: ["setting=A", ...overrides],
    });
    return points.map(({ composed: { changes } }) => [...changes.keys()]);
  };
  assertEquals(await changed("dataset.exclude=[]"), await changed());
  assertEquals(await changed("dataset.exclude=nowhere.txt"), [["setting", "dataset.exclude"]]);
});

Deno.test("a quick look has its data set and trainer in comparisons and sweeps, unless others are typed", async () => {
  const quick = { quick: true };
  assertEquals(await asked(quick), four("quick", "spoken_tiny"));
  assertEquals(await asked({ ...quick, overrides: ["trainer=paper", "setting=A"] }), ["A paper spoken_tiny"]);
  assertEquals(await asked({ ...quick, kind: "sweep", setting: "A" }), ["A quick spoken_tiny"]);
  assertEquals(
    (await asked({ ...quick, kind: "sweep", config: "paper_settings", setting: "A" }))[0],
    "A paper spoken_tiny",
  );
});

Deno.test("a result names the command that makes it again, without what only says how it is run", () => {
  const told = (request: Partial<Request>) =>
    commandOf({ ...BARE, ...request }, (word) => word.startsWith("executor."));
  assertEquals(told({}), "deno task kws");
  assertEquals(
    told({ task: "asr", quick: true, overrides: ["seed=1", "executor.cpus=2"] }),
    "deno task asr --quick seed=1",
  );
  assertEquals(
    told({ kind: "sweep", config: "seeds", nMels: "10,20", overrides: ["dataset.targets=[yes,no]"] }),
    "deno task sweep --config seeds frontend.n_mels=10,20 'dataset.targets=[yes,no]'",
  );
  assertEquals(told({ kind: "sweep", task: "asr", seed: "0,1" }), "deno task sweep --task asr seed=0,1");
  assertEquals(
    told({ overrides: ['dataset.words=["hey you",stop]', "dataset.root=/it's here", 'root="/a"'] }),
    `deno task kws 'dataset.words=["hey you",stop]' 'dataset.root=/it'\\''s here' 'root="/a"'`,
  );
});

Deno.test("what comes next is on the same recordings", () => {
  const next = (request: Partial<Request>, axes: string[] = []) => nextStep({ ...BARE, ...request }, axes);
  assertEquals(
    next({ overrides: ["trainer.epochs=2"] }),
    "deno task sweep --n-mels 10,20,30,40, or deno task kws model=bc_resnet setting=A",
  );
  const overrides = ["dataset=folder", "root=/my recordings", "dataset.targets=[yes,no]", "setting=A,D"];
  const words = "dataset=folder 'root=/my recordings' 'dataset.targets=[yes,no]'";
  assertEquals(
    next({ overrides }),
    `deno task sweep --n-mels 10,20,30,40 ${words}, or deno task kws model=bc_resnet setting=A ${words}`,
  );
  assertEquals(
    next({ task: "asr", kind: "sweep", overrides }, ["frontend.n_mels", "setting"]),
    `deno task sweep --task asr --n-mels 10,20,30,40 --setting A,D --seed 0,1,2 ${words}`,
  );
});

const sweeps: readonly (readonly [string, Partial<Request>])[] = [
  ["an axis by its flag", { setting: "A" }],
  ["a file", { config: "seeds" }],
  ["a list", { overrides: ["trainer=paper", "frontend.n_mels=10,20"] }],
  ["a range", { overrides: ["seed=range(0,3)"] }],
];
for (const [name, flags] of sweeps) {
  Deno.test(`requestOf() speaks of the runs of sweep for ${name}`, async () => {
    const request = requestOf({ task: "kws", overrides: [], ...flags });
    assertEquals(request.kind, "sweep");
    assertEquals(await asked(request), await asked({ ...flags, kind: "sweep" }));
  });
}

Deno.test("requestOf() speaks of what the task compares where no key has several values", () => {
  for (const overrides of [[], ["setting=A"], ["dataset.targets=[yes,no]"]]) {
    assertEquals(requestOf({ task: "kws", overrides }).kind, "compare", overrides.join());
  }
});
