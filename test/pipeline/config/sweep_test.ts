import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { UserError } from "../../../lib/base/errors.ts";
import { defaultAxes } from "../../../pipeline/config/compose.ts";
import { openConf } from "../../../pipeline/config/conf_io.ts";
import { parseOverride } from "../../../pipeline/config/override.ts";
import { expandSweep } from "../../../pipeline/config/sweep.ts";

const conf = openConf(fromFileUrl(new URL("../../../conf", import.meta.url)));
const expand = (...texts: string[]) => expandSweep(conf, "kws", texts.map(parseOverride));

Deno.test("expandSweep() makes one frozen run of the defaults", async () => {
  const { axes, points } = await expand();
  assertEquals([axes, points.length], [[], 1]);
  assert(Object.isFrozen(points[0]!.config.frontend));
});

Deno.test("expandSweep() makes the cartesian product in the order given", async () => {
  const { axes, points } = await expand("n_mels=10,20", "setting=A,D");
  assertEquals(axes, ["frontend.n_mels", "setting"]);
  assertEquals(points.map((p) => p.axes), [
    { "frontend.n_mels": 10, setting: "A" },
    { "frontend.n_mels": 10, setting: "D" },
    { "frontend.n_mels": 20, setting: "A" },
    { "frontend.n_mels": 20, setting: "D" },
  ]);
  assertEquals(points.map((p) => p.config.frontend["n_mels"]), [10, 10, 20, 20]);
});

Deno.test("expandSweep() counts a value that is listed twice once", async () => {
  assertEquals((await expand("seed=1,1,2")).points.length, 2);
});

Deno.test("expandSweep() sweeps over a group's choices, each with its own keys", async () => {
  assertEquals((await expand("model=linear,bc_resnet")).points.map((p) => p.config.model.kind), [
    "linear",
    "bc_resnet",
  ]);
});

Deno.test("expandSweep() uses the default axes only for keys that nobody names", async () => {
  const byDefault = defaultAxes(conf.main("kws"));
  assertEquals((await expandSweep(conf, "kws", [], byDefault)).points.map((p) => p.config.setting), [
    "A",
    "B",
    "C",
    "D",
  ]);
  assertEquals((await expandSweep(conf, "kws", [parseOverride("setting=B")], byDefault)).points.length, 1);
});

Deno.test("expandSweep() lets a file set values elsewhere", async () => {
  const { config, composed } = (await expand("trainer=paper")).points[0]!;
  assertEquals([config.trainer.epochs, config.optim.model.lr, config.frontend["normalise"]], [
    200,
    0.001,
    "none",
  ]);
  assert(composed.origins.get("optim.model.lr")!.startsWith("conf/trainer/paper.yaml:"));
});

const REFUSED: readonly [string, string][] = [
  ["n_mels=0", "n_mels=0: frontend.n_mels: wanted at least 1, found 0."],
  ["n_mels=10,0", "frontend.n_mels=0: frontend.n_mels: wanted at least 1, found 0."],
  ["n_mels=many", 'n_mels=many: frontend.n_mels: wanted a number, found "many".'],
  ["trainer.epochs=1.5", "trainer.epochs=1.5: trainer.epochs: wanted a whole number, found 1.5."],
  ["frontend.nmels=3", 'frontend.nmels=3: unknown key frontend.nmels. Did you mean "n_mels"?'],
  ["model.hidden=3", "model.hidden=3: unknown key model.hidden. Known keys here: kind"],
  ["sede=1", 'sede=1: unknown key sede. Did you mean "seed"?'],
  ["setting=E", 'wanted one of A, B, C, D, found "E"'],
  ["model=liner", 'Did you mean "linear"?'],
  [
    "model=[]",
    "model=[]: model: wanted a kind (linear, bc_resnet, ds_cnn, matchboxnet) and its values, found [].",
  ],
  ["optim.kind=adagrad", "wanted one of the known kinds: sgd, adam"],
  ["optim.betas=[0.9,0.999]", "unknown key optim.betas"],
  ["dataset=folder", "dataset.root: wanted the path of a folder"],
  ["dataset.targets=[yes,yes]", "a word is listed twice"],
  ["frontend.f_max_hz=9000", "(half the sample rate)"],
  ["dataset.split.testing_percent=95", "leave nothing to train on"],
  [
    "dataset.exclude=data/results/kws/latest/doubtful_labels.txt",
    "dataset.exclude: each run replaces /",
  ],
];

