/** The process that does a case's work: serves requests of `protocol.ts` until it is told to end. */
import { timeRuns } from "./timing.ts";
import { prepareWork, type Work } from "./work.ts";
import type { WorkReply, WorkRequest } from "./protocol.ts";

if (import.meta.main) await serve();

async function serve(): Promise<void> {
  let work: Work | undefined;
  for await (const line of requests()) {
    const request = JSON.parse(line) as WorkRequest;
    try {
      switch (request.do) {
        case "prepare": {
          work = await prepareWork(request);
          const { loss, trained, multiplications, device, rate } = work;
          reply({
            ...(loss === undefined ? {} : { loss }),
            ...(trained === undefined ? {} : { trained }),
            ...(multiplications === undefined ? {} : { multiplications }),
            ...(device && { device }),
            ...(rate && { rate }),
          });
          break;
        }
        case "run":
          reply({
            ms: await timeRuns(
              () => work!.run(),
              request.runs,
              () => performance.now(),
              () => work!.before?.(),
            ),
          });
          break;
        case "end":
          await work?.close?.();
          reply({ ...peakMemory() });
          Deno.exit(0);
          break;
        default:
          request satisfies never;
      }
    } catch (error) {
      reply({ error: error instanceof Error ? error.stack ?? error.message : String(error) });
    }
  }
  await work?.close?.();
  Deno.exit(0);
}

async function* requests(): AsyncGenerator<string> {
  let rest = "";
  const text = Deno.stdin.readable.pipeThrough(
    new TextDecoderStream() as TransformStream<Uint8Array, string>,
  );
  for await (const piece of text) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

function reply(message: WorkReply): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
}

/** VmHWM of this process, which Linux tells and others do not. */
function peakMemory(): { readonly peak_mb?: number } {
  if (Deno.build.os !== "linux") return {};
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
  return kib === undefined ? {} : { peak_mb: Math.round(Number(kib) * 1024 / 1e6) };
}
