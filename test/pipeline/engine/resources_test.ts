import { assertEquals } from "@std/assert";
import { grantResources } from "../../../pipeline/engine/resources.ts";

const machine = { threads: 8, gpu: 1, jobs: 8 };
const one = { threads: 1, gpu: 0 };
const many = { threads: 99, gpu: 0 };
const gpu = { threads: 2, gpu: 1 };
const two = { threads: 99, leastThreads: 2, gpu: 0 };

const cases = [
  ["a single task can use everything", machine, [many], [[0, 8]]],
  ["two tasks share evenly", machine, [many, many], [[0, 4], [1, 4]]],
  ["what a modest task leaves goes to the other", machine, [many, one], [[0, 7], [1, 1]]],
  ["more tasks wait than there are threads", { ...machine, threads: 2 }, [many, many, many], [[0, 1], [
    1,
    1,
  ]]],
  ["only so many processes are wanted", { ...machine, jobs: 1 }, [many, many], [[0, 8]]],
  ["nothing is free", { ...machine, threads: 0 }, [many], []],
  ["two tasks want the accelerator", machine, [gpu, gpu, one], [[0, 2], [2, 1]]],
  ["the accelerator is taken", { ...machine, gpu: 0 }, [gpu, one], [[1, 1]]],
  ["a task wants more accelerators than there are", machine, [{ threads: 1, gpu: 4 }], [[0, 1]]],
  ["threads do not divide evenly", { ...machine, threads: 3 }, [many, many], [[0, 1], [1, 2]]],
  ["a task wants two threads of three", { ...machine, threads: 3 }, [two, many, many], [[0, 2], [1, 1]]],
  ["a task wants more threads than are free", { ...machine, threads: 1 }, [two, one], [[1, 1]]],
  ["a task asks for no thread", machine, [{ threads: 0, gpu: 0 }], [[0, 1]]],
] as const;

for (const [name, free, waiting, expected] of cases) {
  Deno.test(`grantResources() is fair when ${name}`, () => {
    const grants = grantResources(free, waiting, machine);
    assertEquals(grants.map(({ index, threads }) => [index, threads]), expected.map((row) => [...row]));
  });
}

Deno.test("a task that wants more threads than the machine has gets all", () => {
  const grants = grantResources({ threads: 1, gpu: 0, jobs: 1 }, [two], { threads: 1, gpu: 0 });
  assertEquals(grants, [{ index: 0, threads: 1, gpu: 0 }]);
});