for (const [text, message] of REFUSED) {
  Deno.test(`expandSweep() refuses ${text}`, async () => {
    const error = await assertRejects(() => expand(text), UserError, message);
    assertEquals(error.reason, "bad-config");
  });
}

Deno.test("expandSweep() says of a value of a wrong type that alone", async () => {
  const { message } = await assertRejects(() => expand("dataset=folder", "dataset.root=[]"), UserError);
  assertEquals(message, "dataset.root=[]: dataset.root: wanted text, found [].");
});

Deno.test("expandSweep() takes a list of results that stay", async () => {
  const list = "data/results/kws/2026-01-01-0a1b2c/doubtful_labels.txt";
  const { dataset } = (await expand(`dataset.exclude=${list}`)).points[0]!.config;
  assertEquals(dataset.exclude?.endsWith(list), true);
});

const REFUSED_WITH_ADAM: readonly [string, string][] = [
  ["optim.betas=[0.9]", "optim.betas: wanted at least 2 values, found [0.9]."],
  ["optim.betas=[0.9,0.99,0.999]", "optim.betas: wanted at most 2 values, found [0.9,0.99,0.999]."],
  ["optim.betas=[0.9,1]", "optim.betas.1: wanted less than 1, found 1."],
  ["optim.eps=0", "optim.eps: wanted more than 0, found 0."],
  ["optim.momentum=0.9", "unknown key optim.momentum"],
];

for (const [text, message] of REFUSED_WITH_ADAM) {
  Deno.test(`expandSweep() refuses optim=adam ${text}`, async () => {
    await assertRejects(() => expand("optim=adam", text), UserError, message);
  });
}

Deno.test("expandSweep() takes PyTorch's defaults for Adam from its file", async () => {
  const { optim } = (await expand("optim=adam")).points[0]!.config;
  const group = { lr: 0.001, weight_decay: 0, clip_norm: null };
  assertEquals(optim, {
    kind: "adam",
    betas: [0.9, 0.999],
    eps: 1e-8,
    schedule: { kind: "cosine", warmup_epochs: 0.5 }, // of trainer=short
    model: group,
    stft: group,
    mel: group,
    other: group,
  });
});

Deno.test("expandSweep() takes the paper's schedule from its file, with groups that follow it", async () => {
  const { optim } =
    (await expand("trainer=paper_cosine", "model=bc_resnet", "optim.mel.lr=0.01")).points[0]!.config;
  assertEquals(optim.schedule, {
    kind: "cosine_restarts",
    first_cycle_steps: 5000,
    cycle_mult: 1,
    max_lr: 0.1,
    min_lr: 0.001,
    warmup_steps: 4240,
    gamma: 0.5,
  });
  assertEquals([optim.model.lr, optim.stft.lr, optim.mel.lr], [null, null, 0.01]);
});

Deno.test("expandSweep() gives the paper's training its momentum with SGD, and runs it with Adam", async () => {
  const { optim } = (await expand("trainer=paper")).points[0]!.config;
  assertEquals(optim["momentum"], 0.9);
  const adam = (await expand("trainer=paper", "optim=adam")).points[0]!.config.optim;
  assertEquals([adam.kind, adam.mel.weight_decay], ["adam", 0.001]);
});

Deno.test("expandSweep() takes a schedule of another kind without the keys of the one that a file chose", async () => {
  const scheduleOf = async (...texts: string[]) => {
    const { config, composed } = (await expand(...texts)).points[0]!;
    return [config.optim.schedule, [...composed.changes]];
  };
  assertEquals(await scheduleOf("trainer=short", "optim.schedule.kind=constant"), [
    { kind: "constant" },
    [["optim.schedule.kind", "constant"]],
  ]);
  const steps = { kind: "steps", after_epochs: [3], factor: 0.1 };
  const typed = ["optim.schedule.factor=0.1", "optim.schedule.kind=steps", "optim.schedule.after_epochs=[3]"];
  assertEquals((await scheduleOf("trainer=bc_resnet", ...typed))[0], steps);
  assertEquals((await scheduleOf("trainer=short", "optim.schedule.kind=cosine"))[0], {
    kind: "cosine",
    warmup_epochs: 0.5,
  });
  const { points } = await expand("trainer=short", "optim.schedule.kind=cosine,constant");
  assertEquals(points.map(({ config }) => config.optim.schedule), [
    { kind: "cosine", warmup_epochs: 0.5 },
    { kind: "constant" },
  ]);
});

