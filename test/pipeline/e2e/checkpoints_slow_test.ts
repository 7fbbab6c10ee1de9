/** Checkpoints leave the store, come back from elsewhere, and are evaluated without training. */
import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { dftBasis } from "../../../lib/audio/dft_basis.ts";
import type { StoredTensor, WritableData } from "../../../lib/formats/safetensors.ts";
import { readTensors, writeTensors } from "../../../lib/formats/safetensors_io.ts";
import { type Metrics, parseEvaluation, parseMetrics } from "../../../lib/records/metrics.ts";
import { Project } from "../../support/project.ts";
import { writeToneFolder } from "../../support/tones.ts";

type Tensors = Map<string, StoredTensor<WritableData>>;

/** What each setting trains. */
const TRAINED: Readonly<Record<string, readonly string[]>> = {
  A: [],
  C: ["stft"],
  D: ["stft", "mel"],
};

const run = (setting: string) => `tones-linear-nnaudio-${setting}-mel10-seed0`;

Deno.test("checkpoints are exported, and evaluated wherever they come from", async (t) => {
  await using project = new Project();
  const values = [...project.tiny, "n_mels=10"];
  const trained = await project.run("kws", ...values, "setting=A,D");
  assertEquals(trained.code, 0, trained.stderr);
  const file = (setting: string) => `${project.folder}/out/${setting}.safetensors`;
  const evaluate = async (path: string, ...args: string[]) => {
    const result = await project.run("evaluate", "--checkpoint", path, ...values, "--json", ...args);
    assertEquals(result.code, 0, result.stderr);
    const splits = result.stdout.trim().split("\n").map((line) => {
      const { file: _, trained, ...evaluation } = JSON.parse(line);
      return { trained, ...parseEvaluation(JSON.stringify(evaluation), path) };
    });
    return { splits, printed: splits[0]!, stderr: result.stderr };
  };
  /** A file as PyTorch would write it: other tensors, no metadata. */
  const foreign = (name: string, from: string, change: (tensors: Tensors) => void) => {
    const tensors = new Map(readTensors(file(from)).tensors) as Tensors;
    change(tensors);
    writeTensors(`${project.folder}/${name}.safetensors`, tensors);
    return `${project.folder}/${name}.safetensors`;
  };
  const basis = dftBasis(480);
  const addKernels = (tensors: Tensors) => {
    for (const name of ["wcos", "wsin"] as const) {
      tensors.set(`mel_layer.stft.${name}`, { shape: [241, 1, 480], data: basis[name] });
    }
  };

  await t.step("export copies the best or the last state and never replaces a file unasked", async () => {
    for (const setting of ["A", "D"]) {
      const { code, stderr } = await project.run("export", `*-${setting}-*`, "--to", file(setting));
      assertEquals(code, 0, stderr);
      assertEquals(Deno.readFileSync(file(setting)), Deno.readFileSync(stored(project, setting, "best")));
    }
    const again = ["export", project.runName(run("A")), "--checkpoint", "last", "--to", file("last")];
    assertEquals((await project.run(...again)).code, 0);
    assertEquals(Deno.readFileSync(file("last")), Deno.readFileSync(stored(project, "A", "last")));
    const refused = await project.run(...again);
    assertEquals(refused.code, 2);
    assertStringIncludes(refused.stderr, "there is such a file. Give another name, or --overwrite.");
    assertEquals((await project.run(...again, "--overwrite")).code, 0);
    assertEquals([...Deno.readDirSync(`${project.folder}/out`)].map(({ name }) => name).sort(), [
      "A.safetensors",
      "D.safetensors",
      "last.safetensors",
    ]);
  });

  await t.step("export refuses what it does not write, with what it does", async () => {
    const refused = await project.run("export", run("A"), "--to", `${project.folder}/out/A.pt`);
    assertEquals(refused.code, 2);
    assertStringIncludes(
      refused.stderr,
      "found the ending .pt, wanted one that says the format; checkpoints are",
    );
  });

  await t.step("export refuses a pattern of two runs and a run that is not there", async () => {
    const two = await project.run("export", "*", "--to", file("none"));
    const a = project.runName(run("A"));
    assertMatch(
      two.stderr,
      /it means 2 runs, wanted one: tones\S+-A-\S+ \(\w{8}\), tones\S+-D-\S+ \(\w{8}\)\./,
    );
    const none = await project.run("export", `${a}0`, "--to", file("none"));
    assertStringIncludes(none.stderr, `Did you mean "${a}"?`);
    assertEquals([two.code, none.code], [2, 2]);
  });

  await t.step("evaluate gives the figures of the run, shares its features and repeats nothing", async () => {
    for (const setting of ["A", "D"]) {
      const { printed, stderr } = await evaluate(file(setting));
      assertEquals(printed.trained, TRAINED[setting]);
      assertEquals(printed.checkpoint, metrics(project, setting).checkpoints.best);
      assert(!/features\//.test(stderr), stderr);
    }
    const { stderr } = await evaluate(file("A"));
    assertStringIncludes(stderr, "Everything was fresh");
    const name = project.runName(run("D"));
    for (const called of [name, `train/${name}`, project.lastReceipt(`train/${run("D")}`)!.key.slice(0, 8)]) {
      const { printed } = await evaluate(called);
      assertEquals(printed.checkpoint, metrics(project, "D").checkpoints.best);
    }
    const text = await project.run("evaluate", "--checkpoint", file("A"), ...values);
    assertStringIncludes(text.stdout, "nothing of the front-end from the file, test split");
  });

  await t.step(
    "evaluate takes the data set that the file says, and asks for its folder where nothing read it",
    async () => {
      const silent = ["evaluate", "--checkpoint", file("A"), "backend=wasm", "trainer.batch_size=8"];
      const elsewhere = await project.run(...silent, "--store", `${project.folder}/elsewhere`);
      assertEquals(elsewhere.code, 2);
      assertStringIncludes(
        elsewhere.stderr,
        "Cannot use A.safetensors on what it was trained on, tones (dataset=folder)",
      );
      for (const root of [[], [`root=${project.tones}`]]) {
        const found = await project.run(...silent, ...root);
        assertEquals(found.code, 0, found.stderr);
        assertStringIncludes(found.stderr, "Data set: tones (");
        assertStringIncludes(found.stderr, "Everything was fresh");
      }
    },
  );

  await t.step("two files of one name at once do not mix", async () => {
    const copies = ["A", "D"].map((setting) => {
      Deno.mkdirSync(`${project.folder}/copy-${setting}`);
      Deno.copyFileSync(file(setting), `${project.folder}/copy-${setting}/best.safetensors`);
      return `${project.folder}/copy-${setting}/best.safetensors`;
    });
    const [a, d] = await Promise.all(copies.map((path) => evaluate(path, "--force", "evaluate")));
    assertEquals(a!.printed.checkpoint, metrics(project, "A").checkpoints.best);
    assertEquals(d!.printed.checkpoint, metrics(project, "D").checkpoints.best);
  });

  await t.step("--split all is each of the three splits", async () => {
    const { splits } = await evaluate(file("A"), "--split", "all");
    assertEquals(splits.map(({ split }) => split), ["train", "validation", "test"]);
    for (const told of splits) {
      assertEquals((await evaluate(file("A"), "--split", told.split)).printed, told);
    }
  });

  await t.step("a folder that fills one split needs no other", async () => {
    const mine = `${project.folder}/mine`;
    writeToneFolder(mine, { speakers: 1 });
    const clips = ["yes", "no"].flatMap((word) =>
      [...Deno.readDirSync(`${mine}/${word}`)].map(({ name }) => `${word}/${name}`)
    );
    Deno.writeTextFileSync(`${mine}/testing_list.txt`, clips.join("\n"));
    Deno.writeTextFileSync(`${mine}/validation_list.txt`, "");
    const checkpoint = ["evaluate", "--checkpoint", file("A"), "dataset=folder", `root=${mine}`];
    const all = await project.run(...checkpoint, "--split", "all");
    assertEquals(all.code, 0, all.stderr);
    for (const told of ["train split: no clips.", "validation split: no clips.", "test split: 4 clips."]) {
      assertStringIncludes(all.stdout, told);
    }
    const none = await project.run(...checkpoint, "--split", "train");
    assertEquals(none.code, 1);
    assertStringIncludes(none.stderr, "Cannot evaluate on the train split: it has no examples.");
  });

  await t.step("kernels that are not trained change nothing, trained ones count", async () => {
    const same = foreign("same", "A", (tensors) => {
      addKernels(tensors);
      tensors.set("bn.num_batches_tracked", { shape: [1], data: Int32Array.of(7) });
    });
    const { printed } = await evaluate(same);
    const best = metrics(project, "A").checkpoints.best;
    assertEquals([printed.trained, printed.checkpoint!.values], [TRAINED["A"], best.values]);

    const silenced = foreign("silenced", "A", (tensors) => {
      addKernels(tensors);
      tensors.set("mel_layer.stft.wcos", { shape: [241, 1, 480], data: new Float32Array(241 * 480) });
    });
    const other = (await evaluate(silenced)).printed;
    assertEquals(other.trained, TRAINED["C"]);
    assertNotEquals(other.checkpoint!.values, best.values);

    const unnamed = (await evaluate(foreign("unnamed", "D", () => {}))).printed;
    const trained = metrics(project, "D").checkpoints.best;
    assertEquals([unnamed.trained, unnamed.checkpoint!.values], [TRAINED["D"], trained.values]);
  });

  await t.step(
    "a checkpoint that was trained on other features is refused, and warned of as a start",
    async () => {
      const masked = [...values, "frontend.mask={start: 0, end: 60}"];
      const { code, stderr } = await project.run("evaluate", "--checkpoint", file("A"), ...masked);
      assertEquals(code, 2);
      assertStringIncludes(stderr, "the file says that it is of steps stft mel log batch_norm, ");
      const started = await project.run("kws", ...masked, "setting=A", `init_from=${file("A")}`);
      assertEquals(started.code, 0, started.stderr);
      assertStringIncludes(started.stderr, "trained with another front-end: steps: ");
    },
  );

  await t.step("wrapped tensors are taken, values that are no numbers are not", async () => {
    const wrapped = foreign("wrapped", "A", (tensors) => {
      for (const [name, tensor] of [...tensors]) {
        tensors.delete(name);
        tensors.set(`state_dict.module.${name}`, tensor);
      }
    });
    assertEquals(
      (await evaluate(wrapped)).printed.checkpoint!.values,
      metrics(project, "A").checkpoints.best.values,
    );
    for (
      const [value, found] of [[NaN, "linearlayer.bias: value 1 is NaN"], [
        3e38,
        "are too large to compute with",
      ]] as const
    ) {
      const damaged = foreign("damaged", "A", (tensors) => {
        const { shape, data } = tensors.get("linearlayer.bias")!;
        const scaled = tensors.get("linearlayer.weight")!;
        if (value > 0) {
          tensors.set("linearlayer.weight", {
            ...scaled,
            data: scaled.data.map((x) => Math.sign(x) * value) as Float32Array,
          });
        } else {tensors.set("linearlayer.bias", {
            shape,
            data: Float32Array.from(data, (old, i) => i === 1 ? value : old),
          });}
      });
      for (const more of [[], ["--json"]]) {
        const { code, stderr } = await project.run("evaluate", "--checkpoint", damaged, ...values, ...more);
        assertEquals(code, 1);
        assertStringIncludes(stderr, found);
      }
    }
  });

  await t.step("everything that does not fit is named in one error", async () => {
    const wrong = foreign("wrong", "A", (tensors) => {
      tensors.set("linearlayer.weight", { shape: [3, 2], data: new Float32Array(6) });
      tensors.delete("linearlayer.bias");
      tensors.set("conv.weight", { shape: [1], data: new Float32Array(1) });
      tensors.set("bn.num_batches_tracked", { shape: [1], data: Int32Array.of(7) });
    });
    const { code, stderr } = await project.run("evaluate", "--checkpoint", wrong, ...values);
    assertEquals(code, 1);
    assertStringIncludes(
      stderr,
      "wrong.safetensors, as it does not fit the network. linearlayer.weight: found [3,2], wanted [3,1010]; " +
        "missing: linearlayer.bias [3]; unknown: conv.weight [1]; ignored: bn.num_batches_tracked.",
    );

    const bare = foreign("bare", "A", (tensors) => {
      for (const name of tensors.keys()) if (name.includes(".norm.")) tensors.delete(name);
    });
    const unnormalised = await project.run("evaluate", "--checkpoint", bare, ...values);
    assertStringIncludes(unnormalised.stderr, "set frontend.normalise=none.");
    assertEquals((await evaluate(bare, "normalise=none")).printed.trained, TRAINED["A"]);
    const none = await project.run("evaluate", "--checkpoint", `${bare}x`, ...values);
    assertEquals(none.code, 1);
    const many = await project.run("evaluate", "--checkpoint", bare, ...values, "seed=0,1");
    assertStringIncludes(many.stderr, "with 2 configurations: give seed one value.");
  });
});

function stored(project: Project, setting: string, name: "best" | "last"): string {
  return project.output(`train/${run(setting)}`, `${name}.safetensors`);
}

function metrics(project: Project, setting: string): Metrics {
  const path = project.output(`evaluate/${run(setting)}`, "metrics.json");
  return parseMetrics(Deno.readTextFileSync(path), path);
}
