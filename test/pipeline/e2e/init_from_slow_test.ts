/** A training that starts from a checkpoint instead of random values. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readTensors, writeTensors } from "../../../lib/formats/safetensors_io.ts";
import { Project } from "../../support/project.ts";

Deno.test("init_from starts a training from a checkpoint, by its content", async (t) => {
  await using project = new Project();
  const file = `${project.folder}/start.safetensors`;
  const size = 3 * 1010;
  const write = (scale: number, weights = size) =>
    writeTensors(
      file,
      new Map([
        ["linearlayer.weight", {
          shape: [3, weights / 3],
          data: new Float32Array(weights).map((_, i) => scale * Math.sin(i)),
        }],
        ["linearlayer.bias", { shape: [3], data: Float32Array.of(1, 2, 3) }],
      ]),
    );
  const kws = [
    "kws",
    ...project.tiny,
    "n_mels=10",
    "normalise=none",
    "optim.model.lr=0",
    `init_from=${file}`,
  ];
  const ended = (setting: string) => {
    const store = project.store();
    const { outputs } = project.lastReceipt(`train/tones-linear-nnaudio-${setting}-mel10-seed0`)!;
    return readTensors(store.objectPath(outputs["last.safetensors"]!, "last.safetensors")).tensors;
  };

  await t.step("with a rate of 0 the model ends as it started, whatever else is trained", async () => {
    write(0.01);
    const { code, stderr } = await project.run(...kws, "setting=A,D");
    assertEquals(code, 0, stderr);
    const { tensors } = readTensors(file);
    for (const setting of ["A", "D"]) {
      for (const name of ["linearlayer.weight", "linearlayer.bias"]) {
        assertEquals(ended(setting).get(name), tensors.get(name));
      }
    }
    assertStringIncludes(stderr, "not in it, so as ever: mel_layer.stft.wcos");
  });

  await t.step("the same bytes run nothing, other bytes train again", async () => {
    write(0.01);
    assertEquals(
      (await project.events(...kws, "setting=A")).ran.filter((name) => name.startsWith("train/")),
      [],
    );
    write(0.02);
    const why = await project.run("why", "train", ...kws.slice(1), "setting=A");
    assertStringIncludes(why.stdout, "input init changed");
    const { ran } = await project.events(...kws, "setting=A");
    assertEquals(ran.filter((name) => name.startsWith("train/")).length, 1);
  });

  await t.step("what does not fit is an error", async () => {
    write(0.01, 30);
    const { code, stderr } = await project.run(...kws, "setting=A");
    assertEquals(code, 1);
    assertStringIncludes(stderr, "linearlayer.weight: found [3,10], wanted [3,1010]");
    const none = await project.run(...kws.slice(0, -1), `init_from=${file}x`, "setting=A");
    assertEquals(none.code, 1);
    assertStringIncludes(none.stderr, "start.safetensorsx");
  });
});
