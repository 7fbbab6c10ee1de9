import { assertEquals } from "@std/assert";
import type { Cache } from "../../../../pipeline/engine/cache/contract.ts";
import type { LocalCache } from "../../../../pipeline/engine/cache/local_io.ts";
import { planRun, runGraph } from "../../../../pipeline/engine/run.ts";
import { openStore, type Store } from "../../../../pipeline/engine/store/store_io.ts";
import type { Receipt, TaskSpec } from "../../../../pipeline/engine/types.ts";
import { fakeCode, fakeRunner, task } from "../../../support/tasks.ts";
import { type TempDir, tempDir } from "../../../support/temp_dir.ts";

/** What others made is brought here when it is asked for, and what is made here is left for others. */
function sharedCache(local: LocalCache, others: Store, work: string): Cache {
  const copy = async (receipt: Receipt, from: (name: string) => string, to: LocalCache): Promise<void> => {
    const written = { outDir: `${work}/out`, aside: `${work}/aside` };
    for (const folder of Object.values(written)) Deno.mkdirSync(folder, { recursive: true });
    for (const name of Object.keys(receipt.outputs)) {
      Deno.copyFileSync(from(name), `${written.outDir}/${name}`);
    }
    await to.put(receipt, written);
  };
  return {
    async lookup(key, expected) {
      const here = local.receipt(key, expected);
      const there = here ?? others.local.receipt(key, expected);
      if (here === undefined && there !== undefined) {
        await copy(there, (name) => others.objectPath(there.outputs[name]!, name), local);
      }
      return there;
    },
    async put(receipt, written) {
      await local.put(receipt, written);
      await copy(receipt, (name) => local.objectPath(receipt.outputs[name]!, name), others.local);
    },
    read: (output, name) => local.read(output, name),
    bring: (receipt) => local.bring(receipt),
  };
}

const chain = [
  task("index", {}),
  task("features", { index: "index" }),
  task("train", { features: "features", index: "index" }),
];

function machine(dir: TempDir, name: string) {
  const others = openStore(`${dir.path}/shared`);
  const open = () =>
    openStore(`${dir.path}/${name}`, {
      cache: (local) => sharedCache(local, others, `${dir.path}/${name}/staging`),
    });
  const run = async (tasks: readonly TaskSpec[]): Promise<readonly string[]> => {
    const runner = fakeRunner();
    const resources = { threads: 2, gpu: 0, jobs: 2 };
    await runGraph({ graph: { tasks }, store: open(), code: fakeCode(), runner, resources });
    return runner.ran;
  };
  return { open, run };
}

Deno.test("a machine that shares a cache finds what another one made, and runs what none has", async () => {
  await using dir = tempDir();
  const [first, second] = [machine(dir, "first"), machine(dir, "second")];
  assertEquals(await first.run(chain), ["index", "features", "train"]);
  const plan = await planRun({ graph: { tasks: chain }, store: second.open(), code: fakeCode() });
  assertEquals([...plan.values()].map(({ kind }) => kind), ["fresh", "fresh", "fresh"]);
  assertEquals(await second.run([...chain, task("more", { train: "train" })]), ["more"]);
  assertEquals(second.open().lastReceipt("train"), first.open().lastReceipt("train"));
  assertEquals(await first.run([...chain, task("more", { train: "train" })]), []);
});

Deno.test("a machine that shares a cache makes damaged results again", async () => {
  await using dir = tempDir();
  const { open, run } = machine(dir, "first");
  await run(chain);
  const { outputs } = open().lastReceipt("index")!;
  const path = open().objectPath(outputs["out.txt"]!, "out.txt");
  const length = Deno.statSync(path).size;
  Deno.chmodSync(path, 0o644);
  Deno.writeTextFileSync(path, "x".repeat(length));
  assertEquals(await run([...chain, task("more", { index: "index" })]), ["more"]);
});

Deno.test("nothing outside the engine reaches into a store's folder", () => {
  const found: string[] = [];
  const search = (folder: string): void => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory && !path.endsWith("pipeline/engine")) search(path);
      else if (name.endsWith(".ts") && /\bstore\.root\b/.test(Deno.readTextFileSync(path))) found.push(path);
    }
  };
  search(new URL("../../../../pipeline", import.meta.url).pathname);
  assertEquals(found, []);
});