const REFUSED_SCHEDULES: readonly [string[], string][] = [
  [["dataset=folder", "root=2024"], `wanted text, found 2024. Write 'dataset.root="2024"' for text.`],
  [["dataset.words=[123, stop]"], `wanted text, found 123. Write "123" in quotes within the list for text.`],
  [["optim.stft.lr=1e999"], "optim.stft.lr: wanted a number, found Infinity."],
  [["optim.stft.lr=null"], "optim.stft.lr=null: optim.stft.lr: wanted a learning rate, found null"],
  [
    ["trainer=paper_cosine", "optim.schedule.warmup_steps=5000"],
    "optim.schedule.warmup_steps: wanted less than first_cycle_steps = 5000, found 5000.",
  ],
  [["optim.schedule.kind=sine"], "wanted one of the known kinds: constant, cosine"],
  [["optim.schedule.kind=one_cycle"], "optim.schedule.rise is not set"],
  [
    ["trainer=bc_resnet", "epochs=5"],
    "optim.schedule.warmup_epochs: wanted less than trainer.epochs = 5, found 5.",
  ],
  [["trainer=bc_resnet", "optim.mel.lr=null"], "wanted a learning rate, found null"],
  [
    ["trainer.until_epoch=11"],
    "trainer.until_epoch: wanted at most trainer.epochs = 10, found 11.",
  ],
  [
    ["trainer.average={kind: swa, from_epoch: 11}"],
    "trainer.average.from_epoch: wanted at most trainer.epochs = 10, found 11.",
  ],
  [["trainer=paper_cosine", "optim.schedule.warmup_step=3"], 'Did you mean "warmup_steps"?'],
];

for (const [texts, message] of REFUSED_SCHEDULES) {
  Deno.test(`expandSweep() refuses ${texts.join(" ")}`, async () => {
    await assertRejects(() => expand(...texts), UserError, message);
  });
}

Deno.test("expandSweep() refuses BC-ResNet below 5 bands", async () => {
  await assertRejects(
    () => expand("model=bc_resnet", "n_mels=4"),
    UserError,
    "wants 5 to 128 bands, found 4",
  );
});

Deno.test("expandSweep() refuses a product of more than 20,000 runs before composing any", async () => {
  await assertRejects(() => expand("seed=range(0,10000)", "setting=A,B,C"), UserError, "30000 combinations");
});

Deno.test("trainer=spotter hears 50 frames a second, of any front-end", async () => {
  for (const frontend of ["nnaudio", "fastaudio", "leaf"]) {
    const { config } = (await expand("trainer=spotter", "setting=A", `frontend=${frontend}`)).points[0]!;
    assertEquals([config.frontend["hop_samples"], config.frontend["normalise"]], [320, "none"]);
    assertEquals([config.model.kind, config.augment.kind], ["bc_resnet", "transforms"]);
  }
});

Deno.test("each augmentation of conf/ is known, and trainer=bc_resnet prefers its authors' with their schedule", async () => {
  const changes = async (...texts: string[]) => {
    const { kinds, config } = (await expand(...texts)).points[0]!;
    return kinds.augment.changes(config.augment);
  };
  assertEquals(await changes("augment=none"), []);
  assertEquals(await changes("augment=light"), ["waves"]);
  assertEquals(await changes("augment=bc_resnet"), ["waves"]);
  assertEquals(await changes("augment=robust"), ["waves", "spectra"]);
  assertEquals(await changes("augment=masks"), ["spectra"]);
  assertEquals(await changes("trainer=bc_resnet"), ["waves"]);
  assertEquals(await changes("trainer=bc_resnet", "augment=none"), []);
  const { trainer, optim } = (await expand("trainer=bc_resnet", "model=bc_resnet")).points[0]!.config;
  assertEquals([trainer.epochs, trainer.batch_size, trainer.test], [200, 100, "last"]);
  assertEquals(optim.schedule, { kind: "cosine", warmup_epochs: 5 });
  assertEquals(optim.model, { lr: 0.1, weight_decay: 0.001, clip_norm: null });
});
